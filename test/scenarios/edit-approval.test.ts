/** An approver changes the arguments of a waiting call: what then runs is what somebody else approved. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ApprovalJson } from '../../src/api/shapes.ts';
import { asApprovalId } from '../../src/core/ids.ts';
import { eventually } from '../builders/running-bot.ts';
import { aWorld, call, lastResult, words, worldPolicy } from '../builders/world.ts';
import type { World, WorldOptions } from '../builders/world.ts';

const twoInFinance = worldPolicy.replace('approvers: [finance]', 'approvers: [finance, cho]');

let world: World;
const start = async (options: WorldOptions = {}): Promise<void> => {
  world = await aWorld({ policy: twoInFinance, ...options });
};
beforeEach(() => start());
afterEach(() => world.close());

async function asked(): Promise<ApprovalJson> {
  const { run } = await world.say('ana', 'pay acme');
  return world.pending(run);
}

const change = (
  by: string,
  { id, digest }: ApprovalJson,
  args: Record<string, unknown>,
): ReturnType<World['app']['backend']['vote']> =>
  world.app.backend.vote(world.person(by), id, { vote: 'approve', digest, arguments: args });

async function changed(
  by: string,
  approval: ApprovalJson,
  args: Record<string, unknown>,
): Promise<ApprovalJson> {
  const done = await change(by, approval, args);
  if (done.kind !== 'counted') throw new Error(done.detail);
  return done.approval;
}

// Arguments are JSON of any shape; each test compares them whole.
const sentArgs = (): readonly unknown[] =>
  world.sent.map((request) => JSON.parse(request.argsJson) as unknown);

describe('given a call that waits for finance', () => {
  it('when an approver changes an argument, then it is asked anew and the old question is void', async () => {
    const before = await asked();

    const after = await changed('ben', before, { amount: 80, to: 'acme' });

    expect(after).toMatchObject({ state: 'pending', arguments: { amount: 80, to: 'acme' }, votes: [] });
    expect(after.id).not.toBe(before.id);
    expect(after.digest).not.toBe(before.digest);
    const old = await world.app.backend.readApproval(world.person('ben'), before.id);
    expect(old).toMatchObject({ state: 'stale', arguments: { amount: 120, to: 'acme' } });
    expect(old?.card.outcome).toContain('Changed by Ben');
    expect(old?.card.outcome).toContain('amount 120 → 80');
    expect(world.sent).toEqual([]);
  });

  it('when it was changed, then the new card shows both versions and the ledger keeps them', async () => {
    const after = await changed('ben', await asked(), { amount: 80, to: 'acme' });

    expect(after.card.fields).toContainEqual({
      label: 'Changed by Ben',
      value: 'amount 120 → 80',
      form: 'plain',
    });
    expect(after.edits).toMatchObject([{ by: 'ben', before: { amount: 120, to: 'acme' } }]);
    const ledger = JSON.stringify(await world.app.backend.readLedger(world.person('ana'), after.run));
    expect(ledger).toContain('\\"amount\\":120');
    expect(ledger).toContain('\\"amount\\":80');
  });

  it('when the editor approves, then it does not count; another one does, and the changed call runs once', async () => {
    const after = await changed('ben', await asked(), { amount: 80, to: 'acme' });

    expect(await world.vote('ben', after, 'approve')).toMatchObject({
      kind: 'refused',
      status: 403,
      code: 'vote.excluded',
      detail: 'You changed the arguments, so someone else from cho or finance decides. Cho can.',
    });
    expect(world.sent).toEqual([]);
    await world.vote('cho', after, 'approve');
    await world.until(after.run, 'done');

    expect(sentArgs()).toEqual([{ amount: 80, to: 'acme' }]);
  });

  it('when the policy lets editors decide, then one call changes and approves', async () => {
    await world.close();
    await start({
      policy: twoInFinance.replace(
        'approvers: [finance, cho]',
        'approvers: [finance, cho], excludeEditor: false',
      ),
    });
    const before = await asked();

    const after = await changed('ben', before, { amount: 80, to: 'acme' });
    await world.until(after.run, 'done');

    expect(after).toMatchObject({ state: 'approved', votes: [{ by: 'ben', vote: 'approve' }] });
    expect(sentArgs()).toEqual([{ amount: 80, to: 'acme' }]);
  });

  it('when somebody votes on the old question, then it is 409 and nothing runs', async () => {
    const before = await asked();
    await changed('ben', before, { amount: 80, to: 'acme' });

    expect(await world.vote('cho', before, 'approve')).toMatchObject({ kind: 'refused', status: 409 });
    expect(world.sent).toEqual([]);
  });

  it('when the new arguments do not fit the tool, then the old question stands', async () => {
    const before = await asked();

    for (const args of [
      { amount: 'much', to: 'acme' },
      { amount: 80 },
      { amount: 80, to: 'acme', cc: 'x' },
      {},
    ])
      expect(await change('ben', before, args)).toMatchObject({ status: 422, code: 'arguments.schema' });

    expect((await world.app.backend.readApproval(world.person('ben'), before.id))?.state).toBe('pending');
  });

  it('when policy denies the new arguments, then the old question stands', async () => {
    const before = await asked();

    expect(await change('ben', before, { amount: 80, to: 'mallory' })).toMatchObject({
      status: 422,
      code: 'arguments.policy',
    });

    expect((await world.app.backend.readApproval(world.person('ben'), before.id))?.state).toBe('pending');
  });

  it('when the new arguments need more people, then all of them are asked', async () => {
    const after = await changed('ben', await asked(), { amount: 900, to: 'acme' });

    expect(after.requirements.map(({ rule, quorum }) => [rule, quorum])).toEqual([
      ['books/pay', 1],
      ['large', 2],
    ]);
  });

  it('when nothing is changed, then it says so and the question stands', async () => {
    const before = await asked();

    expect(await change('ben', before, { to: 'acme', amount: 120 })).toMatchObject({
      status: 422,
      code: 'arguments.unchanged',
    });
    expect((await world.app.backend.readApproval(world.person('ben'), before.id))?.state).toBe('pending');
  });

  it('when the requester or somebody without rights changes it, then it is refused', async () => {
    const before = await asked();

    expect(await change('ana', before, { amount: 1, to: 'acme' })).toMatchObject({ code: 'vote.requester' });
    expect(await change('dev', before, { amount: 1, to: 'acme' })).toMatchObject({
      code: 'vote.not-entitled',
    });
    expect(
      await change('ben', { ...before, digest: 'f'.repeat(64) }, { amount: 1, to: 'acme' }),
    ).toMatchObject({
      status: 409,
    });
  });

  it('when a second approver changes it again, then the first may approve and the second may not', async () => {
    const once = await changed('ben', await asked(), { amount: 80, to: 'acme' });
    const twice = await changed('cho', once, { amount: 70, to: 'acme' });

    expect(await world.vote('cho', twice, 'approve')).toMatchObject({ code: 'vote.excluded' });
    await world.vote('ben', twice, 'approve');
    await world.until(twice.run, 'done');

    expect(sentArgs()).toEqual([{ amount: 70, to: 'acme' }]);
  });

  it('when it is voted on and changed in the same moment, then one of the two counts, whichever it is', async () => {
    for (let round = 0; round < 25; round += 1) {
      const before = await asked();
      const sentBefore = world.sent.length;

      const [vote, edit] = await Promise.all([
        world.vote('ben', before, 'approve'),
        change('cho', before, { amount: 80, to: 'acme' }),
      ]);

      expect([vote.kind, edit.kind].toSorted()).toEqual(['counted', 'refused']);
      if (edit.kind === 'counted') await world.vote('ben', edit.approval, 'approve');
      await world.until(before.run, 'done');
      expect(sentArgs().slice(sentBefore)).toEqual([
        { amount: edit.kind === 'counted' ? 80 : 120, to: 'acme' },
      ]);
    }
  });

  it('when the rules would now let the new arguments run, then somebody decides all the same', async () => {
    await world.close();
    await start({
      policy: twoInFinance
        .replace('effect: opaque, verdict: ask, approvers: [finance, cho]', 'effect: opaque')
        .replace(
          'rules:',
          'rules:\n  - { id: small, tool: books/pay, when: "args.amount < 100", verdict: allow }\n  - { id: middle, tool: books/pay, when: "args.amount >= 100", verdict: ask, approvers: [finance, cho] }',
        ),
    });
    const after = await changed('ben', await asked(), { amount: 80, to: 'acme' });

    expect(after.state).toBe('pending');
    expect(await world.vote('ben', after, 'approve')).toMatchObject({ code: 'vote.excluded' });
    await eventually(() => (world.app.engine.active() === 0 ? true : undefined));
    expect(world.sent).toEqual([]);
    await world.vote('cho', after, 'approve');
    await world.until(after.run, 'done');
    expect(sentArgs()).toEqual([{ amount: 80, to: 'acme' }]);
  });

  it('when everything is frozen, then nothing is asked anew', async () => {
    const before = await asked();
    await world.app.backend.freezer.freeze(world.person('cho'), 'odd payments');

    expect(await change('ben', before, { amount: 80, to: 'acme' })).toMatchObject({ status: 409 });
    const { items } = await world.app.backend.listApprovals(world.person('ben'), { state: 'pending' });
    expect(items).toEqual([]);
  });

  it('when the changed call ran, then the agent is told what ran', async () => {
    await world.close();
    await start({
      model: (turn, request) =>
        turn === 0 ? call('books__pay', { amount: 120, to: 'acme' }) : words(lastResult(request)),
    });
    const after = await changed('ben', await asked(), { amount: 80, to: 'acme' });
    await world.vote('cho', after, 'approve');
    await world.until(after.run, 'done');

    expect(
      await world.story((await world.app.backend.readRun(world.person('ana'), after.run))?.thread ?? ''),
    ).toContain('A person changed the arguments to {"amount":80,"to":"acme"} first.');
  });

  it('when nothing is held in memory after a change, then the changed call is what waits and runs', async () => {
    const after = await changed('ben', await asked(), { amount: 80, to: 'acme' });
    await eventually(() => (world.app.runs.count() === 0 ? true : undefined));

    await world.vote('cho', after, 'approve');
    await world.until(after.run, 'done');

    expect((await world.app.store.runs.findApproval(asApprovalId(after.id)))?.state).toBe('approved');
    expect(sentArgs()).toEqual([{ amount: 80, to: 'acme' }]);
  });
});

describe('given the form over the arguments', () => {
  it('when it is opened, then it is made from the schema; what is typed is asked anew', async () => {
    const before = await asked();
    const action = before.card.actions.find((entry) => entry.label === 'Edit…');
    expect(action?.asks).toEqual({ kind: 'form' });
    const form = await world.app.backend.findForm(world.person('ben'), action?.id ?? '');
    expect(form?.fields).toEqual([
      { kind: 'number', id: '/amount', label: 'amount', isRequired: true, value: '120' },
      { kind: 'text', id: '/to', label: 'to', isRequired: true, value: 'acme', isLong: false },
    ]);

    const done = await world.app.backend.act(world.person('ben'), {
      action: action?.id ?? '',
      fields: { '/amount': '80' },
    });

    expect(done).toMatchObject({ kind: 'done', text: 'Changed, and asked anew. It waits for Cho.' });
    expect((await world.pending(before.run)).arguments).toEqual({ amount: 80, to: 'acme' });
  });

  it('when the gate sets a key by itself, then the form does not ask for it', async () => {
    const own = await aWorld({
      policy: worldPolicy.replace(
        'tools:',
        'tools:\n  books/paid: { effect: keyed, key: reference, verdict: ask, approvers: [finance] }',
      ),
      model: (turn) => (turn === 0 ? call('books__paid', { to: 'acme' }) : words('Done.')),
    });
    try {
      const { run } = await own.say('ana', 'was acme paid?');
      const { id } = await own.pending(run);

      const form = await own.app.backend.findForm(own.person('ben'), `v1:${id}:edit`);

      expect(form?.fields.map((field) => field.id)).toEqual(['/to']);
    } finally {
      await own.close();
    }
  });

  it('when something typed is no number, then it says where, and the question stands', async () => {
    const before = await asked();

    const done = await world.app.backend.act(world.person('ben'), {
      action: `v1:${before.id}:edit`,
      fields: { '/amount': '80,50' },
    });

    expect(done).toMatchObject({
      status: 422,
      detail: 'amount: write a number, with a point for decimals. Nothing was changed.',
    });
    expect((await world.pending(before.run)).id).toBe(before.id);
  });
});

describe('given a question to which the requester adds a word', () => {
  it('when somebody presses the card from before, then he must look again; the new card counts', async () => {
    const { run, thread } = await world.say('ana', 'pay acme');
    const before = await world.pending(run);
    await world.say('ana', 'wait, make it 90', thread);
    const card = await eventually(async () => {
      const now = await world.pending(run);
      return now.laterWords === 1 ? now : undefined;
    });

    const old = await world.app.backend.act(world.person('ben'), { action: `v1:${before.id}:approve` });
    expect(old).toMatchObject({ status: 409, code: 'approval.new-words' });
    expect(card.card.fields).toContainEqual({
      label: 'Ana said since',
      value: 'wait, make it 90',
      form: 'plain',
    });

    const action = card.card.actions.find((entry) => entry.label === 'Approve')?.id ?? '';
    expect(await world.app.backend.act(world.person('ben'), { action })).toMatchObject({ kind: 'done' });
    await world.until(run, 'done');
    expect(world.sent).toHaveLength(1);
  });

  it.each([
    ['', {}],
    [' and claimed to have seen more than there was', { seen: 99 }],
  ])(
    'when one of two had approved before%s, then that vote does not count until it is given again',
    async (_, claim) => {
      await world.close();
      await start({
        policy: twoInFinance.replace(
          'verdict: ask, approvers: [finance, cho]',
          'verdict: ask_two, approvers: [finance, cho]',
        ),
      });
      const { run, thread } = await world.say('ana', 'pay acme');
      const before = await world.pending(run);
      const { id, digest } = before;
      await world.app.backend.vote(world.person('ben'), id, { vote: 'approve', digest, ...claim });
      await world.say('ana', 'wait', thread);
      await eventually(async () => ((await world.pending(run)).laterWords === 1 ? true : undefined));

      await world.vote('cho', before, 'approve');
      const half = await world.pending(run);
      expect(half.requirements).toMatchObject([{ have: 1 }]);
      expect(half.card.outcome).toContain('Ben approved before Ana said more.');
      expect(world.sent).toEqual([]);

      await world.vote('ben', half, 'approve');
      await world.until(run, 'done');
      expect(world.sent).toHaveLength(1);
    },
  );
});

describe('given a thread in which an approver had spoken before', () => {
  it('when the agent read those words, then that approver does not count and the card says who does', async () => {
    await world.close();
    await start({
      model: (turn, request) =>
        request.messages.length === 1
          ? words('Hello.')
          : turn === 0
            ? call('books__pay', { amount: 120, to: 'acme' })
            : words('Done.'),
    });
    const first = await world.say('ben', 'acme is owed 120');
    await world.until(first.run, 'done');
    const { run } = await world.say('ana', 'pay acme', first.thread);
    const approval = await world.pending(run);

    expect(await world.vote('ben', approval, 'approve')).toMatchObject({
      status: 403,
      code: 'vote.excluded',
      detail:
        'The agent had read your words before it proposed this, so someone else from cho or finance decides. Cho can.',
    });
    await world.vote('cho', approval, 'approve');
    await world.until(run, 'done');
    expect(world.sent).toHaveLength(1);
  });

  it('when the policy allows it, then that approver counts', async () => {
    await world.close();
    await start({
      policy: twoInFinance.replace(
        'approvers: [finance, cho]',
        'approvers: [finance, cho], excludeSteerers: false',
      ),
      model: (turn, request) =>
        request.messages.length === 1
          ? words('Hello.')
          : turn === 0
            ? call('books__pay', { amount: 120, to: 'acme' })
            : words('Done.'),
    });
    const first = await world.say('ben', 'acme is owed 120');
    await world.until(first.run, 'done');
    const { run } = await world.say('ana', 'pay acme', first.thread);

    expect(await world.vote('ben', await world.pending(run), 'approve')).toMatchObject({ kind: 'counted' });
    await world.until(run, 'done');
    expect(world.sent).toHaveLength(1);
  });
});
