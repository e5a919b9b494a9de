/**
 * Several real processes on one store while everything around them fails, and the check of what they said against what
 * really happened.
 *
 * People ask and decide all the time; processes are killed, told to end, and stopped for a while; messages come twice;
 * tool servers crash, hang and answer what nobody asked; the database loses connections and goes away. The company's own
 * books are the record of effects that no process of ours writes.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApprovalJson, CommitJson, OutcomeJson, RunJson } from '../../src/api/shapes.ts';
import { createFakeMongo } from '../fakes/mongo/index.ts';
import type { FakeMongo } from '../fakes/mongo/index.ts';
import { effectsOf } from './company-effects.ts';
import { peopleFile } from './people-file.ts';
import { findRowFaults } from './rebuilt-rows.ts';
import { findLedgerFaults } from './recompute-ledger.ts';
import { aFolder, removeFolder, runCommand, startBot } from './running-bot.ts';
import type { RunningBot } from './running-bot.ts';
import { numbersFrom } from './seeded-numbers.ts';
import { readStory } from './storm-report.ts';
import type { StormOptions, StormReport } from './storm-report.ts';

interface Request {
  readonly id: string;
  readonly tool: string;
  readonly text: string;
  readonly amount: number;
  run?: string;
}

const callTimeoutMs = 4_000;
const answerWithinMs = 5_000;
const diesWithinMs = 5_000;
const dyingStore = new URL('../fakes/dying-store.mjs', import.meta.url).href;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Undefined when it takes too long: the process may be stopped. */
async function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  return Promise.race([work.catch(() => undefined), pause(ms).then(() => undefined)]);
}

/** Half refunds, half credits; the amount tells each one's effect from all others. */
function requestOf(index: number): Request {
  const amount = (101 + Math.floor(index / 2)) / 100;
  const words = `${amount.toFixed(2)} dollars`;
  return index % 2 === 0
    ? {
        id: `r${String(index)}`,
        tool: 'billing/refund',
        amount,
        text: `refund invoice 1042 of Acme, ${words}, broken`,
      }
    : {
        id: `r${String(index)}`,
        tool: 'billing/credit',
        amount,
        text: `credit Acme ${words} for the late delivery`,
      };
}

