/**
 * Two real processes on one store, and people who vote on both at once.
 *
 * `npm run faults:votes` does it with 10,000 votes on each store (`STORE=mongo` on one), `npm run faults:races` with 10,000
 * races. What happened is read from the ledger and from the
 * company's own books.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApprovalJson, CommitJson } from '../../src/api/shapes.ts';
import { aBentClock } from '../builders/bent-clock.ts';
import { effectsOf } from '../builders/company-effects.ts';
import { peopleFile } from '../builders/people-file.ts';
import { findLedgerFaults } from '../builders/recompute-ledger.ts';
import { aFolder, eventually, removeFolder, runCommand, startBot } from '../builders/running-bot.ts';
import type { RunningBot } from '../builders/running-bot.ts';
import { numbersFrom } from '../builders/seeded-numbers.ts';
import { raceKinds, raceVotes, soonExpired } from '../builders/vote-races.ts';
import { createFakeMongo } from '../fakes/mongo/index.ts';
import type { FakeMongo } from '../fakes/mongo/index.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
const votes = Number(process.env['VOTES'] ?? 48);
/** Of each kind; on MongoDB only when asked for. `npm run faults:races` makes 2,500 of each on each store. */
const races = process.env['RACES'];
const votesEach = 16;
const asksAtOnce = 10;
const request = 'credit Acme 2 dollars for the late delivery';

const stores = (['sqlite', 'mongo'] as const).filter((store) => store === (process.env['STORE'] ?? store));

