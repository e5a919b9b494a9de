/**
 * Follows `GET /events` and brings what is on screen up to date.
 *
 * The stream tells only what happens from now on, so whenever it begins everything on screen is read again.
 */
import { createParser } from 'eventsource-parser';
import type { EventJson } from '../shapes.ts';
import { after, backoffMs } from './browser.ts';
import type { Client } from './client.ts';
import type { ResourceCache } from './resource-cache.ts';
import { resources } from './resources.ts';
import { withItem, withoutStreamOf, withoutStreamOfRun, withStreamed } from './thread-state.ts';

const streamsPath = resources.streams('').path;

export type Connection = 'connecting' | 'connected' | 'reconnecting';

/** Follows until the answer is called. */
export function followEvents(
  client: Client,
  cache: ResourceCache,
  told: (connection: Connection) => void,
): () => void {
  const stop = new AbortController();
  let cancelRetry = (): void => undefined;
  let attempt = 0;

  const connect = async (): Promise<void> => {
    cancelRetry();
    const answer = await client.openEvents(stop.signal);
    if (stop.signal.aborted) return;
    if (answer.kind === 'ok') {
      told('connected');
      // What was being written may be finished; if it is not, its next piece carries all of it.
      if (attempt > 0) cache.forget((path) => path.startsWith(streamsPath));
      // Also after the first connection: the page may have been read, and used, before it stood.
      cache.refresh(() => true);
      attempt = 0;
      await readUntilEnd(answer.value, (event) => {
        applyEvent(cache, event);
      });
    }
    // A token that is no longer known is for the session to see.
    else if (answer.problem.status === 401) void cache.load(resources.me());
    // Checked again: the wait above is where the page usually leaves.
    if (isAborted(stop.signal)) return;
    told('reconnecting');
    cancelRetry = after(backoffMs(attempt), () => void connect());
    attempt += 1;
  };

  // Coming back online is the moment to try at once instead of waiting for the timer.
  const hurry = (): void => {
    if (attempt > 0) void connect();
  };
  addEventListener('online', hurry);
  void connect();
  return () => {
    stop.abort();
    cancelRetry();
    removeEventListener('online', hurry);
  };
}

function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

async function readUntilEnd(
  body: ReadableStream<Uint8Array>,
  told: (event: EventJson) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  const parser = createParser({
    onEvent({ event, data }) {
      if (event === undefined) return;
      try {
        // The event's name and data are as in eventShape; names this page does not know fall through `applyEvent`.
        const read: unknown = JSON.parse(data);
        told({ event, data: read } as EventJson);
      } catch {
        // One unreadable event must not end the stream; the next reading of the page repairs it.
      }
    },
  });
  const reader = body.getReader();
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      parser.feed(decoder.decode(piece.value, { stream: true }));
    }
  } catch {
    // A cut connection ends like a closed one.
  }
}

export function applyEvent(cache: ResourceCache, event: EventJson): void {
  switch (event.event) {
    case 'item': {
      const { thread, channel, item } = event.data;
      cache.change(resources.thread(thread), (shown) =>
        shown === undefined ? shown : withItem(shown, item),
      );
      cache.change(resources.streams(thread), (streams) =>
        streams === undefined ? streams : withoutStreamOf(streams, item),
      );
      const { path } = resources.threads(channel);
      cache.refresh((shown) => shown === path);
      return;
    }
    case 'stream': {
      const { thread, run, text } = event.data;
      if (text !== '')
        cache.change(resources.streams(thread), (streams = {}) => withStreamed(streams, run, text));
      return;
    }
    case 'run': {
      const run = event.data;
      cache.change(resources.run(run.id), () => run);
      cache.change(resources.streams(run.thread), (streams) =>
        streams === undefined ? streams : withoutStreamOfRun(streams, run),
      );
      const ledger = resources.ledger(run.id).path;
      cache.refresh(
        (shown) =>
          shown === ledger ||
          shown === resources.outcomes().path ||
          shown === '/runs' ||
          shown === resources.overview().path ||
          shown === resources.ledgers().path ||
          shown.startsWith('/runs?') ||
          shown.startsWith('/channels/'),
      );
      return;
    }
    case 'approval': {
      const { path } = resources.approvals();
      const ledger = resources.ledger(event.data.run).path;
      cache.refresh((shown) => shown === path || shown === ledger || shown === resources.me().path);
      return;
    }
    default:
      event satisfies never;
  }
}
