/**
 * What a person asks about: a message he chose in its menu, kept while its form is open, or a thread that he links to.
 *
 * A link shows what stands there only where everybody who reads the answer might read it as well.
 */
import { z } from 'zod';
import type { InboundText } from '../../src/chat/adapter.ts';
import type { AttachedFile } from '../../src/core/attached-file.ts';
import { pause } from '../../src/core/clock.ts';
import type { Clock } from '../../src/core/clock.ts';
import { describeError } from '../../src/core/errors.ts';
import { firstCharacters } from '../../src/core/first-characters.ts';
import type { Logger } from '../../src/core/logger.ts';
import type { SlackApi } from './api.ts';
import type { DescribeChannel } from './describe-channel.ts';
import { channelId } from './places.ts';
import { filesOf } from './files.ts';
import type { SlackMessage } from './payloads.ts';
import type { Users } from './users.ts';
import { namedIn, wordsOf } from './words.ts';

export type Quote = NonNullable<InboundText['quotes']>[number];

/** What a request is about. */
export interface About {
  readonly quote: Quote;
  readonly files: readonly AttachedFile[];
}

export interface Quotes {
  /** Keeps a message that is asked about; answers how its form names it. Undefined for one without words and files. */
  keep(message: {
    readonly user?: string | undefined;
    readonly text: string;
    readonly files: SlackMessage['files'];
  }): Promise<string | undefined>;
  /** A message as people read it. */
  of(message: { readonly user?: string | undefined; readonly text: string }): Promise<Quote>;
  /** The message of a form that was filled in; undefined when it is not known (any more). */
  take(kept: string): About | undefined;
  /** What the links in a text point to, as far as it may be shown in this channel, soon enough to be acknowledged. */
  linked(text: string, channel: string): Promise<readonly Quote[]>;
}

export interface QuotesOptions {
  readonly api: SlackApi;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly users: Users;
  readonly team: string;
  readonly me: string;
  readonly describeChannel: DescribeChannel;
  /** What a form is about travels in it: without what nobody shall read. */
  readonly redact: (text: string) => string;
}

/** A form may stay open for hours; the oldest are forgotten, and their form says so. */
const mostKept = 500;
const mostLinks = 3;
const mostMessages = 30;
const mostCharacters = 8_000;
/** Leaves half a second for keeping the message before Slack sends it again. */
const readWithinMs = 2_000;

const permalink =
  /https:\/\/[a-z0-9-]+(?:\.enterprise)?\.slack\.com\/archives\/([A-Z0-9]+)\/p(\d{10})(\d{6})(?:\?([^\s<>|]*))?/gu;
const messages = z.object({
  messages: z.array(z.object({ ts: z.string(), user: z.string().optional(), text: z.string().default('') })),
});

export function createQuotes(options: QuotesOptions): Quotes {
  const { api, clock, logger, users, team, me, redact } = options;
  const kept = new Map<string, About>();
  let count = 0;

  async function plainWords(text: string): Promise<string> {
    const names = new Map<string, string>();
    for (const user of namedIn(text)) names.set(user, await users.nameOf(user));
    return wordsOf(text, me, names);
  }

  /** Channel, message and, for a reply, the thread it stands in. */
  async function read(channel: string, ts: string, here: string, link: string): Promise<Quote> {
    const facts =
      channel === here ? undefined : await options.describeChannel(channelId(team, channel), 'source');
    if (channel !== here && facts?.isOpen !== true)
      return { by: 'Countersign', text: '(What this link shows is not for everybody who reads here.)', link };
    const found = messages.parse(
      await api.call('conversations.replies', { channel, ts, limit: mostMessages }),
    ).messages;
    const lines: string[] = [];
    for (const { user, text } of found)
      lines.push(`${user === undefined ? 'an app' : await users.nameOf(user)}: ${await plainWords(text)}`);
    const [first] = found;
    const by = first?.user === undefined ? 'an app' : await users.nameOf(first.user);
    return { by, text: firstCharacters(redact(lines.join('\n')), mostCharacters), link };
  }

  async function readLinks(text: string, here: string): Promise<readonly Quote[]> {
    const found: Quote[] = [];
    for (const match of [...text.matchAll(permalink)].slice(0, mostLinks)) {
      const [link, channel = '', seconds = '', rest = '', query = ''] = match;
      const root = new URLSearchParams(query.replaceAll('&amp;', '&')).get('thread_ts');
      const ts = root !== null && /^\d{10}\.\d{6}$/u.test(root) ? root : `${seconds}.${rest}`;
      try {
        found.push(await read(channel, ts, here, link));
      } catch (error) {
        logger.info('link.not-read', { why: describeError(error) });
        found.push({
          by: 'Countersign',
          text: '(I cannot read what this link shows. I may not be in that channel.)',
          link,
        });
      }
    }
    return found;
  }

  async function quoteOf({ user, text }: Parameters<Quotes['of']>[0]): Promise<Quote> {
    const by = user === undefined ? 'an app' : await users.nameOf(user);
    return { by, text: firstCharacters(redact(await plainWords(text)), mostCharacters) };
  }

  return {
    of: quoteOf,
    async keep(message) {
      const files = filesOf(message, team).map((file) => ({ ...file, name: redact(file.name) }));
      if (message.text.trim() === '' && files.length === 0) return undefined;
      count += 1;
      const id = `${String(clock.now().getTime())}.${String(count)}`;
      const quote = await quoteOf(message);
      const names = `(no words, only files: ${files.map(({ name }) => name).join(', ')})`;
      const text = message.text.trim() === '' ? firstCharacters(names, mostCharacters) : quote.text;
      kept.set(id, { quote: { ...quote, text }, files });
      const oldest = kept.keys().next().value;
      if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest);
      return id;
    },
    take: (id) => kept.get(id),
    async linked(text, channel) {
      const link = /slack\.com\/archives\//u.test(text);
      if (!link) return [];
      const late: readonly Quote[] = [
        { by: 'Countersign', text: '(Slack did not say in time what the link shows.)' },
      ];
      return Promise.race([readLinks(text, channel), pause(clock, readWithinMs).then(() => late)]);
    },
  };
}
