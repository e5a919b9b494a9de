/** What a storm found: how it is read out of a run's own ledger, and how people read it. Uses no code of the product. */
import type { CommitJson } from '../../src/api/shapes.ts';

export interface StormOptions {
  readonly seed: number;
  readonly store: 'sqlite' | 'mongo';
  readonly processes: number;
  /** Faults of processes and of the store, one after another. */
  readonly faults: number;
  readonly requests: number;
  /** Share of writing calls that their server spoils. */
  readonly flakyRate: number;
  /** What the refund tool is: sent again with its key, or asked about. */
  readonly refundIs: 'keyed' | 'probeable';
  /** One process at a time is stopped for longer than its lease. */
  readonly hasLongPauses: boolean;
  readonly pauseMs: number;
  /** Every fault is a process that dies right before or right after one of its writes. */
  readonly onlyKills?: boolean;
  /** Trials of one call decided in the same moment on two processes, after the storm. */
  readonly trials: number;
  readonly settleMs: number;
}

export interface StormReport {
  readonly injected: Readonly<Record<string, number>>;
  readonly acknowledged: number;
  /** Acknowledged and not found, or not at its end when everything was calm again. */
  readonly lost: readonly string[];
  readonly effects: number;
  /** Requests with more than one effect. */
  readonly doubles: readonly string[];
  /** Effects without an approval, and calls of an opaque tool that a machine sent twice. */
  readonly unapproved: readonly string[];
  readonly unknowns: number;
  readonly settledByProbe: number;
  readonly settledByPeople: number;
  /** The probe answered, and it was not clear what it meant. */
  readonly unsureProbes: number;
  /** Sent, with neither a result nor a word that nobody knows. */
  readonly unexplained: readonly string[];
  readonly chainFaults: readonly string[];
  /** Rows of lists and claims that `rebuild` makes otherwise. */
  readonly rowFaults: readonly string[];
  readonly statuses: Readonly<Record<string, number>>;
  /** Decided to dispatched, taken in to first answer of the model: ms, over all runs. */
  readonly toDispatch: readonly number[];
  readonly toModel: readonly number[];
  readonly races: { readonly trials: number; readonly decisions: number; readonly dispatches: number };
  readonly uncleanStops: number;
}

export interface RunFacts {
  readonly isApproved: boolean;
  readonly isSaidDone: boolean;
  readonly repeated: readonly string[];
  readonly unexplained: readonly string[];
  readonly unknowns: number;
  readonly settledByProbe: number;
  readonly settledByPeople: number;
  readonly unsureProbes: number;
  readonly toDispatch: readonly number[];
  readonly toModel: readonly number[];
}

/** What a run's own ledger says, read without any code of the product. */
export function readStory(commits: readonly CommitJson[]): RunFacts {
  const events = commits.flatMap(({ events: own, landedAt }) =>
    own.map(({ kind, data }) => ({ kind, data, at: Date.parse(landedAt) })),
  );
  const of = (kind: string): typeof events => events.filter((event) => event.kind === kind);
  const decided = of('approval.decided').filter(({ data }) => data['state'] === 'approved');
  const writes = of('call.judged').filter(({ data }) => data['effect'] !== 'read');
  const repeated: string[] = [];
  const unexplained: string[] = [];
  const toDispatch: number[] = [];
  for (const { data } of writes) {
    const call = data['call'];
    const ofCall = (kind: string): typeof events => of(kind).filter((event) => event.data['call'] === call);
    const sent = ofCall('tool.dispatched');
    if (data['effect'] === 'opaque' && sent.length > 1) repeated.push(String(call));
    if (sent.some((dispatch) => dispatch.data['approval'] === undefined))
      repeated.push(`${String(call)} unasked`);
    const ends = ['tool.completed', 'outcome.settled', 'outcome.probed', 'call.refused'].flatMap(ofCall);
    if (sent.length > 0 && ends.length === 0) unexplained.push(`${String(call)} was sent and has no end`);
    const first = sent[0];
    const before = decided.find((event) => event.data['approval'] === first?.data['approval']);
    if (first !== undefined && before !== undefined) toDispatch.push(first.at - before.at);
  }
  const done = of('tool.completed').filter(
    ({ data }) => data['isError'] === false && writes.some((write) => write.data['call'] === data['call']),
  );
  const requested = of('run.requested')[0];
  const answered = of('model.answered')[0];
  const settled = of('outcome.settled');
  return {
    isApproved: decided.length > 0,
    isSaidDone: done.length > 0 || settled.some(({ data }) => data['happened'] === true),
    repeated,
    unexplained,
    unknowns: of('outcome.lost').length,
    settledByProbe: of('outcome.probed').filter(({ data }) => data['isSettled'] === true).length,
    settledByPeople: settled.length,
    unsureProbes: of('outcome.probed').filter(({ data }) => data['found'] === 'unsure').length,
    toDispatch,
    toModel: requested === undefined || answered === undefined ? [] : [answered.at - requested.at],
  };
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** The report as people read it. */
export function stormTable(options: StormOptions, report: StormReport): string {
  const ms = (values: readonly number[]): string =>
    `p50 ${String(percentile(values, 0.5))} ms, p99 ${String(percentile(values, 0.99))} ms, longest ${String(Math.max(0, ...values))} ms`;
  const rows: readonly (readonly [string, string])[] = [
    [
      'store, processes, seed',
      `${options.store}, ${String(options.processes)}, SEED=${String(options.seed)}`,
    ],
    ['refund is', options.refundIs],
    ...Object.entries(report.injected).map(([what, times]) => [`  ${what}`, String(times)] as const),
    ['acknowledged', String(report.acknowledged)],
    ['lost', String(report.lost.length)],
    ['effects', String(report.effects)],
    ['doubles', String(report.doubles.length)],
    ['unapproved or repeated', String(report.unapproved.length)],
    ['sent and unexplained', String(report.unexplained.length)],
    ['outcome unknown', String(report.unknowns)],
    ['  settled by a probe', String(report.settledByProbe)],
    ['  settled by people', String(report.settledByPeople)],
    ['  probes that were not certain', String(report.unsureProbes)],
    ['chain faults', String(report.chainFaults.length)],
    ['rows unlike a rebuild', String(report.rowFaults.length)],
    [
      'runs',
      Object.entries(report.statuses)
        .map(([status, n]) => `${String(n)} ${status}`)
        .join(', '),
    ],
    ['decided → dispatched', ms(report.toDispatch)],
    ['taken in → model asked', ms(report.toModel)],
    [
      'decided at once on two processes',
      `${String(report.races.trials)} trials, ${String(report.races.decisions)} decisions, ${String(report.races.dispatches)} effects`,
    ],
    ['told to end, not clean in 10 s', String(report.uncleanStops)],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}
