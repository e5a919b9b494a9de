/**
 * How much is taken in at once, and for how long anybody waits to hear so.
 *
 * A chat platform counts an event as lost after three seconds without an answer. Whatever cannot be kept in time is
 * refused before that, so that it is sent again; what was kept is acknowledged and never refused afterwards. A refused
 * message may still be kept a moment later: its next delivery finds it.
 */
import type { Clock } from './core/clock.ts';
import { AppError } from './core/errors.ts';
import type { ChannelId } from './core/ids.ts';
import type { InboundMessage, Router, Taken } from './router.ts';

export interface IntakeLimits {
  /** Messages being kept at the same time. */
  readonly atOnce: number;
  /** Of them, those of one channel: one that floods leaves room for the others. */
  readonly ofOneChannel: number;
  readonly withinMs: number;
}

const defaultLimits: IntakeLimits = { atOnce: 512, ofOneChannel: 256, withinMs: 2_500 };

export function createIntake(
  router: Router,
  { clock }: { readonly clock: Clock },
  limits: IntakeLimits = defaultLimits,
): Router {
  let underWay = 0;
  const ofChannel = new Map<ChannelId, number>();

  function refuse(why: string): AppError {
    return new AppError('ingress.overloaded', `A message was refused: ${why}. It is to be sent again.`);
  }

  function within(taking: Promise<Taken>): Promise<Taken> {
    return new Promise((resolve, reject) => {
      const timer = clock.after(limits.withinMs, () => {
        reject(refuse(`the store had not kept it after ${String(limits.withinMs)} ms`));
      });
      taking.then(resolve, reject).finally(() => {
        timer.cancel();
      });
    });
  }

  return {
    ...router,
    take(message: InboundMessage) {
      if (underWay >= limits.atOnce)
        return Promise.reject(refuse(`${String(underWay)} others are being kept already`));
      const ofThis = ofChannel.get(message.channel) ?? 0;
      if (ofThis >= limits.ofOneChannel)
        return Promise.reject(refuse(`${String(ofThis)} others of its channel are being kept already`));
      underWay += 1;
      ofChannel.set(message.channel, ofThis + 1);
      const taking = router.take(message).finally(() => {
        underWay -= 1;
        const left = (ofChannel.get(message.channel) ?? 1) - 1;
        if (left === 0) ofChannel.delete(message.channel);
        else ofChannel.set(message.channel, left);
      });
      return within(taking);
    },
  };
}
