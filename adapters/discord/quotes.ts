/** «Ask Countersign about this»: the message that is asked about, kept while its form is open. */
import type { InboundText } from '../../src/chat/adapter.ts';
import { firstCharacters } from '../../src/core/first-characters.ts';
import { literal } from './literal.ts';
import { quoteModal } from './modals.ts';
import type { CommandInteraction } from './payloads.ts';
import { modalReply, privately } from './replies.ts';
import type { InteractionReply } from './replies.ts';

export type Quote = NonNullable<InboundText['quotes']>[number];

export interface Quotes {
  /** Asks what is wanted about the message. */
  ask(interaction: CommandInteraction): InteractionReply;
  /** The message of a form that was filled in; undefined when it is not known (any more). */
  take(kept: string): Quote | undefined;
}

/** A form may stay open for hours; the oldest are forgotten, and their form says so. */
const mostKept = 500;
const shownCharacters = 300;

export function createQuotes(): Quotes {
  const kept = new Map<string, Quote>();
  return {
    ask(interaction) {
      const { id, guild_id: guild, channel_id: channel = '0', data } = interaction;
      const target = data.target_id ?? '';
      const message = data.resolved?.messages?.[target];
      if (message === undefined || message.content.trim() === '')
        return privately('I find no words in that message.');
      const { author, content } = message;
      kept.set(id, {
        by: author.global_name ?? author.username ?? author.id,
        text: content,
        link: `https://discord.com/channels/${guild ?? '@me'}/${channel}/${target}`,
      });
      const oldest = kept.keys().next().value;
      if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest);
      return modalReply(quoteModal(id));
    },
    take: (id) => kept.get(id),
  };
}

/** The quote as the request in the channel shows it. */
export function quotedLine({ by, text }: Quote): string {
  return `> ${literal(`${by}: ${firstCharacters(text.replace(/\s+/gu, ' '), shownCharacters)}`)}`;
}
