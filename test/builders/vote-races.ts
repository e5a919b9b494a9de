/**
 * Races for one approval over two processes: what two persons, the clock or a freeze do to it in the same moment, one
 * on each process. What happened is read from the ledger, never from what either process says.
 */
import type { ApprovalJson, CommitJson, FreezeJson } from '../../src/api/shapes.ts';
import type { BentClock } from './bent-clock.ts';
import { findLedgerFaults } from './recompute-ledger.ts';
import { eventually } from './running-bot.ts';
import type { RunningBot } from './running-bot.ts';

export const raceKinds = ['approve/approve', 'approve/deny', 'approve/expire', 'approve/freeze'] as const;
export type RaceKind = (typeof raceKinds)[number];

export interface RaceTally {
  readonly faults: readonly string[];
  /** How many ended in each state; `approved, denied`: a denial took an approval back before it was sent. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly approved: number;
}

/** What a policy needs so that `approve/expire` comes to an end soon: credits of 3 dollars expire after a minute. */
export const soonExpired = `  - { id: soon, tool: billing/credit, when: 'args.amount == 3', verdict: ask, approvers: [finance], expiresIn: 1m }\n`;

export interface RaceField {
  readonly bots: readonly [RunningBot, RunningBot];
  /** The clock of both. */
  readonly clock: BentClock;
  /** Decides who presses first, and by how much. */
  random(): number;
}

const racesAtOnce = 20;
const possible: Readonly<Record<RaceKind, readonly string[]>> = {
  'approve/approve': ['approved'],
  'approve/deny': ['approved', 'denied', 'approved, denied'],
  'approve/expire': ['approved', 'expired'],
  'approve/freeze': ['approved', 'cancelled', 'approved, cancelled', 'approved, held back'],
};

interface Race {
  readonly approval: ApprovalJson;
  /** A denial, an expiry or a freeze that somebody was told of: nothing may be sent after it. */
  readonly told: string[];
  /** When «frozen» was said. */
  frozenAt?: number;
}

/** Runs `count` races of a kind. */
export async function raceVotes(field: RaceField, kind: RaceKind, count: number): Promise<RaceTally> {
  const { bots } = field;
  const faults: string[] = [];
  const outcomes: Record<string, number> = {};
  for (let done = 0; done < count; done += racesAtOnce) {
    const races = await ask(bots[0], kind, Math.min(racesAtOnce, count - done));
    faults.push(...(await run(field, kind, races)));
    await Promise.all(
      races.map(async (race) => {
        const found = await look(bots, kind, race);
        outcomes[found.states] = (outcomes[found.states] ?? 0) + 1;
        faults.push(...found.faults.map((fault) => `${kind} ${race.approval.run}: ${fault}`));
      }),
    );
  }
  return { faults, outcomes, approved: outcomes['approved'] ?? 0 };
}

async function ask(bot: RunningBot, kind: RaceKind, count: number): Promise<readonly Race[]> {
  const text = `credit Acme ${kind === 'approve/expire' ? '3' : '2'} dollars for the late delivery`;
  // A busy bot refuses what it could not keep in time, and is asked again.
  const say = (): ReturnType<ReturnType<RunningBot['as']>['say']> =>
    lookSlowly(async () => {
      const answer = await bot.as('ana').say('finance', text);
      return answer.status === 503 ? undefined : answer;
    });
  const asked = await Promise.all(Array.from({ length: count }, say));
  const runs = new Set(asked.map(({ body }) => body.run));
  return lookSlowly(async () => {
    const { body } = await bot.as('ben').get<{ items: ApprovalJson[] }>('/approvals?state=pending&limit=100');
    const found = body.items.filter((approval) => runs.has(approval.run));
    return found.length === count ? found.map((approval) => ({ approval, told: [] })) : undefined;
  });
}

/** Waits without keeping the bots busy with answering how far they are. */
function lookSlowly<T>(look: () => Promise<T | undefined>): Promise<T> {
  return eventually(async () => {
    const found = await look();
    if (found === undefined) await new Promise((resolve) => setTimeout(resolve, 150));
    return found;
  }, 120_000);
}

async function run(
  { bots, clock, random }: RaceField,
  kind: RaceKind,
  races: readonly Race[],
): Promise<readonly string[]> {
  const faults: string[] = [];
  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  const sides = (): readonly [RunningBot, RunningBot] => (random() < 0.5 ? bots : [bots[1], bots[0]]);
  const vote = async (bot: RunningBot, by: string, race: Race, what: 'approve' | 'deny'): Promise<void> => {
    await pause(random() * 8);
    const { status } = await bot.as(by).vote(race.approval, what, 'as I see it');
    if (status === 200 && what === 'deny') race.told.push('a denial was confirmed');
    if (![200, 409, 410].includes(status)) faults.push(`${what} answered ${String(status)}`);
  };
  const freeze = async (bot: RunningBot): Promise<void> => {
    await pause(random() * 40);
    const { status } = await bot.as('cho').post<FreezeJson>('/freeze', { reason: 'strange mails' });
    if (status !== 200) faults.push(`freeze answered ${String(status)}`);
    for (const race of races) race.frozenAt = clock.now().getTime();
  };
  switch (kind) {
    case 'approve/approve':
    case 'approve/deny':
      await Promise.all(
        races.flatMap((race) => {
          const [left, right] = sides();
          const other = kind === 'approve/deny' ? 'deny' : 'approve';
          return [vote(left, 'ben', race, 'approve'), vote(right, 'cho', race, other)];
        }),
      );
      break;
    case 'approve/expire': {
      const last = Math.max(...races.map(({ approval }) => Date.parse(approval.expiresAt)));
      // Both processes have looked at their clock before the first is over.
      clock.advance(last - clock.now().getTime() - 1_500);
      await Promise.all(
        races.map(async (race) => {
          await pause(
            Date.parse(race.approval.expiresAt) - clock.now().getTime() - random() * random() * 400,
          );
          await vote(sides()[0], 'ben', race, 'approve');
        }),
      );
      break;
    }
    case 'approve/freeze':
      await Promise.all([
        ...races.map(async (race) => {
          await pause(random() * 40);
          await vote(sides()[0], 'ben', race, 'approve');
        }),
        freeze(sides()[0]),
      ]);
      await bots[0].as('cho').post('/unfreeze', { reason: '' });
      break;
    default:
      kind satisfies never;
  }
  return faults;
}

async function look(
  bots: readonly [RunningBot, RunningBot],
  kind: RaceKind,
  race: Race,
): Promise<{ readonly states: string; readonly faults: readonly string[] }> {
  const { approval } = race;
  await lookSlowly(async () =>
    (await bots[1].as('ana').run(approval.run)).status === 'done' ? true : undefined,
  );
  const { body } = await lookSlowly(async () => {
    const answer = await bots[1].as('ana').get<{ items: CommitJson[] }>(`/runs/${approval.run}/ledger`);
    return answer.status === 503 ? undefined : answer;
  });
  const faults = [...findLedgerFaults(body.items)];
  const events = body.items.flatMap(({ events: some, landedAt }) =>
    some.map((event) => ({ event, landedAt })),
  );
  const decided = events.flatMap(({ event }, at) =>
    event.kind === 'approval.decided' && event.data['approval'] === approval.id
      ? [{ state: String(event.data['state']), at }]
      : [],
  );
  const sent = events.flatMap(({ event, landedAt }, at) =>
    event.kind === 'tool.dispatched' ? [{ at, landedAt: Date.parse(landedAt) }] : [],
  );
  // Announced, and held back in the last moment: no byte has left.
  const isHeldBack = events.some(
    ({ event }) => event.kind === 'call.refused' && event.data['why'] === 'not-sent',
  );
  const states = decided.map(({ state }) => state).join(', ') + (isHeldBack ? ', held back' : '');
  if (!possible[kind].includes(states)) faults.push(`decided: ${states}`);
  if (sent.length !== (states === 'approved' || isHeldBack ? 1 : 0))
    faults.push(`${String(sent.length)} sent, ${states}`);
  const turnedDownAt = decided.find(({ state }) => state !== 'approved')?.at ?? Infinity;
  if (sent.some(({ at }) => at > turnedDownAt)) faults.push('sent after it was turned down');
  if (sent.some(({ landedAt }) => landedAt > (race.frozenAt ?? Infinity))) faults.push('sent after «frozen»');
  if (race.told.length > 0 && !isHeldBack && sent.length > 0)
    faults.push(`${race.told.join(', ')}, yet it was sent`);
  const last = decided.at(-1)?.state ?? 'none';
  for (const bot of bots) {
    await eventually(
      async () => {
        const shown = await bot.as('ben').get<ApprovalJson>(`/approvals/${approval.id}`);
        return shown.body.state === last ? true : undefined;
      },
      30_000,
      () => `${bot.url} does not show ${approval.id} as ${last}`,
    );
  }
  return { states, faults };
}
