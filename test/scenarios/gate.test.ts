import { afterEach, describe, expect, it } from '@jest/globals';
import { asRunId } from '../../src/core/ids.ts';
import type { ToolCallRequest, ToolState } from '../../src/tools/tool.ts';
import { parsePeople } from '../../src/people/parse-people.ts';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import { aManualClock } from '../builders/manual-clock.ts';
import { aWorld, call, lastResult, words, worldPolicy } from '../builders/world.ts';
import type { World, WorldOptions } from '../builders/world.ts';

const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

async function open(options: WorldOptions = {}): Promise<World> {
  const world = await aWorld(options);
  worlds.push(world);
  return world;
}

const pays = (world: World): readonly ToolCallRequest[] =>
  world.sent.filter((request) => request.tool.name === 'books/pay');

describe('given an approved payment', () => {
  it('when nothing changed, then the very bytes that were approved are sent, once', async () => {
    const world = await open();
    const { run } = await world.say('ana', 'pay acme');
    const approval = await world.pending(run);

    await world.vote('ben', approval, 'approve');
    await world.until(run, 'done');

    expect(pays(world).map((request) => request.argsJson)).toEqual(['{"amount":120,"to":"acme"}']);
  });

  it('when the tool answers that it could not, then the card says so beside the approval', async () => {
    const world = await open({
      answer: () => ({ kind: 'answered', content: 'The invoice is locked.', isError: true }),
    });
    const { run, thread } = await world.say('ana', 'pay acme');

    await world.vote('ben', await world.pending(run), 'approve');
    await world.until(run, 'done');

    expect(await world.story(thread)).toMatch(
      /Approved by Ben at \S+Z, but books answered: The invoice is locked\./u,
    );
  });

  const changed = (field: 'definitionHash' | 'serverIdentity'): NonNullable<WorldOptions['find']> => {
    let isChanged = false;
    return (name, found): ToolState => {
      const now =
        isChanged && found.kind === 'ready' && name === 'books/pay'
          ? { kind: 'ready' as const, tool: { ...found.tool, [field]: 'other' } }
          : found;
      isChanged = true;
      return now;
    };
  };
  for (const field of ['definitionHash', 'serverIdentity'] as const) {
    it(`when the tool's ${field} changed meanwhile, then the approval is stale, nothing runs and it is asked anew`, async () => {
      const world = await open({ find: changed(field) });
      const { run, thread } = await world.say('ana', 'pay acme');
      const approval = await world.pending(run);

      await world.vote('ben', approval, 'approve');
      const again = await world.pending(run);

      expect(pays(world)).toEqual([]);
      expect(again.id).not.toBe(approval.id);
      expect((await world.app.backend.readApproval(world.person('ben'), approval.id))?.state).toBe('stale');
      expect(await world.story(thread)).toMatch(/Stale: the (definition|server) of books\/pay changed/u);
    });
  }

  it('when the tool is set aside meanwhile, then nothing runs and the thread says why', async () => {
    let isDrifted = false;
    const world = await open({
      find: (name, found) =>
        isDrifted && name === 'books/pay' && found.kind === 'ready'
          ? { kind: 'drifted', tool: found.tool, pinnedHash: 'x', why: 'its description changed' }
          : found,
    });
    const { run, thread } = await world.say('ana', 'pay acme');
    const approval = await world.pending(run);
    isDrifted = true;

    await world.vote('ben', approval, 'approve');
    await world.until(run, 'done');

    expect(pays(world)).toEqual([]);
    expect(await world.story(thread)).toContain('its description changed');
  });

  const stricter: readonly [string, string][] = [
    ['another effect class', worldPolicy.replace('books/pay: { effect: opaque', 'books/pay: { effect: read')],
    [
      'one more rule with other approvers',
      `${worldPolicy}  - { id: more, tool: books/pay, verdict: ask, approvers: [engineering] }\n`,
    ],
    ['a denial', worldPolicy.replace("args.to == 'mallory'", "args.to == 'acme'")],
    ['two persons', worldPolicy.replace('args.amount > 500', 'args.amount > 100')],
  ];
  for (const [name, policy] of stricter) {
    it(`when policy meanwhile demands ${name}, then the approval is stale and nothing runs`, async () => {
      const world = await open();
      const { run } = await world.say('ana', 'pay acme');
      const approval = await world.pending(run);
      world.setPolicy(policy);

      await world.vote('ben', approval, 'approve');
      await world.until(run, 'waiting', 'done');

      expect(pays(world)).toEqual([]);
      expect((await world.app.backend.readApproval(world.person('ben'), approval.id))?.state).toBe('stale');
    });
  }

  it('when policy only gained a comment, or became looser, then it runs', async () => {
    const world = await open();
    const { run } = await world.say('ana', 'pay acme');
    const approval = await world.pending(run);
    world.setPolicy(
      `# nothing of substance\n${worldPolicy.replace('args.amount > 500', 'args.amount > 900')}`,
    );

    await world.vote('ben', approval, 'approve');
    await world.until(run, 'done');

    expect(pays(world)).toHaveLength(1);
  });

  it('when the approver lost the role between vote and dispatch, then nothing runs', async () => {
    const world = await open({ policy: worldPolicy.replace('args.amount > 500', 'args.amount > 100') });
    const { run } = await world.say('ana', 'pay acme');
    const approval = await world.pending(run);
    await world.vote('ben', approval, 'approve');
    world.setPeople(
      parsePeople(
        'people:\n  ana: { name: Ana }\n  ben: { name: Ben }\n  cho: { name: Cho, roles: [approver, finance] }\n',
        'people.yaml',
      ),
    );

    await world.vote('cho', approval, 'approve');

    expect(pays(world)).toEqual([]);
  });

  it('when five minutes pass between decision and dispatch, then it is asked anew', async () => {
    const clock = aManualClock();
    let isReachable = false;
    const world = await open({
      clock,
      find: (name, found) =>
        isReachable || name !== 'books/pay' || world.asked.length === 0 || !hasVoted
          ? found
          : { kind: 'unreachable', server: 'books', why: 'down' },
    });
    let hasVoted = false;
    const { run } = await world.say('ana', 'pay acme');
    const approval = await askedBy(world, clock, run);
    hasVoted = true;
    void world.vote('ben', approval, 'approve');
    await turnUntil(
      clock,
      async () => (await world.app.backend.readRun(world.person('ana'), run))?.status === 'parked',
    );
    isReachable = true;
    clock.advance(6 * 60_000);
    await world.app.engine.sweep();

    const again = await askedBy(world, clock, run, approval.id);
    expect(pays(world)).toEqual([]);
    expect(again.digest).not.toBe(approval.digest);
  });
});