/** A working folder whose tool servers stand behind a proxy that spoils calls. */
function writeSetup(folder: string, dataDir: string, options: StormOptions): void {
  mkdirSync(folder, { recursive: true });
  const root = new URL('../../', import.meta.url).pathname;
  const proxy = join(root, 'test/fakes/mcp/flaky-proxy.mjs');
  const server = (name: string): object => ({
    command: process.execPath,
    args: [proxy, join(root, `dist/servers/${name}.js`)],
    env: {
      COMPANY_DATA_DIR: join(dataDir, 'company'),
      FLAKY_RATE: String(options.flakyRate),
      FLAKY_TOOLS: 'refund,credit',
      FLAKY_LOG: join(folder, 'flaky.log'),
      FLAKY_OFF: join(folder, 'flaky.off'),
      FLAKY_SEED: String(options.seed),
    },
  });
  const names = ['crm', 'billing', 'mail', 'database'];
  writeFileSync(
    join(folder, 'mcp.json'),
    JSON.stringify({ mcpServers: Object.fromEntries(names.map((name) => [name, server(name)])) }),
  );
  const people = peopleFile().replace(
    'roles: [approver, engineering]',
    'roles: [approver, engineering, finance]',
  );
  writeFileSync(join(folder, 'people.yaml'), people);
  const shipped = readFileSync(join(root, 'defaults/policy.yaml'), 'utf8');
  const policy =
    options.refundIs === 'keyed'
      ? shipped
      : shipped.replace(
          /billing\/refund:\s+\{\s+effect: keyed,/u,
          'billing/refund: { effect: probeable, probe: billing/refund_status,',
        );
  if (options.refundIs === 'probeable' && policy === shipped)
    throw new Error('The shipped policy names the refund tool otherwise.');
  writeFileSync(join(folder, 'policy.yaml'), policy);
}

interface Slot {
  bot: RunningBot | undefined;
  isStopped: boolean;
  /** Where it is told at which write it dies. */
  readonly dieFile: string;
}

type Start = (slot: Slot) => Promise<RunningBot>;

export async function storm(options: StormOptions): Promise<StormReport> {
  const next = numbersFrom(options.seed);
  const random = (limit: number): number => Math.floor(next() * limit);
  const dataDir = aFolder();
  const folder = join(dataDir, 'work');
  writeSetup(folder, dataDir, options);
  const mongo = options.store === 'mongo' ? await createFakeMongo() : undefined;
  const env = {
    CALL_TIMEOUT_MS: String(callTimeoutMs),
    ...(mongo !== undefined && { MONGODB_URI: mongo.uri }),
  };
  const dying = options.onlyKills === true ? { NODE_OPTIONS: `--import ${dyingStore}` } : {};
  const start: Start = ({ dieFile }) =>
    startBot({ dataDir, cwd: folder, env: { ...env, ...dying, DIE_FILE: dieFile } });
  const slots: Slot[] = [];
  try {
    for (let index = 0; index < options.processes; index += 1)
      slots.push({ bot: undefined, isStopped: false, dieFile: join(folder, `die-${String(index)}`) });
    for (const slot of slots) slot.bot = await start(slot);
    const wanted = Array.from({ length: options.requests }, (_, index) => requestOf(index));
    const injected: Record<string, number> = {};
    const count = (what: string): void => {
      injected[what] = (injected[what] ?? 0) + 1;
    };
    let uncleanStops = 0;
    const crowd = new Crowd(slots, dataDir, wanted, count);
    let isOver = false;
    const working = crowd.work(() => isOver);

    for (let fault = 0; fault < options.faults;) {
      await pause(random(options.pauseMs));
      crowd.due = Math.ceil((wanted.length * (fault + 1)) / options.faults);
      // Whom it meets is drawn among those that are there, at least one of them untouched.
      const live = slots.filter(({ bot, isStopped }) => bot !== undefined && !isStopped);
      const slot = live[random(live.length)];
      if (slot?.bot === undefined || live.length < 2) {
        await pause(200);
        continue;
      }
      fault += 1;
      if (options.onlyKills === true) {
        count(await killAtWrite(slot, random));
        slot.bot = await startAgain(start, slot);
        continue;
      }
      const roll = random(100);
      if (mongo !== undefined && roll < 25) await failStore(mongo, random, count);
      else if (roll < 45) count(pauseFor(slot, random, options.hasLongPauses));
      else if (roll < 60) {
        count('told to end');
        if ((await endBot(slot)) !== 0) uncleanStops += 1;
        slot.bot = await startAgain(start, slot);
      } else {
        count('killed');
        const { bot } = slot;
        slot.bot = undefined;
        await bot.kill9();
        slot.bot = await startAgain(start, slot);
      }
    }

    crowd.due = wanted.length;
    writeFileSync(join(folder, 'flaky.off'), '');
    await waitUntil(() => slots.every(({ isStopped }) => !isStopped), options.settleMs);
    const isCalm = await waitUntil(() => crowd.isDone(), options.settleMs);
    isOver = true;
    await working;
    for (const sort of existsSync(join(folder, 'flaky.log'))
      ? readFileSync(join(folder, 'flaky.log'), 'utf8').trim().split('\n')
      : [])
      count(`server: ${sort}`);
    const report = await crowd.check(isCalm);
    const races = await crowd.race(options.trials);
    const chainFaults = [...report.chainFaults];
    const verified = await runCommand(['audit', 'verify'], { dataDir, cwd: folder, env });
    if (verified.code !== 0) chainFaults.push(verified.output);
    for (const { bot } of slots) await bot?.kill9();
    const rowFaults = await findRowFaults({ dataDir, cwd: folder, env }, mongo);
    return { ...report, chainFaults, rowFaults, injected, races, uncleanStops };
  } finally {
    for (const { bot } of slots) {
      bot?.process.kill('SIGCONT');
      await bot?.kill9();
    }
    await mongo?.close();
    if (process.env['KEEP'] === undefined) removeFolder(dataDir);
    else process.stdout.write(`kept ${dataDir}\n`);
  }
}

/** A database that is away for a moment keeps a process from starting; it is started until it does. */
async function startAgain(start: Start, slot: Slot): Promise<RunningBot> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await start(slot);
    } catch (error) {
      if (tries > 3) throw error;
    }
  }
}

