/**
 * How many requests Discord has refused lately, and when to stop asking.
 *
 * Ten thousand answers of 401, 403 or 429 within ten minutes shut out everybody at this address, for up to hours.
 * What hits a limit that is shared with others does not count. From half of them on, what can be left out is not
 * sent; from nine tenths on, nothing is, until enough of them are ten minutes old. Whoever is shut out all the same
 * waits for as long as he is told, and sends nothing meanwhile.
 */
import type { Clock } from '../../src/core/clock.ts';
import { AppError } from '../../src/core/errors.ts';
import type { Logger } from '../../src/core/logger.ts';

export interface RefusedRequests {
  /** Throws `chat.unavailable` while a request must not be sent. */
  admit(request: { readonly isOptional: boolean }): void;
  /** Counts an answer. Throws `chat.unavailable` for one that shuts this address out. */
  note(status: number, headers: AnswerHeaders): void;
  /** Undefined while there is nothing to worry about. */
  trouble(): { readonly state: 'warning' | 'failed'; readonly detail: string } | undefined;
}

export interface AnswerHeaders {
  get(name: string): string | null;
}

export interface RefusedRequestsOptions {
  /** Undefined where nothing is asked for longer than a moment. */
  readonly clock?: Clock | undefined;
  readonly logger?: Logger | undefined;
  /** Called once each time it becomes tight, and when this address is shut out. */
  readonly onTrouble?: ((why: string) => void) | undefined;
}

const windowMs = 10 * 60_000;
/** Refusals are counted together for so long. */
const grainMs = 10_000;
const allowed = 10_000;
const tightFrom = allowed / 2;
const stopFrom = (allowed / 10) * 9;
/** Below this it is calm again: the next time is told anew. */
const calmBelow = allowed / 4;
const longestBanMs = 24 * 60 * 60_000;
const banWithoutTimeMs = 10 * 60_000;

const counted = new Set([401, 403, 429]);
const tooMany = 429;
/** One of these stands in every refusal for a limit; what stands before Discord and shuts out knows none of them. */
const limitHeaders = ['x-ratelimit-scope', 'x-ratelimit-limit', 'x-ratelimit-global'];

export function createRefusedRequests(options: RefusedRequestsOptions = {}): RefusedRequests {
  const now = (): number => options.clock?.monotonicMs() ?? 0;
  let grains: { readonly from: number; count: number }[] = [];
  let isTold = false;
  let shutOutUntil: number | undefined;

  function count(): number {
    const oldest = now() - windowMs;
    grains = grains.filter(({ from }) => from + grainMs > oldest);
    return grains.reduce((sum, grain) => sum + grain.count, 0);
  }

  function minutesShutOut(): number | undefined {
    if (shutOutUntil === undefined) return undefined;
    const left = shutOutUntil - now();
    if (left > 0) return Math.ceil(left / 60_000);
    shutOutUntil = undefined;
    return undefined;
  }

  function tell(why: string): void {
    options.logger?.error('discord.refusals-used-up', { why });
    options.onTrouble?.(why);
  }

  function add(): void {
    const last = grains.at(-1);
    if (last !== undefined && last.from > now() - grainMs) last.count += 1;
    else grains.push({ from: now(), count: 1 });
    const there = count();
    if (there < calmBelow) isTold = false;
    if (there < tightFrom || isTold) return;
    isTold = true;
    tell(tightText(there));
  }

  function shutOut(retryAfter: string | null): AppError {
    const seconds = /^\d+(?:\.\d+)?$/u.test(retryAfter ?? '') ? Number(retryAfter) : 0;
    const forMs = seconds === 0 ? banWithoutTimeMs : Math.min(seconds * 1_000, longestBanMs);
    const wasOut = minutesShutOut() !== undefined;
    shutOutUntil = now() + forMs;
    const why = shutOutText(minutesShutOut() ?? 1);
    if (!wasOut) tell(why);
    return new AppError('chat.unavailable', why);
  }

  return {
    admit({ isOptional }) {
      const minutes = minutesShutOut();
      if (minutes !== undefined) throw new AppError('chat.unavailable', shutOutText(minutes));
      const there = count();
      if (there >= stopFrom || (isOptional && there >= tightFrom))
        throw new AppError('chat.unavailable', tightText(there));
    },
    note(status, headers) {
      if (!counted.has(status)) return;
      if (status === tooMany && limitHeaders.every((name) => headers.get(name) === null))
        throw shutOut(headers.get('retry-after'));
      if (headers.get('x-ratelimit-scope') !== 'shared') add();
    },
    trouble() {
      const minutes = minutesShutOut();
      if (minutes !== undefined) return { state: 'failed', detail: shutOutText(minutes) };
      const there = count();
      if (there < tightFrom) return undefined;
      return { state: there < stopFrom ? 'warning' : 'failed', detail: tightText(there) };
    },
  };
}

function tightText(count: number): string {
  const what =
    count < stopFrom
      ? 'What can be left out is not sent'
      : 'Nothing is sent until enough of them are ten minutes old';
  return `Discord refused ${count.toLocaleString('en')} requests within ten minutes, and shuts out this address at ${allowed.toLocaleString('en')}. ${what}. Fix: look in the log for «Discord refused» and give the bot the permissions that it lacks; look for another bot with this token.`;
}

function shutOutText(minutes: number): string {
  return `Discord shuts out this address for ${String(minutes)} more minute${minutes === 1 ? '' : 's'}, after too many refused requests. Nothing is sent until then, and what is to be shown comes afterwards. Fix: look in the log for what was refused, and for other programs at this address.`;
}
