/** What recall finds, of either sort, with its source. */
import { nameChannel, withoutChannelTokens } from '../core/channel-token.ts';
import type { ChannelId } from '../core/ids.ts';
import { surfaceOf } from '../core/surface-of.ts';
import type { Memory } from '../memory/memory-row.ts';
import type { Passage } from './passage-row.ts';

export interface RecallItem {
  readonly sort: 'memory' | 'passage';
  readonly id: string;
  readonly text: string;
  readonly channel: ChannelId;
  /** Where it comes from, in words: «Ben, 3 Nov, #finance», «Handbook › Refunds». */
  readonly source: string;
  /** Where a person reads it, if anywhere. */
  readonly link?: string;
  readonly taintedBy?: string;
}

export function itemOfMemory(memory: Memory, nameOf: (person: string) => string): RecallItem {
  const isOurs = surfaceOf(memory.channel) === 'console';
  // It stands in links and in prompts too, where no platform turns a token into a name.
  const room = isOurs
    ? memory.channel.slice('console:'.length)
    : withoutChannelTokens(nameChannel(memory.channel));
  return {
    sort: 'memory',
    id: memory.id,
    text: memory.text,
    channel: memory.channel,
    source: `${nameOf(memory.author)}, ${new Date(memory.createdAt).toISOString().slice(0, 10)}, ${room}`,
    ...(memory.thread !== undefined && { link: `thread:${memory.thread}` }),
    ...(memory.taintedBy !== undefined && { taintedBy: memory.taintedBy }),
  };
}

export function itemOfPassage(passage: Passage): RecallItem {
  return {
    sort: 'passage',
    id: passage.id,
    text: passage.text,
    channel: passage.channel,
    source: [passage.title, passage.heading].filter((part) => part !== '').join(' › '),
    link: passage.link,
    ...(passage.taintedBy !== undefined && { taintedBy: passage.taintedBy }),
  };
}