/** Dies by its own hand at one of its next writes; one that has nothing to write is killed where it stands. */
async function killAtWrite(slot: Slot, random: (limit: number) => number): Promise<string> {
  const { bot } = slot;
  if (bot === undefined) return 'was not there';
  const when = random(2) === 0 ? 'before' : 'after';
  writeFileSync(slot.dieFile, JSON.stringify({ nth: 1 + random(12), when }));
  bot.process.kill('SIGUSR2');
  const isDead = await waitUntil(() => bot.process.signalCode !== null, diesWithinMs);
  slot.bot = undefined;
  await bot.kill9();
  return isDead ? `killed ${when} a write` : 'killed while it wrote nothing';
}

async function waitUntil(look: () => boolean | Promise<boolean>, ms: number): Promise<boolean> {
  const end = Date.now() + ms;
  while (Date.now() < end) {
    if (await look()) return true;
    await pause(200);
  }
  return false;
}

function pauseFor(slot: Slot, random: (limit: number) => number, hasLong: boolean): string {
  const isLong = hasLong && random(4) === 0;
  const ms = isLong ? 33_000 : 500 + random(3_500);
  const { bot } = slot;
  slot.isStopped = true;
  bot?.process.kill('SIGSTOP');
  void pause(ms).then(() => {
    bot?.process.kill('SIGCONT');
    slot.isStopped = false;
  });
  return isLong ? 'stopped 33 s' : 'stopped ≤ 4 s';
}

async function endBot(slot: Slot): Promise<number | null> {
  const { bot } = slot;
  slot.bot = undefined;
  if (bot === undefined) return 0;
  const ended = new Promise<number | null>((resolve) => bot.process.once('exit', resolve));
  bot.process.kill('SIGTERM');
  return ended;
}

async function failStore(
  mongo: FakeMongo,
  random: (limit: number) => number,
  count: (what: string) => void,
): Promise<void> {
  const roll = random(4);
  if (roll === 0) {
    count('database away 1 s');
    await mongo.goDown();
    await pause(1_000);
    await mongo.comeBack();
  } else if (roll === 1) {
    count('database slow 2 s');
    mongo.faults.delayMs = 50;
    await pause(2_000);
    mongo.faults.delayMs = 0;
  } else {
    count('database connection lost');
    const when = random(2) === 0 ? 'before' : 'after';
    mongo.faults.add({ when, what: random(3) === 0 ? 'step-down' : 'drop', nth: 1 + random(5) });
  }
}

/** The people: they ask, decide, and look into the company's books when nobody knows what happened. */
class Crowd {
  due = 0;
  private readonly slots: readonly Slot[];
  private readonly dataDir: string;
  private readonly wanted: Request[];
  private readonly count: (what: string) => void;

  constructor(slots: readonly Slot[], dataDir: string, wanted: Request[], count: (what: string) => void) {
    this.slots = slots;
    this.dataDir = dataDir;
    this.wanted = wanted;
    this.count = count;
  }

  private bots(): readonly RunningBot[] {
    return this.slots.flatMap(({ bot, isStopped }) => (bot === undefined || isStopped ? [] : [bot]));
  }