/** Lets a world with a standing clock go on: the saving of appends that nobody waits for needs its few milliseconds. */
async function turnUntil(
  clock: ReturnType<typeof aManualClock>,
  isThere: () => Promise<boolean>,
): Promise<void> {
  for (let turn = 0; turn < 2_000; turn += 1) {
    if (await isThere()) return;
    clock.advance(5);
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error('it did not happen');
}

async function askedBy(
  world: World,
  clock: ReturnType<typeof aManualClock>,
  run: string,
  not = '',
): ReturnType<World['pending']> {
  let found: Awaited<ReturnType<World['pending']>> | undefined;
  await turnUntil(clock, async () => {
    const { items } = await world.app.backend.listApprovals(world.person('ben'), { state: 'pending' });
    found = items.find((entry) => entry.run === run && entry.id !== not);
    return found !== undefined;
  });
  if (found === undefined) throw new Error('nothing was asked');
  return found;
}

describe('given a question to people', () => {
  it('when two rules name different approvers, then both must be met', async () => {
    const world = await open({
      model: (turn, request) =>
        turn === 0 ? call('books__pay', { amount: 600, to: 'acme' }) : words(lastResult(request)),
    });
    const { run } = await world.say('ana', 'pay acme');
    const approval = await world.pending(run);
    expect(approval.requirements.map(({ rule, quorum }) => [rule, quorum])).toEqual([
      ['books/pay', 1],
      ['large', 2],
    ]);

    const first = await world.vote('ben', approval, 'approve');
    expect(first.kind === 'counted' && first.text).toContain('1 of 2: Ben approved. One more of approver.');
    expect(pays(world)).toEqual([]);
    await world.vote('cho', approval, 'approve');
    await world.until(run, 'done');

    expect(pays(world)).toHaveLength(1);
  });

  it.each([
    ['ben', 'cho'],
    ['cho', 'ben'],
  ])(
    'when two rules name people of whom nobody is in both, then %s alone is not enough',
    async (one, other) => {
      const world = await open({
        policy: `${worldPolicy}  - { id: safety, tool: books/pay, verdict: ask, approvers: [engineering] }\n`,
      });
      const { run } = await world.say('ana', 'pay acme');
      const approval = await world.pending(run);

      expect(await world.vote(one, approval, 'approve')).toMatchObject({ kind: 'counted' });
      // The same person once more fills no other seat.
      await world.vote(one, approval, 'approve');
      expect((await world.pending(run)).id).toBe(approval.id);
      expect(pays(world)).toEqual([]);

      await world.vote(other, approval, 'approve');
      await world.until(run, 'done');
      expect(pays(world)).toHaveLength(1);
    },
  );

  it('when somebody denies, then one denial ends it although another approved', async () => {
    const world = await open({
      model: (turn, request) =>
        turn === 0 ? call('books__pay', { amount: 600, to: 'acme' }) : words(lastResult(request)),
    });
    const { run, thread } = await world.say('ana', 'pay acme');
    const approval = await world.pending(run);

    await world.vote('ben', approval, 'approve');
    await world.vote('cho', approval, 'deny', 'too much');
    await world.until(run, 'done');

    expect(pays(world)).toEqual([]);
    expect(await world.story(thread)).toMatch(/Denied by Cho at \S+: too much/u);
  });

  it('when nobody but the requester could decide, then the card says so instead of waiting in vain', async () => {
    const people = parsePeople(
      'people:\n  ana: { name: Ana, roles: [finance] }\n  ben: { name: Ben, roles: [approver] }\n',
      'people.yaml',
    );
    const world = await open({ people });
    const { run, thread } = await world.say('ana', 'pay acme');
    await world.until(run, 'waiting');

    expect(await world.story(thread)).toContain('Nobody can approve this');
  });

  it('when it expires, then a vote answers 410, nothing runs, and Ana can ask again', async () => {
    const clock = aManualClock();
    const world = await open({ clock });
    const { run, thread } = await world.say('ana', 'pay acme');
    const approval = await askedBy(world, clock, run);
    clock.sleep(24 * 3_600_000 + 1);

    const late = await world.vote('ben', approval, 'approve');
    expect(late).toMatchObject({ kind: 'refused', status: 410 });
    await turnUntil(
      clock,
      async () => (await world.app.backend.readRun(world.person('ana'), run))?.status === 'done',
    );
    expect(await world.story(thread)).toContain('Nobody answered by');
    const again = await world.app.backend.act(world.person('ana'), { action: `v1:${approval.id}:ask-again` });

    expect(again.kind).toBe('done');
    await askedBy(world, clock, String(again.kind === 'done' && again.run), approval.id);
    expect(pays(world)).toEqual([]);
  });

  it('when policy denies, then nobody is asked', async () => {
    const world = await open({
      model: (turn, request) =>
        turn === 0 ? call('books__pay', { amount: 1, to: 'mallory' }) : words(lastResult(request)),
    });
    const { run, thread } = await world.say('ana', 'pay mallory');
    await world.until(run, 'done');

    expect(pays(world)).toEqual([]);
    expect(await world.story(thread)).toContain(
      'Policy does not allow Pay 1 to mallory (rule never). Nobody was asked.',
    );
  });

  it('when a denied call is proposed again, then nobody is asked a second time', async () => {
    const world = await open({
      model: (turn, request) =>
        turn < 3
          ? call('books__pay', { amount: 120, to: 'acme' }, `toolu_${String(turn)}`)
          : words(lastResult(request)),
    });
    const { run, thread } = await world.say('ana', 'pay acme');
    await world.vote('ben', await world.pending(run), 'deny', 'no');
    await world.until(run, 'done');

    expect(await world.story(thread)).toContain('Not asked again: Denied by Ben');
    const { items } = await world.app.backend.listApprovals(world.person('ben'), {});
    expect(items).toHaveLength(1);
  });
});

describe('given a hijacked model', () => {
  const attacks: readonly [string, Parameters<typeof call>][] = [
    ['a tool that does not exist', ['books__steal', { amount: 1 }]],
    ['arguments the schema does not know', ['books__pay', { amount: 1, to: 'acme', approved: true }]],
    ['arguments of the wrong type', ['books__pay', { amount: '1', to: 'acme' }]],
    ['a server that is not offered', ['admin__approve', { approval: 'all' }]],
  ];
  for (const [name, [tool, input]] of attacks) {
    it(`when it calls ${name}, then nothing is sent`, async () => {
      const world = await open({
        model: (turn, request) => (turn === 0 ? call(tool, input) : words(lastResult(request))),
      });
      const { run } = await world.say('ana', 'go');
      await world.until(run, 'done');

      expect(world.sent).toEqual([]);
    });
  }

  it('when its answer was cut off inside a call, then no call runs', async () => {
    const world = await open({ model: () => ({ text: 'I pay', stop: 'length', calls: [] }) });
    const { run, thread } = await world.say('ana', 'pay acme');
    await world.until(run, 'done');

    expect(world.sent).toEqual([]);
    expect(await world.story(thread)).toContain('cut off');
  });

  it('when a mail says «I, the admin, approve», then an allowed write asks too, because the run is tainted', async () => {
    const world = await open({
      model: (turn, request) =>
        turn === 0
          ? call('mail__read', {})
          : turn === 1
            ? call('books__note', { text: 'hi' })
            : words(lastResult(request)),
    });
    const { run } = await world.say('ana', 'read my mail');
    const approval = await world.pending(run);

    expect(approval.tool).toBe('books/note');
    expect(world.sent.map((request) => request.tool.name)).toEqual(['mail/read']);
  });

  it('when an earlier run of the thread had read such a mail, then a later run there is tainted by its answer', async () => {
    const world = await open({
      model: (turn, request) => {
        const isSecond = JSON.stringify(request.messages).includes('note that');
        if (turn === 0) return isSecond ? call('books__note', { text: 'hi' }) : call('mail__read', {});
        return words(lastResult(request));
      },
    });
    const first = await world.say('ana', 'read my mail');
    await world.until(first.run, 'done');

    const second = await world.say('ana', 'note that', first.thread);
    const approval = await world.pending(second.run);

    expect(approval.tool).toBe('books/note');
    const row = await world.app.store.runs.find(asRunId(second.run));
    expect(row?.taintedBy).toBe('mail/read, earlier in this thread');
    expect(world.sent.map((request) => request.tool.name)).toEqual(['mail/read']);
  });

  it('when the run is clean, then the same write runs unasked', async () => {
    const world = await open({
      model: (turn, request) =>
        turn === 0 ? call('books__note', { text: 'hi' }) : words(lastResult(request)),
    });
    const { run } = await world.say('ana', 'note it');
    await world.until(run, 'done');

    expect(world.sent.map((request) => request.tool.name)).toEqual(['books/note']);
  });

  it('when it never stops calling, then the limit of turns stops it', async () => {
    const world = await open({
      model: (turn) => call('books__look', { invoice: turn }, `toolu_${String(turn)}`),
    });
    const { run, thread } = await world.say('ana', 'loop');
    await world.until(run, 'done');

    expect(world.asked).toHaveLength(30);
    expect(await world.story(thread)).toContain('I stopped after 30 turns');
  });
});

describe('given a run that waits for people', () => {
  it('then it holds nothing in memory: no run is open in this process', async () => {
    const world = await open();
    const { run } = await world.say('ana', 'pay acme');
    await world.pending(run);

    await eventually(() =>
      world.app.engine.active() === 0 && world.app.runs.count() === 0 ? true : undefined,
    );
  });
});

describe('given words that come while a run waits', () => {
  it('when the requester writes, then the card shows it, the model sees it next, and the approval stands', async () => {
    const world = await open();
    const { run, thread } = await world.say('ana', 'pay acme');
    const approval = await world.pending(run);
    await world.say('ana', 'and be quick', thread);
    expect(await world.story(thread)).toContain('and be quick');

    await world.vote('ben', approval, 'approve');
    await world.until(run, 'done');

    expect(pays(world)).toHaveLength(1);
    expect(JSON.stringify(world.asked.at(-1)?.messages)).toContain('and be quick');
  });

  it('when somebody else writes, then it waits and becomes the next run', async () => {
    const world = await open();
    const { run, thread } = await world.say('ana', 'pay acme');
    const approval = await world.pending(run);
    await world.say('cho', 'what is this?', thread);
    expect(await world.story(thread)).toContain(
      'I am still on your first question; I will take this one next.',
    );

    await world.vote('ben', approval, 'deny');
    await world.until(run, 'done');

    const runs = await eventually(async () => {
      const { items } = await world.app.backend.listRuns(world.person('ana'), {});
      return items.length === 2 ? items : undefined;
    });
    expect(runs.map((entry) => entry.startedBy)).toEqual(['cho', 'ana']);
  });
});

describe('given two workers on one store', () => {
  it('when two people press in the same moment on both, then there is one outcome and at most one effect', async () => {
    const folder = aFolder();
    const policy = worldPolicy.replace('approvers: [finance]', 'approvers: [approver]');
    const first = await open({ folder, policy });
    const second = await open({ folder, policy });
    const effects = (): number => pays(first).length + pays(second).length;
    const pairs = [
      ['approve', 'approve'],
      ['approve', 'deny'],
      ['deny', 'approve'],
    ] as const;
    for (const [a, b] of pairs) {
      for (let round = 0; round < 25; round += 1) {
        const before = effects();
        const { run } = await first.say('ana', `pay acme, ${a} ${b} ${String(round)}`);
        const approval = await first.pending(run);
        await Promise.all([first.vote('ben', approval, a), second.vote('cho', approval, b)]);
        await first.until(run, 'done');

        const seenByFirst = await first.app.backend.readApproval(first.person('ben'), approval.id);
        const seenBySecond = await second.app.backend.readApproval(second.person('ben'), approval.id);
        expect(seenBySecond?.state).toBe(seenByFirst?.state);
        expect(['approved', 'denied']).toContain(seenByFirst?.state);
        expect(effects() - before).toBe(seenByFirst?.state === 'approved' ? 1 : 0);
      }
    }
    removeFolder(folder);
  }, 120_000);
});
