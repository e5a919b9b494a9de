/** People ask and decide while the bot is killed again and again, at moments nobody chose. */
import { afterAll, describe, expect, it } from '@jest/globals';
import type { ApprovalJson, CommitJson } from '../../src/api/shapes.ts';
import { effectsOf } from '../builders/company-effects.ts';
import { findLedgerFaults } from '../builders/recompute-ledger.ts';
import { aFolder, eventually, removeFolder, startBot } from '../builders/running-bot.ts';
import type { RunningBot } from '../builders/running-bot.ts';

/** The long form: `KILLS=200 npm test -- test/faults/random-kills`. */
const kills = Number(process.env['KILLS'] ?? '12');
const requests = Math.ceil(kills * 1.5);
/** Give this one again in KILL_SEED to kill after the same pauses; what the machine does in them differs. */
const seed = Number(process.env['KILL_SEED'] ?? Date.now() % 1_000_000);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Half of them are keyed, half opaque; the amount tells each one's effect from all others. */
interface Request {
  readonly id: string;
  readonly text: string;
  readonly tool: string;
  readonly amount: number;
  run?: string;
}

const wanted: readonly Request[] = Array.from({ length: requests }, (_, index) => {
  const amount = Math.floor(index / 2) + 1;
  const dollars = `${String(amount)} dollars`;
  return index % 2 === 0
    ? {
        id: `r${String(index)}`,
        tool: 'billing/refund',
        amount,
        text: `refund invoice 1042 of Acme, ${dollars}, broken`,
      }
    : {
        id: `r${String(index)}`,
        tool: 'billing/credit',
        amount,
        text: `credit Acme ${dollars} for the late delivery`,
      };
});

const dataDir = aFolder();
let bot: RunningBot | undefined;
afterAll(async () => {
  await bot?.kill9();
  removeFolder(dataDir);
});

function effectsFor({ tool, amount }: Request): number {
  // The billing server records its own arguments, which hold an amount.
  return effectsOf(dataDir, tool).filter(
    ({ args }) => (JSON.parse(args) as { amount: number }).amount === amount,
  ).length;
}

/** Ben approves whatever waits. */
async function approveAll(at: RunningBot): Promise<void> {
  const { body } = await at.as('ben').get<{ items: readonly ApprovalJson[] }>('/approvals?state=pending');
  await Promise.all(body.items.map((approval) => at.as('ben').vote(approval, 'approve')));
}

/** Ben looks into the company's books and says what happened. */
async function settleUnknown(at: RunningBot): Promise<void> {
  const { body } = await at
    .as('ben')
    .get<{ items: readonly { id: string; thread: string }[] }>('/runs?status=waiting');
  for (const { id, thread } of body.items) {
    const request = wanted.find(({ run }) => run === id);
    const { items } = await at.as('ben').thread(thread);
    const card = items.find((item) => item.card?.kind === 'outcome-unknown');
    if (request === undefined || card === undefined) continue;
    const [happened, askAgain] = card.actions ?? [];
    const action = effectsFor(request) > 0 ? happened : askAgain;
    if (action !== undefined) await at.as('ben').press(action.id);
  }
}

async function send(at: RunningBot, request: Request): Promise<void> {
  const { status, body } = await at.as('ana').say('finance', request.text, { id: request.id });
  if (status !== 200 || body.run === undefined) return;
  expect([undefined, body.run]).toContain(request.run);
  request.run = body.run;
}

/** Everybody works until the bot is gone. */
async function work(at: RunningBot, due: readonly Request[], isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const open = due.filter(({ run }) => run === undefined);
    await Promise.allSettled([
      ...open.map((request) => send(at, request)),
      approveAll(at),
      settleUnknown(at),
    ]);
    await pause(20);
  }
}

describe(`given ${String(requests)} requests and ${String(kills)} kills (seed ${String(seed)})`, () => {
  it('then nothing acknowledged is lost, nothing happens twice, and every chain adds up', async () => {
    let state = seed;
    const random = (limit: number): number => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return state % limit;
    };
    for (let kill = 0; kill < kills; kill += 1) {
      const at = await startBot({ dataDir, env: { CALL_TIMEOUT_MS: '4000' } });
      bot = at;
      let isOver = false;
      const working = work(at, wanted.slice(0, (kill + 1) * 2), () => isOver);
      await pause(random(4) === 0 ? random(40) : 40 + random(500));
      isOver = true;
      await at.kill9();
      await working;
    }
    const last = await startBot({ dataDir, env: { CALL_TIMEOUT_MS: '4000' } });
    bot = last;
    let isOver = false;
    const working = work(last, wanted, () => isOver);
    await eventually(
      async () => {
        const runs = await Promise.all(
          wanted.map(async ({ run }) => run !== undefined && last.as('ana').run(run)),
        );
        return runs.every((run) => run !== false && run.status === 'done') ? true : undefined;
      },
      90_000,
      () => `a run does not end:\n${last.output()}`,
    );
    isOver = true;
    await working;

    const effects = wanted.map(
      (request) => `${request.tool} ${String(request.amount)}: ${String(effectsFor(request))}`,
    );
    expect(effects).toEqual(wanted.map(({ tool, amount }) => `${tool} ${String(amount)}: 1`));
    for (const request of wanted) {
      const again = await last.as('ana').say('finance', request.text, { id: request.id });
      expect(again.body.run).toBe(request.run);
      const ledger = await last
        .as('ana')
        .get<{ items: readonly CommitJson[] }>(`/runs/${String(request.run)}/ledger`);
      expect(findLedgerFaults(ledger.body.items)).toEqual([]);
      expect(findRepeats(ledger.body.items)).toEqual([]);
    }
  }, 300_000);
});

/** Calls that a machine sent twice although nobody can tell whether that acts twice, or without an approval. */
function findRepeats(commits: readonly CommitJson[]): readonly string[] {
  const events = commits.flatMap((commit) => commit.events);
  const calls = events.filter(({ kind }) => kind === 'call.judged').map(({ data }) => data);
  return calls.flatMap(({ call, effect, verdict }) => {
    const sent = events.filter(({ kind, data }) => kind === 'tool.dispatched' && data['call'] === call);
    const bare = sent.filter(({ data }) => verdict !== 'allow' && data['approval'] === undefined);
    return effect === 'opaque' && (sent.length > 1 || bare.length > 0) ? [String(call)] : [];
  });
}
