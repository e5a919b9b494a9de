/** What recall finds, of either sort, with its source. */
import type { ChannelId } from '../core/ids.ts';
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
  const room = memory.channel.slice(memory.channel.indexOf(':') + 1);
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
