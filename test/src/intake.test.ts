import { describe, expect, it } from '@jest/globals';
import { fairShare, placeOf } from '../../src/core/fair-share.ts';
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
    const intake = createIntake(slow.router, { clock: aManualClock() }, { atOnce: 2, withinMs: 2_500 });

    const kept = [intake.take(message), intake.take(message)];
    await expect(intake.take(message)).rejects.toMatchObject({ code: 'ingress.overloaded' });
    slow.keep();
    await Promise.all(kept);
    const later = intake.take(message);
    slow.keep();

    expect(await later).toBe(taken);
  });
});

describe('given more due runs than there is room for', () => {
  it('when one channel has very many, then another one gets its turn', () => {
    const busy = Array.from({ length: 50 }, (_, index) => `slack:T01/C1/${String(index)}`);

    expect(fairShare([...busy, 'slack:T01/C2/1', 'discord:9/3/1'], 5, placeOf)).toEqual([
      'slack:T01/C1/0',
      'slack:T01/C2/1',
      'discord:9/3/1',
      'slack:T01/C1/1',
      'slack:T01/C1/2',
    ]);
  });
});
