/**
 * What a thread shows: the items the server has, then the answers being written, then the reader's own messages
 * that are on their way. Pure.
 */
import type { ItemJson, RunJson, ThreadJson } from '../shapes.ts';
import type { Outgoing, Streams } from './resources.ts';

/** Puts an item in its place: that of the one with its id, unless its time moved on, as the audit trail's does. */
export function withItem(thread: ThreadJson, item: ItemJson): ThreadJson {
  const index = thread.items.findIndex(({ id }) => id === item.id);
  if (index >= 0 && thread.items[index]?.at === item.at)
    return { ...thread, items: thread.items.with(index, item) };
  const others = thread.items.filter(({ id }) => id !== item.id);
  const later = others.findIndex(({ at }) => at > item.at);
  return { ...thread, items: later < 0 ? [...others, item] : others.toSpliced(later, 0, item) };
}

/** Each event carries the whole text so far of the turn that is being written. */
export function withStreamed(streams: Streams, run: string, text: string): Streams {
  return { ...streams, [run]: text };
}

/** A run that stopped speaking without a message, to wait or for good, leaves nothing half-said. */
export function withoutStreamOfRun(streams: Streams, run: Pick<RunJson, 'id' | 'status'>): Streams {
  switch (run.status) {
    case 'waiting':
    case 'failed':
    case 'stopped':
    case 'parked':
      return Object.fromEntries(Object.entries(streams).filter(([id]) => id !== run.id));
    case 'queued':
    case 'running':
    // Its message takes the place of what was being written.
    case 'done':
      return streams;
    default:
      return run.status satisfies never;
  }
}

/** The finished message takes the place of the one that was being written. */
export function withoutStreamOf(streams: Streams, item: ItemJson): Streams {
  if (item.kind !== 'message' || item.by !== 'bot') return streams;
  return Object.fromEntries(
    Object.entries(streams).filter(([run]) => item.run !== undefined && run !== item.run),
  );
}

/** The reader's messages which the thread does not show yet. */
export function stillOutgoing(
  outgoing: readonly Outgoing[],
  items: readonly ItemJson[],
  me: string,
): readonly Outgoing[] {
  const taken = new Set<string>();
  return outgoing.filter((own) => {
    const arrived = items.find(
      (item) =>
        item.by === me &&
        item.kind === 'message' &&
        !taken.has(item.id) &&
        !own.after.includes(item.id) &&
        (item.id.includes(own.id) || wordsOf(item, own) === own.text.trim()),
    );
    if (arrived !== undefined) taken.add(arrived.id);
    return arrived === undefined;
  });
}

/** What was said, without the names of files that the thread puts under it. */
function wordsOf({ text }: ItemJson, { files }: Outgoing): string {
  const names = text.lastIndexOf('\n(attached: ');
  return (files.length === 0 || names < 0 ? text : text.slice(0, names)).trim();
}

/** The run a thread is about: that of its last item that has one. */
export function latestRun(items: readonly ItemJson[]): string | undefined {
  return runsOf(items).at(-1);
}

/** In the order of their last words. A digest's copies of cards belong to runs of other threads. */
export function runsOf(items: readonly ItemJson[]): readonly string[] {
  const own = items.flatMap(({ id, run }) => (run === undefined || id.includes('/in/run_') ? [] : [run]));
  return [...new Set(own.toReversed())].toReversed();
}

/** A thread's state as a list of threads says it: what a reader may have to do comes first. */
export function threadStatusWords(status: string): string {
  switch (status) {
    case 'waiting':
      return 'waits for a person';
    case 'parked':
      return 'waits for an operator';
    case 'queued':
    case 'running':
      return 'at work';
    default:
      return status;
  }
}