  private any(): RunningBot | undefined {
    const bots = this.bots();
    // Its own dice: how fast people are must not change which faults come.
    return bots[Math.floor(Math.random() * bots.length)];
  }

  /** Two of them, sometimes the same one, get what a careful person does once. */
  private oneOrTwo(): readonly RunningBot[] {
    return [this.any(), ...(Math.random() < 0.3 ? [this.any()] : [])].flatMap((bot) => bot ?? []);
  }

  private effectsFor({ tool, amount }: Request): number {
    return effectsOf(this.dataDir, tool).filter(
      // The billing server records its own arguments, which hold an amount.
      ({ args }) => (JSON.parse(args) as { amount: number }).amount === amount,
    ).length;
  }

  private async send(request: Request): Promise<void> {
    const bots = this.oneOrTwo();
    if (bots.length > 1) this.count('message twice');
    const answers = await Promise.all(
      bots.map((bot) =>
        within(answerWithinMs, bot.as('ana').say('finance', request.text, { id: request.id })),
      ),
    );
    for (const answer of answers) {
      if (answer?.status !== 200 || answer.body.run === undefined) {
        this.count('message not acknowledged');
        continue;
      }
      if (request.run !== undefined && request.run !== answer.body.run)
        throw new Error(`${request.id} became ${request.run} and ${answer.body.run}.`);
      request.run = answer.body.run;
    }
  }

  private async approve(): Promise<void> {
    const bot = this.any();
    const answer =
      bot === undefined
        ? undefined
        : await within(
            answerWithinMs,
            bot.as('ben').get<{ items?: readonly ApprovalJson[] }>('/approvals?state=pending'),
          );
    const votes = (answer?.body.items ?? []).flatMap((approval) =>
      this.oneOrTwo().map((at, index) =>
        within(answerWithinMs, at.as(index === 0 ? 'ben' : 'cho').vote(approval, 'approve')),
      ),
    );
    await Promise.all(votes);
  }

  private async settle(): Promise<void> {
    const bot = this.any();
    if (bot === undefined) return;
    const answer = await within(
      answerWithinMs,
      bot.as('ben').get<{ items?: readonly OutcomeJson[] }>('/outcomes'),
    );
    for (const { run, card } of answer?.body.items ?? []) {
      const request = this.wanted.find((entry) => entry.run === run);
      const [happened, askAgain] = card.actions;
      if (request === undefined) continue;
      const action = this.effectsFor(request) > 0 ? happened : askAgain;
      if (action !== undefined) await within(answerWithinMs, bot.as('ben').press(action.id));
    }
  }

