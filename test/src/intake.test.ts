import { describe, expect, it } from '@jest/globals';
import { asActorId, asChannelId, asThreadId } from '../../src/core/ids.ts';
import { createIntake } from '../../src/intake.ts';
import type { InboundMessage, Router, Taken } from '../../src/router.ts';
import { aManualClock } from '../builders/manual-clock.ts';

const message: InboundMessage = {
  key: 'slack:T01/C1/1',
  channel: asChannelId('slack:T01/C1'),
  by: asActorId('ana'),
  text: 'hello',
};
const taken: Taken = { thread: asThreadId('slack:T01/C1/1'), turn: 'now' };

/** A router whose store answers when it is told to. */
function aSlowRouter(): { router: Router; keep(): void } {
  const waiting: (() => void)[] = [];
  return {
    router: {
      take: () =>
        new Promise((resolve) => {
          waiting.push(() => {
            resolve(taken);
          });
        }),
      goOn: () => Promise.resolve(),
      sweep: () => Promise.resolve(),
    },
    keep() {
      for (const resolve of waiting.splice(0)) resolve();
    },
  };
}

describe('given a store that keeps messages slowly', () => {
  it('when one is not kept in time, then it is refused so that it is sent again', async () => {
    const clock = aManualClock();
    const slow = aSlowRouter();
    const intake = createIntake(slow.router, { clock });

    const answer = intake.take(message);
    clock.advance(2_500);

    await expect(answer).rejects.toMatchObject({ code: 'ingress.overloaded', isRetryable: true });
  });

  it('when it is kept in time, then it is acknowledged and never refused afterwards', async () => {
    const clock = aManualClock();
    const slow = aSlowRouter();
    const intake = createIntake(slow.router, { clock });

    const answer = intake.take(message);
    slow.keep();
    expect(await answer).toBe(taken);
    clock.advance(10_000);

    expect(await answer).toBe(taken);
  });

  it('when too many are being kept at once, then more are refused at once, and taken again when there is room', async () => {
    const slow = aSlowRouter();
    const limits = { atOnce: 2, ofOneChannel: 2, withinMs: 2_500 };
    const intake = createIntake(slow.router, { clock: aManualClock() }, limits);

    const kept = [intake.take(message), intake.take(message)];
    await expect(intake.take(message)).rejects.toMatchObject({ code: 'ingress.overloaded' });
    slow.keep();
    await Promise.all(kept);
    const later = intake.take(message);
    slow.keep();

    expect(await later).toBe(taken);
  });

  it('when one channel fills its share, then its next one is refused and another channel is taken', async () => {
    const slow = aSlowRouter();
    const limits = { atOnce: 4, ofOneChannel: 2, withinMs: 2_500 };
    const intake = createIntake(slow.router, { clock: aManualClock() }, limits);
    const other = { ...message, channel: asChannelId('slack:T01/C2') };

    const kept = [intake.take(message), intake.take(message)];
    await expect(intake.take(message)).rejects.toMatchObject({ code: 'ingress.overloaded' });
    kept.push(intake.take(other));
    slow.keep();
    expect(await Promise.all(kept)).toEqual([taken, taken, taken]);
    const later = intake.take(message);
    slow.keep();

    expect(await later).toBe(taken);
  });
});