describe.each(stores)('given two processes on one store, %s', (kind) => {
  const random = numbersFrom(seed);
  const dataDir = aFolder();
  const clock = aBentClock(dataDir);
  let mongo: FakeMongo | undefined;
  const started: RunningBot[] = [];
  let bots: readonly [RunningBot, RunningBot];

  beforeAll(async () => {
    mongo = kind === 'mongo' ? await createFakeMongo({ now: () => clock.now() }) : undefined;
    // Both may decide alone.
    writeFileSync(join(dataDir, 'people.yaml'), peopleFile().replace('engineering', 'engineering, finance'));
    const shipped = readFileSync('defaults/policy.yaml', 'utf8');
    writeFileSync(join(dataDir, 'policy.yaml'), shipped.replace(/^rules:\n/mu, `rules:\n${soonExpired}`));
    const env = botEnv();
    const start = async (): Promise<RunningBot> => {
      const bot = await startBot({ dataDir, cwd: dataDir, env });
      started.push(bot);
      return bot;
    };
    bots = [await start(), await start()];
  }, 120_000);
  afterAll(async () => {
    for (const bot of started) await bot.kill9();
    await mongo?.close();
    removeFolder(dataDir);
  });

  function botEnv(): Record<string, string> {
    return { ...clock.env, ...(mongo !== undefined && { MONGODB_URI: mongo.uri }) };
  }

  async function ask(): Promise<ApprovalJson> {
    // A busy bot refuses what it could not keep in time, and is asked again.
    const said = await eventually(async () => {
      const answer = await bots[0].as('ana').say('finance', request);
      return answer.status === 503 ? undefined : answer;
    });
    expect(said).toMatchObject({ status: 200, body: { run: expect.any(String) } });
    return bots[0].as('ben').asked(String(said.body.run));
  }

  /** Half of the votes on each process, all in the same moment. How many were counted. */
  async function voteOn(approval: ApprovalJson): Promise<number> {
    const told = await Promise.all(
      Array.from({ length: votesEach }, (_, at) =>
        (at % 2 === 0 ? bots[0] : bots[1])
          .as(random() < 0.5 ? 'ben' : 'cho')
          .vote(approval, random() < 0.5 ? 'approve' : 'deny', 'as I see it'),
      ),
    );
    const strange = told.filter(({ status }) => status !== 200 && status !== 409);
    expect(strange).toEqual([]);
    return told.filter(({ status }) => status === 200).length;
  }

  /** What is wrong with one approval after its votes, and whether it was approved. */
  async function settle(approval: ApprovalJson): Promise<{ faults: string[]; isApproved: boolean }> {
    await bots[1].as('ana').until(approval.run, 'done');
    const { body } = await bots[1].as('ana').get<{ items: CommitJson[] }>(`/runs/${approval.run}/ledger`);
    const events = body.items.flatMap((commit) => commit.events);
    const decided = events.filter(
      (event) => event.kind === 'approval.decided' && event.data['approval'] === approval.id,
    );
    const sent = events.filter((event) => event.kind === 'tool.dispatched').length;
    const states = decided.map((event) => event.data['state']).join(', ');
    const isApproved = states === 'approved';
    const faults = [...findLedgerFaults(body.items)];
    // Until the call is sent a denial still takes an approval back; nothing takes back a denial.
    if (!['approved', 'denied', 'approved, denied'].includes(states)) faults.push(`decided: ${states}`);
    if (sent !== (isApproved ? 1 : 0)) faults.push(`${String(sent)} dispatches`);
    return { faults: faults.map((fault) => `${approval.run}: ${fault}`), isApproved };
  }

  it(`when ${String(votes)} votes come to both at once, then each question has one decision, and what was approved happens once`, async () => {
    const faults: string[] = [];
    let [counted, approved, cast] = [0, 0, 0];
    // Lists are made again beside both, which must change nothing.
    const rebuilt = runCommand(['rebuild'], { dataDir, cwd: dataDir, env: botEnv() });
    while (cast < votes) {
      const approvals: ApprovalJson[] = [];
      while (approvals.length < Math.min(asksAtOnce, (votes - cast) / votesEach)) approvals.push(await ask());
      cast += approvals.length * votesEach;
      for (const some of await Promise.all(approvals.map(voteOn))) counted += some;
      for (const approval of approvals) {
        const found = await settle(approval);
        faults.push(...found.faults);
        if (found.isApproved) approved += 1;
      }
    }
    process.stdout.write(
      `votes on ${kind}: SEED=${String(seed)}, ${String(cast)} cast, ${String(counted)} counted, ${String(cast / votesEach)} questions, ${String(approved)} approved\n`,
    );

    expect(faults).toEqual([]);
    expect(await rebuilt).toMatchObject({ code: 0 });
    expect(effectsOf(dataDir, 'billing/credit')).toHaveLength(approved);
  }, 3_600_000);

  const count = Number(races ?? (kind === 'sqlite' ? 5 : 0));
  for (const race of count > 0 ? raceKinds : [])
    it(`when ${race} meet in the same moment, ${String(count)} times, then each has one outcome, and nothing is sent after a no`, async () => {
      const before = effectsOf(dataDir, 'billing/credit').length;

      const { faults, outcomes, approved } = await raceVotes({ bots, clock, random }, race, count);

      process.stdout.write(`${race} on ${kind}: SEED=${String(seed)}, ${JSON.stringify(outcomes)}\n`);
      expect(faults).toEqual([]);
      expect(effectsOf(dataDir, 'billing/credit')).toHaveLength(before + approved);
    }, 7_200_000);

  // SQLite saves a commit and its rows in one transaction: nothing can come between.
  if (kind === 'mongo')
    it('when one is killed between a commit and its rows, then the other saves them', async () => {
      const approval = await ask();
      const stateOf = (): unknown =>
        mongo?.database
          .collections()
          .find((collection) => collection.namespace.endsWith('.approvals'))
          ?.find({ filter: { _id: approval.id } })[0]?.['state'];
      mongo?.faults.add({
        when: 'before',
        what: 'hold',
        commands: ['update'],
        collection: 'approvals',
        nth: 1,
      });
      const vote = bots[0]
        .as('ben')
        .vote(approval, 'approve')
        .catch(() => undefined);
      await eventually(() => (mongo?.faults.held === 1 ? true : undefined));
      await bots[0].kill9();
      const killedAt = performance.now();

      expect(await vote).toBeUndefined();
      expect(stateOf()).toBe('pending');
      await eventually(() => (stateOf() === 'approved' ? true : undefined), 60_000);
      const seconds = (performance.now() - killedAt) / 1000;
      process.stdout.write(`a crash between commit and rows was healed after ${seconds.toFixed(1)} s\n`);
      await bots[1].as('ana').until(approval.run, 'done', 'running');
    }, 120_000);
});
