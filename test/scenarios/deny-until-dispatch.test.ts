import { afterEach, describe, expect, it } from '@jest/globals';
import { runStream, asRunId } from '../../src/core/ids.ts';
import type { ToolState } from '../../src/tools/tool.ts';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import { aWorld, worldPolicy } from '../builders/world.ts';
import type { World } from '../builders/world.ts';

const policy = worldPolicy.replace('approvers: [finance]', 'approvers: [approver]');
const folders: string[] = [];
const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
  for (const folder of folders.splice(0)) removeFolder(folder);
});

/** Two workers on one store; the first one's last look at the tool before dispatch waits until it is let go. */
async function twoWorkers(): Promise<{ first: World; second: World; isLooking(): boolean; letGo(): void }> {
  const folder = aFolder();
  folders.push(folder);
  let letGo: () => void = () => undefined;
  let isLooking = false;
  const gone = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const find = async (name: string, found: ToolState, isFresh: boolean): Promise<ToolState> => {
    if (name === 'books/pay' && isFresh) {
      isLooking = true;
      await gone;
    }
    return found;
  };
  const first = await aWorld({ folder, policy, find });
  const second = await aWorld({ folder, policy });
  worlds.push(first, second);
  return { first, second, isLooking: () => isLooking, letGo };
}

describe('given an approved call that has not been sent', () => {
  for (const where of ['the same worker', 'another worker'] as const) {
    it(`when somebody denies it on ${where}, then the denial wins and nothing is sent`, async () => {
      const { first, second, isLooking, letGo } = await twoWorkers();
      const { run, thread } = await first.say('ana', 'pay acme');
      const approval = await first.pending(run);
      await first.vote('ben', approval, 'approve');
      await eventually(() => (isLooking() ? true : undefined));

      const denied = await (where === 'the same worker' ? first : second).vote(
        'cho',
        approval,
        'deny',
        'stop it',
      );
      letGo();
      await first.until(run, 'done');

      expect(denied.kind).toBe('counted');
      expect([...first.sent, ...second.sent]).toEqual([]);
      expect((await first.app.backend.readApproval(first.person('ben'), approval.id))?.state).toBe('denied');
      expect(await first.story(thread)).toContain('Denied by Cho');
      const commits = await first.app.store.ledger.read(runStream(asRunId(run)));
      const kinds = commits.flatMap((commit) => commit.events.map((event) => event.kind));
      expect(kinds).not.toContain('tool.dispatched');
    });
  }

  it('when somebody approves it once more, then that is too late and changes nothing', async () => {
    const { first, second, isLooking, letGo } = await twoWorkers();
    const { run } = await first.say('ana', 'pay acme');
    const approval = await first.pending(run);
    await first.vote('ben', approval, 'approve');
    await eventually(() => (isLooking() ? true : undefined));

    const late = await second.vote('cho', approval, 'approve');
    letGo();
    await first.until(run, 'done');

    expect(late).toMatchObject({ kind: 'refused', status: 409 });
    expect(first.sent).toHaveLength(1);
  });

  it('when it was sent, then a denial is too late and says so', async () => {
    const { first, isLooking, letGo } = await twoWorkers();
    const { run } = await first.say('ana', 'pay acme');
    const approval = await first.pending(run);
    await first.vote('ben', approval, 'approve');
    await eventually(() => (isLooking() ? true : undefined));
    letGo();
    await first.until(run, 'done');

    const late = await first.vote('cho', approval, 'deny');

    expect(late).toMatchObject({ kind: 'refused', status: 409 });
    expect(first.sent).toHaveLength(1);
  });
});
