/**
 * When what may be asked: a lane per method, and per channel where Slack counts so. A lane that Slack told to wait
 * stands still while every other one goes on. Messages to a channel go out one after the other: two that were held up on
 * their way would arrive together, and Slack counts when they arrive.
 */
import type { Clock, Timer } from '../../src/core/clock.ts';
import { AppError } from '../../src/core/errors.ts';

export interface Pace {
  /** Resolves when a call may go out. Throws `chat.unavailable` when the wait is too long, or cut short by a stop. */
  turn(method: string, channel?: string): Promise<void>;
  /** The call that had the turn was answered, or given up. */
  done(method: string, channel?: string): void;
  /** Slack said how long this lane waits. */
  hold(method: string, channel: string | undefined, seconds: number): void;
  /** Ends every wait. What needs none still goes out, so that what is under way can be finished. */
  stop(): void;
}

interface Lane {
  /** Monotonic milliseconds before which nothing goes out. */
  notBefore: number;
  /** Turns that may be taken at once, and when they were counted. */
  tokens: number;
  countedAt: number;
  /** Set while a message is under way, where they go one after the other. */
  isTaken: boolean;
  readonly queue: (() => void)[];
}

interface Rate {
  readonly burst: number;
  readonly everyMs: number;
}

/** One message a second and channel, with short bursts; other methods are held only when Slack says so. */
const posting: Rate = { burst: 3, everyMs: 1_050 };
const perChannel = new Set(['chat.postMessage', 'chat.postEphemeral']);
const longestWaitMs = 120_000;
const keptLanes = 5_000;

/** For a question or two that nobody else asks beside: refusals for the rate are final. */
export const unpaced: Pace = {
  turn: () => Promise.resolve(),
  done: () => undefined,
  hold: (method) => {
    throw new AppError('chat.unavailable', `Slack is asked too often for ${method}. Try again in a minute.`);
  },
  stop: () => undefined,
};

export function createPace(clock: Clock): Pace {
  const lanes = new Map<string, Lane>();
  const waits = new Set<() => void>();
  let isStopped = false;

  function laneOf(method: string, channel: string | undefined): Lane {
    const isCounted = perChannel.has(method) && channel !== undefined;
    // Slack counts messages of either sort in a channel together.
    const key = isCounted ? `post ${channel}` : method;
    const known = lanes.get(key);
    if (known !== undefined) return known;
    if (lanes.size >= keptLanes) {
      const now = clock.monotonicMs();
      for (const [name, lane] of lanes)
        if (now - lane.countedAt > 60_000 && !lane.isTaken) lanes.delete(name);
    }
    const lane: Lane = {
      notBefore: 0,
      tokens: isCounted ? posting.burst : Infinity,
      countedAt: clock.monotonicMs(),
      isTaken: false,
      queue: [],
    };
    lanes.set(key, lane);
    return lane;
  }

  function takeTurn(lane: Lane): number {
    const now = clock.monotonicMs();
    if (lane.notBefore > now) return lane.notBefore - now;
    if (lane.tokens === Infinity) return 0;
    lane.tokens = Math.min(posting.burst, lane.tokens + (now - lane.countedAt) / posting.everyMs);
    lane.countedAt = now;
    // A turn taken before its time is a debt: whoever comes next waits the longer.
    lane.tokens -= 1;
    return lane.tokens >= 0 ? 0 : -lane.tokens * posting.everyMs;
  }

  /** False when a stop cut it short. */
  function rest(ms: number): Promise<boolean> {
    if (isStopped) return Promise.resolve(false);
    return new Promise((resolve) => {
      const end = (): void => {
        timer.cancel();
        waits.delete(end);
        resolve(!isStopped);
      };
      const timer: Timer = clock.after(ms, end);
      waits.add(end);
    });
  }

  const isOneByOne = (lane: Lane): boolean => lane.tokens !== Infinity;

  /** Resolves when no other message of the lane is under way; the place is this one's then. */
  async function takePlace(lane: Lane): Promise<void> {
    while (lane.isTaken && !isStopped) await new Promise<void>((resolve) => lane.queue.push(resolve));
    if (isStopped) return;
    lane.isTaken = true;
  }

  function leavePlace(lane: Lane): void {
    lane.isTaken = false;
    lane.queue.shift()?.();
  }

  /** Waits until the lane's rate allows another call. */
  async function takeRate(lane: Lane, method: string, end: number): Promise<void> {
    let wait = takeTurn(lane);
    while (wait > 0) {
      if (clock.monotonicMs() + wait > end)
        throw new AppError('chat.unavailable', `Slack's limit for ${method} is used up for now.`);
      if (!(await rest(wait))) throw new AppError('chat.unavailable', 'Slack is being disconnected.');
      wait = Math.max(0, lane.notBefore - clock.monotonicMs());
    }
  }

  return {
    async turn(method, channel) {
      const lane = laneOf(method, channel);
      const end = clock.monotonicMs() + longestWaitMs;
      if (!isOneByOne(lane)) return takeRate(lane, method, end);
      await takePlace(lane);
      try {
        await takeRate(lane, method, end);
      } catch (error) {
        leavePlace(lane);
        throw error;
      }
    },
    done(method, channel) {
      const lane = laneOf(method, channel);
      if (isOneByOne(lane)) leavePlace(lane);
    },
    hold(method, channel, seconds) {
      const lane = laneOf(method, channel);
      lane.notBefore = Math.max(lane.notBefore, clock.monotonicMs() + seconds * 1_000);
    },
    stop() {
      isStopped = true;
      for (const end of waits) end();
      for (const { queue } of lanes.values()) for (const goOn of queue.splice(0)) goOn();
    },
  };
}
