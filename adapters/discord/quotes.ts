/**
 * «Ask Countersign about this»: the message that is asked about, and its files, kept while its form is open.
 *
 * Discord shows such a message to the bot once, when it is chosen: what is not kept then cannot be asked for again.
 */
import { z } from 'zod';
import type { InboundText } from '../../src/chat/adapter.ts';
import type { FormNotes } from '../../src/chat/form-notes.ts';
import type { AttachedFile } from '../../src/core/attached-file.ts';
import type { Clock } from '../../src/core/clock.ts';
import { describeError } from '../../src/core/errors.ts';
import { firstCharacters } from '../../src/core/first-characters.ts';
import { inWrittenOrder } from '../../src/core/visible-text.ts';
import { parseJsonObject } from '../../src/core/json.ts';
import type { Logger } from '../../src/core/logger.ts';
import { filesOfChosen } from './files.ts';
import { literal } from './literal.ts';
import { quoteModal } from './modals.ts';
import type { CommandInteraction } from './payloads.ts';
import { threadId } from './places.ts';
import { inTime, modalReply, privately } from './replies.ts';
import type { InteractionReply } from './replies.ts';

export type Quote = NonNullable<InboundText['quotes']>[number];

/** What a request is about. */
export interface About {
  readonly quote: Quote;
  readonly files: readonly AttachedFile[];
}

export interface Quotes {
  /** Asks what is wanted about the message. */
  ask(interaction: CommandInteraction): Promise<InteractionReply>;
  /** The message of a form that was filled in; undefined when it is not known (any more). */
  take(form: string): Promise<About | undefined>;
  /** The request stands: nothing need be kept for it. Never throws. */
  done(form: string): Promise<void>;
}

export interface QuotesOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly formNotes: FormNotes | undefined;
  /** What is kept of a message while its form is open holds nothing that nobody shall read. */
  readonly redact: (text: string) => string;
}

/** Of forms of this process; the oldest are forgotten here, and found where they are kept. */
const mostKept = 500;
const shownCharacters = 300;

const kept = z.object({
  quote: z.object({ by: z.string(), text: z.string(), link: z.string().optional() }),
  files: z.array(
    z.object({ reference: z.string(), name: z.string(), mediaType: z.string().optional(), size: z.number() }),
  ),
});

export function createQuotes({ clock, logger, formNotes, redact }: QuotesOptions): Quotes {
  const open = new Map<string, About>();

  /** The key to what was kept; undefined when it is in this process alone. */
  async function keep(
    id: string,
    place: Parameters<FormNotes['keep']>[1],
    about: About,
  ): Promise<string | undefined> {
    try {
      return await formNotes?.keep(id, place, JSON.stringify(about));
    } catch (error) {
      logger.warn('form.not-kept', { why: describeError(error) });
      return undefined;
    }
  }

  return {
    async ask(interaction) {
      const { id, guild_id: guild, channel_id: channel = '0', data } = interaction;
      const target = data.target_id ?? '';
      const message = data.resolved?.messages?.[target];
      const attached = message === undefined ? [] : filesOfChosen(message.attachments, channel, target);
      const files = attached.map((file) => ({ ...file, name: redact(file.name) }));
      if (message === undefined || (message.content.trim() === '' && files.length === 0))
        return privately('I find no words and no files in that message.');
      const { author, content } = message;
      const about: About = {
        quote: {
          by: author.global_name ?? author.username ?? author.id,
          text:
            content.trim() === ''
              ? `(no words, only files: ${files.map(({ name }) => name).join(', ')})`
              : redact(content),
          link: `https://discord.com/channels/${guild ?? '@me'}/${channel}/${target}`,
        },
        files,
      };
      open.set(id, about);
      const oldest = open.keys().next().value;
      if (open.size > mostKept && oldest !== undefined) open.delete(oldest);
      const key = await inTime({ clock }, keep(id, threadId(guild, channel), about));
      return modalReply(quoteModal(key === undefined || key === 'late' ? id : `${id}:${key}`));
    },
    async take(form) {
      const [id = '', key] = form.split(':');
      const known = open.get(id);
      if (known !== undefined || key === undefined) return known;
      const found = kept.safeParse(parseJsonObject((await formNotes?.read(id, key)) ?? ''));
      return found.success ? asAbout(found.data) : undefined;
    },
    async done(form) {
      const [id = '', key] = form.split(':');
      if (key !== undefined) await formNotes?.forget(id).catch(() => undefined);
    },
  };
}

function asAbout({ quote, files }: z.infer<typeof kept>): About {
  const { by, text, link } = quote;
  return {
    quote: { by, text, ...(link !== undefined && { link }) },
    files: files.map(({ reference, name, mediaType, size }) => ({
      ...{ reference, name, size },
      ...(mediaType !== undefined && { mediaType }),
    })),
  };
}

/** The quote as the request in the channel shows it. */
export function quotedLine({ by, text }: Quote, redact: (text: string) => string): string {
  // Cut afterwards: half a secret has no shape.
  const clean = redact(text.replace(/\s+/gu, ' '));
  return `> ${literal(inWrittenOrder(`${by}: ${firstCharacters(clean, shownCharacters)}`))}`;
}
