/** Slack's rate limits: calls a minute by method, and posts a second by channel. */
import type { Clock } from '../../../src/core/clock.ts';

export interface RateLimitOptions {
  /** Calls a minute by method; what is not named has its documented tier, or none. */
  readonly perMinute?: Readonly<Record<string, number>>;
  /** Posts a second and channel, short bursts included; undefined sets no limit. */
  readonly postsPerSecond?: number;
}

export interface RateLimits {
  /** Seconds to wait, when the call is one too many. */
  take(method: string, channel: string | undefined): number | undefined;
  /** From now on its seconds and minutes pass so many times as fast, for an app whose waits do. */
  hasten(times: number): void;
}

const tiers: Readonly<Record<string, number>> = {
  'chat.update': 50,
  'chat.delete': 50,
  'chat.postEphemeral': 100,
  'chat.startStream': 20,
  'chat.appendStream': 100,
  'chat.stopStream': 20,
  'conversations.open': 50,
  'conversations.info': 50,
  'conversations.list': 20,
  'conversations.members': 100,
  'users.list': 20,
  'conversations.replies': 50,
  'conversations.history': 50,
  'users.info': 100,
  'usergroups.users.list': 20,
  'views.open': 100,
  'views.push': 100,
  'views.update': 100,
  'views.publish': 100,
  'reactions.add': 50,
};
const posts: ReadonlySet<string> = new Set(['chat.postMessage', 'chat.postEphemeral']);

export function createRateLimits(clock: Clock, options: RateLimitOptions): RateLimits {
  const taken = new Map<string, number[]>();
  const limits = { ...tiers, ...options.perMinute };
  let times = 1;
  const nowMs = (): number => clock.monotonicMs() * times;

  const over = (key: string, limit: number, windowMs: number): number | undefined => {
    const now = nowMs();
    const recent = (taken.get(key) ?? []).filter((at) => at > now - windowMs);
    taken.set(key, recent);
    const oldest = recent.length >= limit ? recent[recent.length - limit] : undefined;
    return oldest === undefined
      ? undefined
      : Math.max(1, Math.ceil((oldest + windowMs - now) / times / 1000));
  };

  return {
    take(method, channel) {
      const perMinute = limits[method];
      const keys: [string, number, number][] = [];
      if (perMinute !== undefined) keys.push([method, perMinute, 60_000]);
      if (options.postsPerSecond !== undefined && channel !== undefined && posts.has(method))
        keys.push([`post ${channel}`, options.postsPerSecond, 1000]);
      for (const [key, limit, windowMs] of keys) {
        const wait = over(key, limit, windowMs);
        if (wait !== undefined) return wait;
      }
      for (const [key] of keys) taken.get(key)?.push(nowMs());
      return undefined;
    },
    hasten(faster) {
      times = faster;
      taken.clear();
    },
  };
}
