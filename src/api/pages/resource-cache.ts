/**
 * What this tab has read, by path.
 *
 * A value stays after its page is left, so that going back shows it at once; it is read again when shown again.
 * Only what is on screen is refreshed.
 */
import { after } from './browser.ts';
import type { Client, Problem } from './client.ts';
import type { List, Resource } from './resources.ts';

export interface Loaded<T> {
  readonly value?: T;
  readonly problem?: Problem;
}

export interface ResourceCache {
  peek<T>(resource: Resource<T>): Loaded<T>;
  /** Reads the resource, and calls `changed` at each change until the answer is called. */
  watch(resource: Resource<unknown>, changed: () => void): () => void;
  load(resource: Resource<unknown>): Promise<void>;
  /** Reads the page after the last one of a list. */
  loadMore<T>(resource: Resource<List<T>>): Promise<void>;
  /** What is being read meanwhile is read once more: that answer may lack the change. */
  change<T>(resource: Resource<T>, next: (value: T | undefined) => T | undefined): void;
  /** Reads again what is on screen and matches. */
  refresh(isTouched: (path: string) => boolean): void;
  /** Drops what this tab alone knows. */
  forget(isTouched: (path: string) => boolean): void;
  /** A cache for another person that shows what is on screen until it has read it again. */
  handOver(client: Client): ResourceCache;
}

/** Changes come in bursts; one reading answers all of a burst. */
const refreshDelayMs = 200;

interface Entry {
  loaded: Loaded<unknown>;
  readonly watchers: Set<() => void>;
  /** Counts readings, so that a slow old answer does not replace a newer one. */
  turn: number;
  /** Counts changes: an answer that was on its way meanwhile may have been written before. */
  changes: number;
}

export function createResourceCache(
  client: Client,
  shown?: ReadonlyMap<string, Loaded<unknown>>,
): ResourceCache {
  const entries = new Map<string, Entry>();
  const awaited = new Set<string>();

  const entryOf = (path: string): Entry => {
    const found = entries.get(path);
    if (found !== undefined) return found;
    const made: Entry = {
      loaded: shown?.get(path) ?? {},
      watchers: new Set(),
      turn: 0,
      changes: 0,
    };
    entries.set(path, made);
    return made;
  };

  const put = (entry: Entry, loaded: Loaded<unknown>): void => {
    entry.loaded = loaded;
    for (const changed of [...entry.watchers]) changed();
  };

  const load = async (path: string): Promise<void> => {
    const entry = entryOf(path);
    entry.turn += 1;
    const { turn, changes } = entry;
    const answer = await readPages(client, path, lengthOf(entry.loaded.value));
    if (entry.turn !== turn) return;
    if (answer.kind === 'ok') put(entry, { value: answer.value });
    // Without an answer what was read stays; a refusal replaces it, since it may no longer be for this reader.
    else if (answer.problem.status === 0) put(entry, { ...entry.loaded, problem: answer.problem });
    else put(entry, { problem: answer.problem });
    if (entry.changes !== changes) void load(path);
  };

  return {
    // Only values read from, or put for, this resource's path stand in its entry.
    peek: <T>(resource: Resource<T>) => entryOf(resource.path).loaded as Loaded<T>,
    watch(resource, changed) {
      const entry = entryOf(resource.path);
      entry.watchers.add(changed);
      // What somebody watches already is kept up to date.
      if (resource.isLocal !== true && entry.watchers.size === 1) void load(resource.path);
      return () => {
        entry.watchers.delete(changed);
      };
    },
    load: (resource) => load(resource.path),
    async loadMore<T>(resource: Resource<List<T>>) {
      const entry = entryOf(resource.path);
      // As in `peek`.
      const list = entry.loaded.value as List<T> | undefined;
      if (list?.next === undefined) return;
      const { turn } = entry;
      const answer = await client.get<List<T>>(withCursor(resource.path, list.next));
      if (entry.turn !== turn) return;
      if (answer.kind === 'problem') put(entry, { ...entry.loaded, problem: answer.problem });
      else put(entry, { value: { ...answer.value, items: [...list.items, ...answer.value.items] } });
    },
    change(resource, next) {
      const entry = entryOf(resource.path);
      entry.changes += 1;
      // As in `peek`.
      const value = next(entry.loaded.value as Parameters<typeof next>[0]);
      if (value === entry.loaded.value) return;
      put(entry, value === undefined ? {} : { value });
    },
    refresh(isTouched) {
      for (const [path, entry] of entries) {
        if (entry.watchers.size === 0 || path.startsWith('local:') || awaited.has(path) || !isTouched(path))
          continue;
        awaited.add(path);
        after(refreshDelayMs, () => {
          awaited.delete(path);
          void load(path);
        });
      }
    },
    forget(isTouched) {
      for (const [path, entry] of entries) if (isTouched(path)) put(entry, {});
    },
    handOver(nextClient) {
      const onScreen = [...entries].filter(([, entry]) => entry.watchers.size > 0);
      return createResourceCache(nextClient, new Map(onScreen.map(([path, entry]) => [path, entry.loaded])));
    },
  };
}

/** Reads a resource; of a list as many pages as were shown, so that it does not shrink under the reader. */
async function readPages(client: Client, path: string, atLeast: number) {
  const first = await client.get<unknown>(path);
  if (first.kind === 'problem' || !isList(first.value)) return first;
  let list: List<unknown> = first.value;
  while (list.next !== undefined && list.items.length < atLeast) {
    const more = await client.get<List<unknown>>(withCursor(path, list.next));
    if (more.kind === 'problem') break;
    list = { ...more.value, items: [...list.items, ...more.value.items] };
  }
  return { kind: 'ok', value: list } as const;
}

function withCursor(path: string, cursor: string): string {
  return `${path}${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(cursor)}`;
}

function isList(value: unknown): value is List<unknown> {
  return typeof value === 'object' && value !== null && 'items' in value && Array.isArray(value.items);
}

function lengthOf(value: unknown): number {
  return isList(value) ? value.items.length : 0;
}
