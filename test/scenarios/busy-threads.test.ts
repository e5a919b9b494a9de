import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { asActorId, asChannelId, asThreadId, newRunId, newWorkerId } from '../../src/core/ids.ts';
import { beginRun } from '../../src/runs/begin-run.ts';
import { defineWorkflow } from '../../src/workflow-kit.ts';
import type { WhileBusy } from '../../src/workflow-kit.ts';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import { aWorld, words } from '../builders/world.ts';
import type { World } from '../builders/world.ts';

const paying = (name: string, whileBusy: WhileBusy): ReturnType<typeof defineWorkflow> =>
  defineWorkflow({
    name,
    title: `Pay ${name}`,
    whileBusy,
    start: { command: true },
    input: z.object({}),
    async run(ctx) {
      await ctx.tool('pay', 'books/pay', { amount: 120, to: 'acme' });
    },
  });

const options = {
  model: () => words('Understood.'),
  workflows: [paying('patient', 'queue'), paying('strict', 'reject')],
};

let folder: string;
let world: World;
beforeAll(async () => {
  folder = aFolder();
  world = await aWorld({ ...options, folder });
});
afterAll(async () => {
  await world.close();
  removeFolder(folder);
});

const runsIn = async (thread: string): Promise<readonly string[]> =>
  (await world.app.store.runs.list({ limit: 100 }))
    .filter((row) => row.thread === thread)
    .map(({ workflow, status }) => `${workflow} ${status}`)
    .sort();

async function write(person: string, thread: string, text: string): Promise<string> {
  const answer = await world.app.backend.sendMessage(world.person(person), {
    channel: 'finance',
    thread,
    text,
  });
  return answer.kind === 'taken' ? answer.kind : `${answer.code}: ${answer.detail}`;
}

describe('given a workflow at work that lets later words wait', () => {
  it('when its requester writes on, then the words do not reach it and become the next run, also over a restart', async () => {
    const { run, thread } = await world.say('ana', '/patient');
    const approval = await world.pending(run);

    expect(await write('ana', thread, 'and what about June?')).toBe('taken');
    expect(await world.story(thread)).toContain('I will take this one next');
    await world.close();
    world = await aWorld({ ...options, folder });
    expect((await world.pending(run)).laterWords).toBe(0);
    await world.vote('ben', approval, 'approve');

    await eventually(async () => {
      const runs = await runsIn(thread);
      return runs.join() === 'assistant done,patient done' ? true : undefined;
    });
  });
});

describe('given a workflow at work that takes nothing meanwhile', () => {
  it('when somebody writes, then a sentence says so, and nothing comes of it later', async () => {
    const { run, thread } = await world.say('ana', '/strict');
    const approval = await world.pending(run);

    const answers = [await write('ana', thread, 'quick!'), await write('cho', thread, 'what is this?')];
    await world.vote('ben', approval, 'approve');
    await world.until(run, 'done');
    await world.app.router.sweep();

    for (const answer of answers) {
      expect(answer).toContain('thread.busy');
      expect(answer).toContain('Ask again when it is done, or in a new thread');
    }
    expect(await runsIn(thread)).toEqual(['strict done']);
    expect(await world.app.store.chat.listWaiting(asThreadId(thread))).toEqual([]);
    expect(await write('ana', thread, 'and now?')).toBe('taken');
  });
});

describe('given a workflow at work that takes nothing meanwhile, and a process that died while it declined', () => {
  it('when the message comes again, or never again, then it is declined all the same and becomes no run', async () => {
    const { run, thread } = await world.say('ana', '/strict');
    const approval = await world.pending(run);
    // What the dead process left: kept, and not yet declined.
    const keep = (id: string): Promise<unknown> =>
      world.app.store.chat.take(
        {
          ...{
            key: `console:ana/${id}`,
            thread: asThreadId(thread),
            channel: asChannelId('console:finance'),
          },
          ...{ by: asActorId('ana'), text: 'quick!', sentAt: Date.now() },
        },
        beginRun(newRunId(), {
          by: 'ana',
          at: new Date(),
          events: [],
          lease: { worker: newWorkerId(), lastsMs: 0 },
        }),
      );
    await keep('again');
    await keep('left');

    const again = await world.app.backend.sendMessage(world.person('ana'), {
      ...{ channel: 'finance', thread, text: 'quick!', id: 'again' },
    });
    await world.vote('ben', approval, 'approve');
    await world.until(run, 'done');
    await eventually(async () =>
      (await world.app.store.chat.listWaiting(asThreadId(thread))).length === 0 ? true : undefined,
    );
    const late = await world.app.backend.sendMessage(world.person('ana'), {
      ...{ channel: 'finance', thread, text: 'quick!', id: 'left' },
    });

    expect([again, late].map((answer) => (answer.kind === 'refused' ? answer.code : answer.kind))).toEqual([
      'thread.busy',
      'thread.busy',
    ]);
    expect(await runsIn(thread)).toEqual(['strict done']);
  });

  it('when a reaction or a watched word would start something in its thread, then that is declined, too', async () => {
    const { run, thread } = await world.say('ana', '/strict');
    const approval = await world.pending(run);
    const { turn } = await world.app.router.take({
      ...{ key: 'slack:T01/C1/1.2', thread: asThreadId(thread), channel: asChannelId('console:finance') },
      ...{ by: asActorId('ana'), text: 'sev1', start: { workflow: 'patient', input: {} } },
    });
    await world.vote('ben', approval, 'approve');
    await world.until(run, 'done');
    await world.app.router.sweep();

    expect(turn).toBe('never');
    expect(await runsIn(thread)).toEqual(['strict done']);
  });
});

describe('given a definition with a rule that there is not', () => {
  it('when the bot starts, then the mistake is named with file and key', async () => {
    // What no type checker has seen.
    const wrong = paying('wrong', 'later' as WhileBusy);

    await expect(aWorld({ workflows: [wrong] })).rejects.toThrow(
      'workflows/wrong.ts: whileBusy: must be steer, queue or reject.',
    );
  });
});
