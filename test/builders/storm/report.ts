/** What a storm found: how it is read out of a run's own ledger, and how people read it. Uses no code of the product. */
import type { CommitJson } from '../../../src/api/shapes.ts';
import type { StormOptions } from './options.ts';

export interface StormReport {
  readonly injected: Readonly<Record<string, number>>;
  readonly acknowledged: number;
  /** Acknowledged and not found, or not at its end when everything was calm again. */
  readonly lost: readonly string[];
  readonly effects: number;
  /** Runs that came to their end, and nothing took effect: their tool was away, say. */
  readonly withoutEffect: number;
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
  /** Rows of lists and claims that `rebuild` makes otherwise; not looked at after clocks were wrong. */
  readonly rowFaults: readonly string[];
  readonly statuses: Readonly<Record<string, number>>;
  /** From the moment a person's vote was taken to the effect in the company's books, as seen from outside: ms. */
  readonly toEffect: readonly number[];
  /** From SIGTERM to the end of the process: ms. */
  readonly endings: readonly number[];
  /** Cards that can still be pressed although all is decided, and threads on platforms that nobody answered. */
  readonly openCards: readonly string[];
  readonly silentThreads: readonly string[];
  /** Cards of one approval that stood twice in its thread. */
  readonly twinCards: readonly string[];
  readonly seconds: number;
  readonly races: { readonly trials: number; readonly decisions: number; readonly dispatches: number };
  readonly unclean: readonly string[];
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
}

/** What a run's own ledger says, read without any code of the product. */
export function readStory(commits: readonly CommitJson[]): RunFacts {
  const events = commits.flatMap(({ events: own }) => own);
  const of = (kind: string): typeof events => events.filter((event) => event.kind === kind);
  const decided = of('approval.decided').filter(({ data }) => data['state'] === 'approved');
  const writes = of('call.judged').filter(({ data }) => data['effect'] !== 'read');
  const repeated: string[] = [];
  const unexplained: string[] = [];
  for (const { data } of writes) {
    const call = data['call'];
    const ofCall = (kind: string): typeof events => of(kind).filter((event) => event.data['call'] === call);
    const sent = ofCall('tool.dispatched');
    if (data['effect'] === 'opaque' && sent.length > 1) repeated.push(String(call));
    if (sent.some((dispatch) => dispatch.data['approval'] === undefined))
      repeated.push(`${String(call)} unasked`);
    const ends = ['tool.completed', 'outcome.settled', 'outcome.probed', 'call.refused'].flatMap(ofCall);
    if (sent.length > 0 && ends.length === 0) unexplained.push(`${String(call)} was sent and has no end`);
  }
  const done = of('tool.completed').filter(
    ({ data }) => data['isError'] === false && writes.some((write) => write.data['call'] === data['call']),
  );
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
  };
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** The report as people read it. */
export function stormTable(options: StormOptions, report: StormReport): string {
  const ms = (values: readonly number[]): string =>
    `p50 ${String(percentile(values, 0.5))} ms, p99 ${String(percentile(values, 0.99))} ms, longest ${String(values.reduce((most, value) => Math.max(most, value), 0))} ms`;
  const injected = Object.entries(report.injected).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const faults = injected.reduce((sum, [, times]) => sum + times, 0);
  const count = (found: readonly string[]): string => String(found.length);
  const rows: readonly (readonly [string, string])[] = [
    ['store, processes', `${options.store}, ${String(options.processes)}`],
    ['seed', `${String(options.seed)} (npm run faults -- --seed ${String(options.seed)})`],
    ['refund is', options.refundIs],
    ['lasted', `${String(Math.round(report.seconds))} s`],
    ['faults injected', String(faults)],
    ...injected.map(([what, times]) => [`  ${what}`, String(times)] as const),
    ['acknowledged', String(report.acknowledged)],
    ['lost', count(report.lost)],
    ['effects', String(report.effects)],
    ['ended without effect', String(report.withoutEffect)],
    ['doubles', count(report.doubles)],
    ['unapproved or repeated', count(report.unapproved)],
    ['sent and unexplained', count(report.unexplained)],
    ['outcome unknown', String(report.unknowns)],
    ['  settled by a probe', String(report.settledByProbe)],
    ['  settled by people', String(report.settledByPeople)],
    ['  probes that were not certain', String(report.unsureProbes)],
    ['chain faults', count(report.chainFaults)],
    ['rows unlike a rebuild', count(report.rowFaults)],
    [
      'runs',
      Object.entries(report.statuses)
        .map(([status, n]) => `${String(n)} ${status}`)
        .join(', '),
    ],
    ['vote taken → effect', ms(report.toEffect)],
    ['SIGTERM → ended', ms(report.endings)],
    ['told to end, or to start, in vain', count(report.unclean)],
    ['threads on platforms left silent', count(report.silentThreads)],
    ['cards that stayed open', count(report.openCards)],
    ['cards that stood twice', count(report.twinCards)],
    [
      'decided at once on two processes',
      `${String(report.races.trials)} trials, ${String(report.races.decisions)} decisions, ${String(report.races.dispatches)} effects`,
    ],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}
