/**
 * Reads back what was said in a channel, newest first, until the oldest day that is wanted.
 *
 * A page is told of once all of it is kept, so whoever notes where the next one begins loses nothing and takes nothing in
 * twice. What is known and was not met on a whole walk is gone there, and goes here.
 */
import type { KnownDocument } from '../context/passage-row.ts';
import type { SaidKnowledge, SaidSource } from '../context/said-knowledge.ts';
import type { SaidHistory, SaidMessage } from '../core/said-message.ts';
import type { OperatorSight } from '../memory/sight.ts';
import type { Listened } from './parse-learning.ts';
import type { ReadPace } from './read-pace.ts';

export interface ReadBackOptions {
  readonly history: SaidHistory;
  readonly knowledge: SaidKnowledge;
  readonly sight: OperatorSight;
  readonly listened: Listened;
  readonly source: SaidSource;
  /** What was taken in of this channel before the walk began, by source. */
  readonly known: ReadonlyMap<string, KnownDocument>;
  /** Nothing older is read. */
  readonly since: number;
  readonly pace: ReadPace;
  /** Where an earlier walk was cut short; without it the walk begins with the newest. */
  readonly from?: string | undefined;
  /** True once nobody waits for it any more. */
  isStopped(): boolean;
  /** Answers whether to go on. */
  onPage(page: ReadPage): Promise<boolean>;
}

export interface ReadPage {
  readonly messages: number;
  readonly backTo: number | undefined;
  /** Where the next one begins; undefined when this is the last one that is wanted. */
  readonly next: string | undefined;
  /** Whether all of it was known before the walk began. */
  readonly isKnown: boolean;
}

/** Sources that were met; undefined when it was stopped on the way. */
export async function readBack(options: ReadBackOptions): Promise<ReadonlySet<string> | undefined> {
  const { history, listened, since, pace } = options;
  const met = new Set<string>();
  let next = options.from;
  for (;;) {
    if (options.isStopped()) return undefined;
    await pace();
    const page = await history.readPage(listened.channel, next);
    const ascending = page.said.filter(({ at }) => at >= since).toSorted((a, b) => a.at - b.at);
    for (const message of ascending) {
      if (options.isStopped()) return undefined;
      await takeIn(options, met, message);
    }
    const isOver = page.next === undefined || page.said.some(({ at }) => at < since);
    next = isOver ? undefined : page.next;
    const isKnown =
      page.said.length > 0 &&
      page.said.every(({ source, hidden }) => hidden !== undefined || options.known.has(source));
    const goesOn = await options.onPage({
      messages: ascending.length,
      backTo: ascending[0]?.at,
      next,
      isKnown,
    });
    if (next === undefined || !goesOn) return met;
  }
}

/** The replies before what they stand under: its mark says that they are there. */
async function takeIn(
  { history, knowledge, sight, source, known, pace }: ReadBackOptions,
  met: Set<string>,
  message: SaidMessage,
): Promise<void> {
  const before = known.get(message.source);
  if (message.replies !== '' && before?.said?.replies !== message.replies) {
    await pace();
    const thread = await history.readThread(message.thread);
    for (const reply of thread) {
      met.add(reply.source);
      if (reply.source !== message.source && reply.hidden === undefined)
        await knowledge.keep(sight, reply, source);
    }
  } else if (message.replies !== '') {
    for (const [name, document] of known) if (document.said?.thread === message.thread) met.add(name);
  }
  met.add(message.source);
  if (message.hidden === undefined) await knowledge.keep(sight, message, source);
}