  async work(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const open = this.wanted.slice(0, this.due).filter(({ run }) => run === undefined);
      await Promise.all([
        ...open.slice(0, 8).map((request) => this.send(request)),
        this.approve(),
        this.settle(),
      ]);
      await pause(50);
    }
  }

  private async runOf({ run }: Request): Promise<RunJson | undefined> {
    const bot = this.any();
    if (bot === undefined || run === undefined) return undefined;
    return within(answerWithinMs, bot.as('ana').run(run));
  }

  private readonly ended = new Set<string>();
  async isDone(): Promise<boolean> {
    for (const request of this.wanted) {
      if (request.run === undefined) return false;
      if (this.ended.has(request.run)) continue;
      const run = await this.runOf(request);
      if (run === undefined || !['done', 'failed', 'stopped'].includes(run.status)) return false;
      this.ended.add(request.run);
    }
    return true;
  }

  async check(
    isCalm: boolean,
  ): Promise<Omit<StormReport, 'injected' | 'races' | 'rowFaults' | 'uncleanStops'>> {
    const lost: string[] = [];
    const doubles: string[] = [];
    const unapproved: string[] = [];
    const unexplained: string[] = [];
    const chainFaults: string[] = [];
    const toDispatch: number[] = [];
    const toModel: number[] = [];
    const statuses: Record<string, number> = {};
    let effects = 0;
    let unknowns = 0;
    let settledByProbe = 0;
    let settledByPeople = 0;
    let unsureProbes = 0;
    for (const request of this.wanted) {
      const bot = this.any();
      if (bot === undefined || request.run === undefined) {
        lost.push(`${request.id}: never acknowledged`);
        continue;
      }
      const run = await bot.as('ana').run(request.run);
      statuses[run.status] = (statuses[run.status] ?? 0) + 1;
      if (!['done', 'failed', 'stopped'].includes(run.status))
        lost.push(
          `${request.run}: ${run.status}, ${run.waitingFor ?? ''}${isCalm ? '' : ' (not calm in time)'}`,
        );
      const { body } = await bot
        .as('ana')
        .get<{ items: readonly CommitJson[] }>(`/runs/${request.run}/ledger`);
      chainFaults.push(...findLedgerFaults(body.items));
      const own = this.effectsFor(request);
      effects += own;
      if (own > 1) doubles.push(`${request.tool} ${String(request.amount)} (${request.run}): ${String(own)}`);
      const story = readStory(body.items);
      if (own > 0 && !story.isApproved) unapproved.push(`${request.run}: an effect without an approval`);
      unapproved.push(...story.repeated.map((call) => `${request.run}: ${call} was sent twice`));
      if (own === 0 && story.isSaidDone)
        unexplained.push(`${request.run}: said to be done, and nothing happened`);
      unexplained.push(...story.unexplained.map((call) => `${request.run}: ${call}`));
      unknowns += story.unknowns;
      settledByProbe += story.settledByProbe;
      settledByPeople += story.settledByPeople;
      unsureProbes += story.unsureProbes;
      toDispatch.push(...story.toDispatch);
      toModel.push(...story.toModel);
    }
    return {
      acknowledged: this.wanted.filter(({ run }) => run !== undefined).length,
      lost,
      effects,
      doubles,
      unapproved,
      unexplained,
      chainFaults,
      statuses,
      unknowns,
      settledByProbe,
      settledByPeople,
      unsureProbes,
      toDispatch,
      toModel,
    };
  }

  /** Both people press in the same moment, each on another process, five calls at a time. */
  async race(trials: number): Promise<StormReport['races']> {
    const [one, two] = this.bots();
    let decisions = 0;
    let dispatches = 0;
    if (one === undefined || two === undefined) return { trials: 0, decisions, dispatches };
    for (let done = 0; done < trials; done += 5) {
      const all = Array.from({ length: Math.min(5, trials - done) }, async (_, index) => {
        const amount = 50 + (done + index) / 100;
        const { body } = await one
          .as('ana')
          .say('finance', `credit Acme ${amount.toFixed(2)} dollars for the late delivery`, {
            id: `race-${String(done + index)}`,
          });
        const approval = await two.as('ben').asked(String(body.run));
        await Promise.all([
          one.as('ben').vote(approval, 'approve'),
          two.as('cho').vote(approval, 'approve'),
          two.as('ben').vote(approval, 'approve'),
        ]);
        await one.as('ana').until(String(body.run), 'done');
        const ledger = await two
          .as('ana')
          .get<{ items: readonly CommitJson[] }>(`/runs/${String(body.run)}/ledger`);
        const kinds = ledger.body.items.flatMap(({ events }) => events.map(({ kind }) => kind));
        const effects = this.effectsFor({ id: '', text: '', tool: 'billing/credit', amount });
        return {
          decided: kinds.filter((kind) => kind === 'approval.decided').length,
          sent: Math.max(kinds.filter((kind) => kind === 'tool.dispatched').length, effects),
        };
      });
      for (const { decided, sent } of await Promise.all(all)) {
        decisions += decided;
        dispatches += sent;
      }
    }
    return { trials, decisions, dispatches };
  }
}
