import { describe, expect, it } from '@jest/globals';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import { aWorld, words } from '../builders/world.ts';
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
