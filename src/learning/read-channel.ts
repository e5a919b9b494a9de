/**
 * Reads back one channel, once, however often it is cut short.
 *
 * Where the next page begins is noted after everything of the page before is kept. A process that dies in between reads that
 * page once more and finds it known; so nothing is left out, and nothing is there twice.
 */
import type { PassageStore, ReadingPlace } from '../context/store.ts';
import { readBack } from './read-back.ts';
import type { ReadBackOptions, ReadPage } from './read-back.ts';

export interface ReadSoFar {
  messages: number;
  backTo: number | undefined;
  /** All of it was read once; it is looked at again for what changed there. */
  isRead: boolean;
}

export interface ReadChannelOptions extends Omit<ReadBackOptions, 'known' | 'from' | 'onPage'> {
  readonly passages: PassageStore;
  onPage(read: Readonly<ReadSoFar>): void;
}

/** Resolves when all of it was read, and what is gone there is gone here; or when it was stopped on the way. */
export async function readChannel(options: ReadChannelOptions): Promise<void> {
  const { passages, knowledge, sight, listened } = options;
  const { channel } = listened;
  const as = `${listened.days === undefined ? 'all' : `${String(listened.days)}d`} ${String(listened.isTrusted)}`;
  const left = await passages.findReadingPlace(sight, channel);
  const place = left?.as === as ? left : undefined;
  const read: ReadSoFar = {
    messages: place?.messages ?? 0,
    backTo: place?.backTo,
    isRead: place !== undefined && place.next === undefined,
  };

  if (place !== undefined) options.onPage(read);

  /** What was known before and what was met; undefined when it was stopped on the way. */
  async function walk(
    from: string | undefined,
    onPage: (page: ReadPage) => Promise<boolean>,
  ): Promise<{ readonly known: Iterable<string>; readonly met: ReadonlySet<string> } | undefined> {
    const all = await passages.listDocuments(sight);
    const known = new Map(
      all.filter(({ root }) => root === channel).map((document) => [document.source, document]),
    );
    const met = await readBack({ ...options, known, from, onPage });
    return met && { known: known.keys(), met };
  }

  function note(next: string | undefined): Promise<void> {
    const { messages, backTo } = read;
    const noted: ReadingPlace = {
      ...{ as, messages },
      ...(backTo !== undefined && { backTo }),
      ...(next !== undefined && { next }),
    };
    return passages.saveReadingPlace(sight, channel, noted);
  }

  const readOn = (from: string | undefined): ReturnType<typeof walk> =>
    walk(from, async ({ messages, backTo, next }) => {
      read.messages += messages;
      read.backTo = backTo ?? read.backTo;
      await note(next);
      options.onPage(read);
      return true;
    });

  /** Takes in what changed; counts nothing twice. */
  async function lookAgain(isEnough: (page: ReadPage) => boolean): ReturnType<typeof walk> {
    let messages = 0;
    const walked = await walk(undefined, (page) => {
      messages += page.messages;
      options.onPage(read);
      return Promise.resolve(!isEnough(page));
    });
    if (read.isRead && walked !== undefined) read.messages = messages;
    return walked;
  }

  if (place?.next !== undefined) {
    // What was said meanwhile comes before what is old.
    if ((await lookAgain(({ isKnown }) => isKnown)) === undefined) return;
    if ((await readOn(place.next)) === undefined) return;
  }
  // Only a walk over all of it finds what is gone there: the first one, if nothing cut it short.
  read.isRead = place !== undefined;
  const whole = await (place === undefined ? readOn(undefined) : lookAgain(() => false));
  if (whole === undefined) return;
  read.isRead = true;
  await note(undefined);
  options.onPage(read);
  for (const source of whole.known) if (!whole.met.has(source)) await knowledge.remove(sight, source);
}
