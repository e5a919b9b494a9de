/** `node dist/bench-digest.js`: how long the digest's summary takes with its picture in a store with 100,000 runs. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createActivity } from '../src/agent/activity.ts';
import { drawChart } from '../src/charts/draw-chart.ts';
import { systemClock } from '../src/core/clock.ts';
import { asActorId, asApprovalId, asChannelId, asThreadId, newNonce, newRunId } from '../src/core/ids.ts';
import type { RowWrite } from '../src/ledger/store.ts';
import { createContainers } from '../src/memory/containers.ts';
import type { RunRow } from '../src/runs/store.ts';
import { openLocalStore } from '../src/stores/local/local-store.ts';

const runs = 100_000;
const hourMs = 3_600_000;
const statuses = ['done', 'done', 'done', 'waiting', 'failed'] as const;

const folder = mkdtempSync(join(tmpdir(), 'countersign-digest-'));
const store = await openLocalStore({ folder, clock: systemClock });
const now = systemClock.now().getTime();

function rowsOf(index: number, days: number): readonly RowWrite[] {
  const channel = asChannelId(`console:channel-${String(index % 20)}`);
  // Every status in every channel and of every person.
  const status = statuses[Math.floor(index / 100) % statuses.length] ?? 'done';
  const row: RunRow = {
    ...{ id: newRunId(), seq: 0, status, workflow: `flow-${String(index % 7)}`, channel },
    ...{
      thread: asThreadId(`${channel}/${String(index)}`),
      startedBy: asActorId(`person-${String(index % 50)}`),
    },
    ...{
      startedAt: now - Math.floor((index / runs) * days * 24 * hourMs),
      title: 'a request of some words '.repeat(6),
    },
    ...{ usdSpent: 0.01, tokens: 1_000, reply: 'an answer of some words '.repeat(15) },
    ...(status === 'waiting' && {
      waitingFor: 'finance to decide: Refund 120',
      questions: [{ title: 'Is there a photo of it? '.repeat(6), who: ['finance'], askedAt: now }],
    }),
  };
  const approval = {
    ...{
      id: asApprovalId(`apr_${newNonce()}`),
      run: row.id,
      requestedAt: row.startedAt,
      tool: 'billing/refund',
      title: 'Refund 120 on an invoice of many words '.repeat(4),
      channel,
    },
    ...{
      requester: row.startedBy,
      state: status === 'waiting' ? 'pending' : 'approved',
      approvers: ['finance'],
    },
    ...(status !== 'waiting' && { decidedAt: row.startedAt + 1_000 }),
  };
  return [
    { table: 'runs', key: row.id, seq: 0, row },
    { table: 'approvals', key: approval.id, seq: 0, row: approval },
  ];
}

// The worst case for a digest of one day: everything happened on that day.
for (let start = 0; start < runs; start += 2_000)
  await store.ledger.saveRows(Array.from({ length: 2_000 }, (_, index) => rowsOf(start + index, 1)).flat());

const containers = createContainers({
  clock: systemClock,
  factsOf: () => Promise.resolve({ isOpen: true, hasOutsiders: false }),
  onFailure: () => undefined,
});
const read = createActivity({
  store: store.activity,
  runs: store.runs,
  now: () => now + 1,
  nameOf: (id) => id,
  titleOf: (name) => name,
  linkTo: () => undefined,
  expand: () => [{ id: asActorId('person-1') }],
  audienceOf: containers.audienceOf,
  reads: () => Promise.resolve(true),
});
const place = { channel: asChannelId('console:channel-3'), except: 'daily-digest' };
const alone = {
  ...{ channel: asChannelId('console:~person-3'), person: asActorId('person-3') },
  except: 'daily-digest',
};
for (const [name, where, request] of [
  ['a channel', place, {}],
  ['a person', place, { person: 'person-3' }],
  ['a person alone', alone, { person: 'person-3' }],
] as const) {
  const times: number[] = [];
  const cpuMs: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const began = performance.now();
    const cpu = process.cpuUsage();
    const { activity } = await read(where, request);
    // The worst picture: a new one each time, so that none is kept from before.
    const labels = activity.trend.map((_runs, index) => `${String(round)} ${String(index)}`);
    const series = [{ name: 'runs', values: [...activity.trend] }];
    await drawChart({ kind: 'columns', title: `${name} ${String(round)}`, labels, series });
    times.push(performance.now() - began);
    const { user, system } = process.cpuUsage(cpu);
    cpuMs.push((user + system) / 1_000);
    if (round === 0)
      process.stdout.write(`${name}: ${String(activity.runs.started)} runs of ${String(runs)}\n`);
  }
  const worst = Math.max(...times);
  process.stdout.write(
    `${name}: median ${middle(times)} ms, worst ${worst.toFixed(0)} ms, of it ${middle(cpuMs)} ms of work\n`,
  );
}
await store.close();
rmSync(folder, { recursive: true, force: true });

function middle(times: readonly number[]): string {
  return (times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0).toFixed(0);
}
