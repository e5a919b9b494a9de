/** What Slack hands to an app, whichever way it travels, and what became of it. */
import type { Clock } from '../../../src/core/clock.ts';

export type DeliveryKind = 'events_api' | 'interactive' | 'slash_commands';

export interface Attempt {
  readonly number: number;
  readonly sentAt: number;
  /** Socket Mode: which connection; HTTP: the status that came back. */
  readonly connection?: string;
  status?: number;
  ackedAfterMs?: number;
}

export interface Delivery {
  readonly kind: DeliveryKind;
  /** The event id, or the trigger id of an interaction. */
  readonly id: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly attempts: Attempt[];
  /** `lost`: nobody acknowledged it and Slack does not try again. */
  outcome: 'pending' | 'acknowledged' | 'lost';
  /** What the acknowledgement carried: a view response, a command's text. */
  response?: unknown;
  /** Resolves when the outcome is known. */
  readonly settled: Promise<Delivery>;
  settle(outcome: 'acknowledged' | 'lost', response?: unknown): void;
}

/** Carries one attempt; calls back once, with a reason when it was not acknowledged in time. */
export type Carry = (
  delivery: Delivery,
  retry: { readonly number: number; readonly reason?: string },
  done: (result: CarryResult) => void,
) => void;

export type CarryResult =
  | { readonly kind: 'acknowledged'; readonly response: unknown }
  | { readonly kind: 'failed'; readonly reason: string; readonly isFinal?: boolean }
  /** Nobody to carry it to: it waits for `resume`. */
  | { readonly kind: 'nobody' };

export interface Deliveries {
  readonly all: readonly Delivery[];
  deliver(kind: DeliveryKind, id: string, payload: Readonly<Record<string, unknown>>): Delivery;
  /** Sends an event once more with its own id, as a retry after a lost acknowledgement would be. */
  repeat(delivery: Delivery): void;
  /** Somebody is there again. */
  resume(): void;
}

/** Slack repeats an event at once, after a minute and after five; interactions it never repeats. */
const pausesMs = [0, 60_000, 300_000];

export function createDeliveries(clock: Clock, carry: Carry): Deliveries {
  const all: Delivery[] = [];
  const held: { readonly delivery: Delivery; readonly number: number; readonly reason: string }[] = [];

  const attempt = (delivery: Delivery, number: number, reason?: string): void => {
    if (delivery.outcome === 'acknowledged') return;
    carry(delivery, { number, ...(reason !== undefined && { reason }) }, (result) => {
      switch (result.kind) {
        case 'acknowledged':
          delivery.settle('acknowledged', result.response);
          return;
        case 'nobody':
          if (delivery.kind === 'events_api')
            held.push({ delivery, number: number + 1, reason: 'connection_failed' });
          else delivery.settle('lost');
          return;
        case 'failed': {
          const pause = pausesMs[number];
          if (delivery.kind !== 'events_api' || result.isFinal === true || pause === undefined)
            delivery.settle('lost');
          else clock.after(pause, () => attempt(delivery, number + 1, result.reason));
          return;
        }
        default:
          return result satisfies never;
      }
    });
  };

  return {
    all,
    deliver(kind, id, payload) {
      let resolve: (delivery: Delivery) => void = () => undefined;
      const settled = new Promise<Delivery>((done) => (resolve = done));
      const delivery: Delivery = {
        kind,
        id,
        payload,
        attempts: [],
        outcome: 'pending',
        settled,
        settle(outcome, response) {
          if (delivery.outcome === 'acknowledged') return;
          delivery.outcome = outcome;
          delivery.response = response;
          resolve(delivery);
        },
      };
      all.push(delivery);
      attempt(delivery, 0);
      return delivery;
    },
    repeat(delivery) {
      carry(delivery, { number: 1, reason: 'http_timeout' }, () => undefined);
    },
    resume() {
      for (const { delivery, number, reason } of held.splice(0)) attempt(delivery, number, reason);
    },
  };
}
