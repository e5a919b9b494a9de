/**
 * Live updates: what changed in a run goes to everybody who may see it, as soon as it is durable.
 *
 * Nothing here is state: whoever missed an update reads the thread again.
 */
import type { Clock } from '../core/clock.ts';
import type { Person } from '../people/person.ts';
import type { RunState } from '../runs/run-state.ts';
import { isFinished } from '../runs/run-state.ts';
import type { EventJson, ItemJson } from './shapes.ts';

export interface Announcer {
  /** A run's ledger grew. */
  landed(state: RunState): void;
  /** Words of an answer as they arrive. */
  text(state: RunState, text: string, isDone: boolean): void;
  subscribe(person: Person, send: (event: EventJson) => void): () => void;
}

export interface AnnouncerOptions {
  readonly clock: Clock;
  mayRead(person: Person, state: RunState): boolean;
  render(
    state: RunState,
    person: Person,
  ): Promise<{
    readonly items: readonly ItemJson[];
    /** Items of the run in other threads: of its channel, or of one person alone. */
    readonly copies: readonly { readonly thread: string; readonly item: ItemJson }[];
    readonly events: readonly EventJson[];
  }>;
}

interface Subscriber {
  readonly person: Person;
  readonly send: (event: EventJson) => void;
  /** What this reader was last sent, by run and item. */
  readonly sent: Map<string, Map<string, string>>;
}

const textEveryMs = 60;

export function createAnnouncer(options: AnnouncerOptions): Announcer {
  const subscribers = new Set<Subscriber>();
  const waitingText = new Map<string, { state: RunState; text: string; isDone: boolean }>();

  async function announce(subscriber: Subscriber, state: RunState): Promise<void> {
    const { items, copies, events } = await options.render(state, subscriber.person);
    const before = subscriber.sent.get(state.id) ?? new Map<string, string>();
    subscriber.sent.set(state.id, before);
    const here = items.map((item) => ({ thread: state.thread, item }));
    for (const { thread, item } of [...here, ...copies]) {
      const text = JSON.stringify(item);
      if (before.get(item.id) === text) continue;
      before.set(item.id, text);
      subscriber.send({ event: 'item', data: { thread, channel: state.channel, item } });
    }
    for (const event of events) subscriber.send(event);
    if (isFinished(state)) subscriber.sent.delete(state.id);
  }

  function sendText(run: string): void {
    const waiting = waitingText.get(run);
    if (waiting === undefined) return;
    waitingText.delete(run);
    const { state, text, isDone } = waiting;
    for (const { person, send } of subscribers) {
      if (options.mayRead(person, state))
        send({ event: 'stream', data: { thread: state.thread, run: state.id, text, isDone } });
    }
  }

  return {
    landed(state) {
      // Words come before the item they become.
      sendText(state.id);
      for (const subscriber of subscribers) {
        // A reader that cannot be told now reads the thread again when it reconnects.
        announce(subscriber, state).catch(() => undefined);
      }
    },
    text(state, text, isDone) {
      if (subscribers.size === 0) return;
      const isWaiting = waitingText.has(state.id);
      waitingText.set(state.id, { state, text, isDone });
      if (!isWaiting)
        options.clock.after(textEveryMs, () => {
          sendText(state.id);
        });
    },
    subscribe(person, send) {
      const subscriber: Subscriber = { person, send, sent: new Map() };
      subscribers.add(subscriber);
      return () => {
        subscribers.delete(subscriber);
      };
    },
  };
}
