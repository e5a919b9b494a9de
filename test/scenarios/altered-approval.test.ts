/**
 * The table `approval/v1`, field by field: what was approved is altered in the store, between the question and the vote
 * and between the decision and the dispatch. Nothing may run under the vote that people gave for something else.
 */
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { asApprovalId, asRunId, runStream } from '../../src/core/ids.ts';
import type { ApprovalJson } from '../../src/api/shapes.ts';
import { alterLedger } from '../builders/altered-ledger.ts';
import type { StoredCommit } from '../builders/altered-ledger.ts';
import { aMovedClock } from '../builders/moved-clock.ts';
import type { MovedClock } from '../builders/moved-clock.ts';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import { aWorld } from '../builders/world.ts';
import type { World } from '../builders/world.ts';

type Alter = (commit: StoredCommit) => void;

/** Sets one field of every event of a kind. */
const set =
  (kind: string, field: string, value: unknown): Alter =>
  (commit) => {
    for (const event of commit.events) if (event.kind === kind) event.data[field] = value;
  };

/** Alters the frozen arguments; `isConsistent` also forges their commitment. */
const setArguments =
  (text: string, isConsistent: boolean): Alter =>
  (commit) => {
    for (const { kind, data } of commit.events) {
      const reference = data['args'];
      if (kind !== 'call.judged' || typeof reference !== 'object' || reference === null) continue;
      if (!('body' in reference)) throw new Error('The arguments are kept as a body.');
      const body = commit.bodies[String(reference.body)];
      if (body === undefined) throw new Error('The arguments are there.');
      body.text = text;
      const commitment = createHash('sha256').update(`${body.salt}|${text}`).digest('hex');
      if (isConsistent) data['args'] = { ...reference, commitment };
    }
  };

const toMallory = '{"amount":120,"to":"mallory-two"}';
const alterations: readonly [string, Alter][] = [
  ['the organisation', set('run.requested', 'organisation', 'org_other')],
  ['the call', set('approval.requested', 'call', 'call_other')],
  ['the step', set('call.judged', 'step', 'another')],
  ['the server identity', set('call.judged', 'serverIdentity', 'other')],
  ['the tool', set('call.judged', 'tool', 'books/note')],
  ['the definition hash', set('call.judged', 'definitionHash', 'f'.repeat(64))],
  ['the arguments', setArguments(toMallory, false)],
  ['the arguments together with their commitment', setArguments(toMallory, true)],
  ['the effect class', set('call.judged', 'effect', 'keyed')],
  [
    'the requirements',
    set('approval.requested', 'requirements', [
      { rule: 'books/pay', approvers: ['finance', 'engineering'], quorum: 1, excludeRequester: false },
    ]),
  ],
  ['the requester of the run', set('run.requested', 'requester', 'dev')],
  ['the requester of the approval', set('approval.requested', 'requester', 'dev')],
  ['the conversation', set('run.requested', 'thread', 'console:finance/other')],
  ['the expiry', set('approval.requested', 'expiresAt', Date.parse('2099-01-01T00:00:00.000Z'))],
];

describe('given an approval whose record is altered in the store before it is dispatched', () => {
  let folder: string;
  let world: World;
  let clock: MovedClock;
  let isAway: boolean;
  beforeEach(async () => {
    folder = aFolder();
    clock = aMovedClock();
    isAway = false;
    world = await aWorld({
      folder,
      clock,
      find: (name, found) =>
        isAway && name === 'books/pay' ? { kind: 'unreachable', server: 'books', why: 'down' } : found,
    });
  });
  afterEach(async () => {
    await world.close();
    removeFolder(folder);
  });

  async function asked(): Promise<ApprovalJson> {
    const { run } = await world.say('ana', 'pay acme');
    const approval = await world.pending(run);
    await eventually(() =>
      world.app.engine.active() === 0 && world.app.runs.count() === 0 ? true : undefined,
    );
    return approval;
  }

  /** Decided, and not sent: its server cannot be reached. Nothing of the run is held in memory. */
  async function approvedAndWaiting(): Promise<ApprovalJson> {
    const approval = await asked();
    isAway = true;
    const voted = await world.vote('ben', approval, 'approve');
    expect(voted.kind === 'counted' && voted.approval.state).toBe('approved');
    await world.until(approval.run, 'parked');
    await eventually(() =>
      world.app.engine.active() === 0 && world.app.runs.count() === 0 ? true : undefined,
    );
    return approval;
  }

  /** Its server is there again, well within the time in which an approval must be sent. */
  async function goOn(): Promise<void> {
    isAway = false;
    clock.advance(120_000);
    await world.app.engine.sweep();
  }

  async function settledState(approval: ApprovalJson): Promise<string> {
    return eventually(async () => {
      const row = await world.app.store.runs.findApproval(asApprovalId(approval.id));
      return row?.state === 'pending' || row?.state === 'approved' ? undefined : row?.state;
    });
  }

  const alter = (approval: ApprovalJson, alteration: Alter): void => {
    alterLedger(folder, runStream(asRunId(approval.run)), alteration);
  };

  for (const [name, alteration] of alterations) {
    it(`when ${name} is altered, then nothing runs and the approval is stale`, async () => {
      const approval = await asked();
      alter(approval, alteration);

      await world.vote('ben', approval, 'approve');

      expect(await settledState(approval)).toBe('stale');
      expect(world.sent).toEqual([]);
    });
  }

  for (const [name, alteration] of alterations) {
    it(`when ${name} is altered after the decision, then nothing runs and the approval is stale`, async () => {
      const approval = await approvedAndWaiting();
      alter(approval, alteration);

      await goOn();

      expect(await settledState(approval)).toBe('stale');
      expect(world.sent).toEqual([]);
    });
  }

  it('when nothing is altered after the decision, then it runs once', async () => {
    const approval = await approvedAndWaiting();
    alter(approval, () => undefined);

    await goOn();
    await world.until(approval.run, 'done');

    expect(world.sent).toHaveLength(1);
  });

  it('when the run is another, then the digest of the one does not open the other', async () => {
    const first = await asked();
    const second = await asked();
    alter(second, set('approval.requested', 'digest', first.digest));

    await world.vote('ben', { ...second, digest: first.digest }, 'approve');

    expect(await settledState(second)).toBe('stale');
    expect(world.sent).toEqual([]);
  });

  it('when the verdict is altered to allow, then policy itself is asked again and nothing runs', async () => {
    const approval = await asked();
    alter(approval, set('call.judged', 'verdict', 'allow'));

    await world.vote('ben', approval, 'approve');
    await world.until(approval.run, 'done', 'waiting');

    expect(world.sent).toEqual([]);
  });

  it('when nothing is altered, then it runs once', async () => {
    const approval = await asked();
    alter(approval, () => undefined);

    await world.vote('ben', approval, 'approve');
    await world.until(approval.run, 'done');

    expect(world.sent).toHaveLength(1);
  });
});
