import { describe, expect, it } from '@jest/globals';
import { systemClock } from '../../src/core/clock.ts';
import type { Clock } from '../../src/core/clock.ts';
import { asRunId, runStream } from '../../src/core/ids.ts';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import { aWorld, call, words } from '../builders/world.ts';
import type { Script } from '../builders/world.ts';
import { aModelThatNeverAnswers } from '../fakes/silent-model.ts';

describe('given a run whose model is still thinking', () => {
  it('when the bot is stopped cleanly and started again, then the run goes on at once', async () => {
    const folder = aFolder();
    const first = await aWorld({ folder, model: aModelThatNeverAnswers });
    await first.app.start();
    const { run } = await first.say('ana', 'hello');
    await eventually(() => (first.asked.length > 0 ? true : undefined));
    await first.close();

    const second = await aWorld({ folder, model: () => words('Here I am.') });
    await second.app.start();
    await second.until(run, 'done');

    expect(second.asked).toHaveLength(1);
    await second.close();
    removeFolder(folder);
  });
});

/** Waits pass quickly from when it is told to hurry; the time of day goes on as it does, and no lease runs out. */
function aPatientClock(): Clock & { hurry(): void } {
  let times = 1;
  return {
    ...systemClock,
    after: (ms, action) => systemClock.after(ms / times, action),
    hurry: () => (times = 20),
  };
}

describe('given a bot that is told to end while more is at work and due than there is room for', () => {
  it('when another one looks for work, then it has all of it at once, and what was sent is neither lost nor sent again', async () => {
    const folder = aFolder();
    const clock = aPatientClock();
    const never = new Promise<never>(() => undefined);
    let answerLate: (() => void) | undefined;
    const model: Script = (turn, { messages }) => {
      if (turn > 0) return words('Noted.');
      const said = JSON.stringify(messages.at(-1));
      if (said.includes('note'))
        return call('books__note', { text: said.includes('late') ? 'late' : 'lost' });
      return never;
    };
    const first = await aWorld({
      ...{ folder, clock, maxActive: 4, model },
      answer: ({ argsJson }) =>
        argsJson.includes('lost')
          ? never
          : new Promise((resolve) => {
              answerLate = () => {
                resolve(undefined);
              };
            }),
    });
    await first.app.start();
    const late = await first.say('ana', 'note this late');
    const lost = await first.say('ana', 'note this and lose it');
    await eventually(() => (first.sent.length === 2 ? true : undefined));
    const others: string[] = [];
    for (let asked = 0; asked < 6; asked += 1) others.push((await first.say('ana', 'think')).run);

    clock.hurry();
    const ended = first.close();
    answerLate?.();
    await ended;
    const second = await aWorld({ folder, model: () => words('Here I am.') });
    await second.app.engine.sweep();

    for (const run of [late.run, ...others]) await second.until(run, 'done');
    expect(second.sent).toEqual([]);
    const kinds = (await second.app.store.ledger.read(runStream(asRunId(lost.run))))
      .flatMap(({ events }) => events)
      .map(({ kind }) => kind);
    expect(kinds).toContain('tool.dispatched');
    expect(kinds).not.toContain('tool.completed');
    await second.close();
    removeFolder(folder);
  });
});
