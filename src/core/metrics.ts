/**
 * The metrics port, and every metric by name.
 *
 * Labels hold words from small closed sets only: never an id, a person, a thread or text somebody wrote.
 */
export const metricTable = {
  countersign_runs_started_total: { kind: 'counter', help: 'Runs started.', labels: ['workflow'] },
  countersign_runs_finished_total: {
    kind: 'counter',
    help: 'Runs that ended.',
    labels: ['workflow', 'status'],
  },
  countersign_runs_active: { kind: 'gauge', help: 'Runs this process works on.', labels: [] },
  countersign_commits_total: { kind: 'counter', help: 'Appends to the ledger.', labels: ['outcome'] },
  countersign_commit_seconds: { kind: 'histogram', help: 'Time until an append was durable.', labels: [] },
  countersign_pending_commits: { kind: 'gauge', help: 'Commits found by the sweep.', labels: [] },
  countersign_inbound_total: { kind: 'counter', help: 'Inbound events.', labels: ['surface', 'outcome'] },
  countersign_inbound_ack_seconds: {
    kind: 'histogram',
    help: 'Arrival to acknowledgement.',
    labels: ['surface'],
  },
  countersign_deliveries_total: { kind: 'counter', help: 'Posts and edits.', labels: ['surface', 'outcome'] },
  countersign_outbox_depth: { kind: 'gauge', help: 'Deliveries that wait.', labels: ['surface'] },
  countersign_approvals_asked_total: { kind: 'counter', help: 'Approvals asked for.', labels: ['effect'] },
  countersign_approvals_settled_total: {
    kind: 'counter',
    help: 'Approvals settled.',
    labels: ['effect', 'state'],
  },
  countersign_approval_wait_seconds: { kind: 'histogram', help: 'Asked to settled.', labels: ['state'] },
  countersign_votes_total: {
    kind: 'counter',
    help: 'Votes, counted or refused.',
    labels: ['vote', 'outcome'],
  },
  countersign_tool_calls_total: {
    kind: 'counter',
    help: 'Tool calls dispatched.',
    labels: ['effect', 'outcome'],
  },
  countersign_tool_call_seconds: { kind: 'histogram', help: 'Dispatch to outcome.', labels: ['effect'] },
  countersign_model_requests_total: {
    kind: 'counter',
    help: 'Model requests.',
    labels: ['model', 'outcome'],
  },
  countersign_model_seconds: { kind: 'histogram', help: 'Model request to answer.', labels: ['model'] },
  countersign_model_tokens_total: { kind: 'counter', help: 'Tokens used.', labels: ['model', 'sort'] },
  countersign_model_usd_total: {
    kind: 'counter',
    help: 'Spent, where the price is known.',
    labels: ['model'],
  },
  countersign_http_requests_total: {
    kind: 'counter',
    help: 'HTTP requests.',
    labels: ['method', 'route', 'status'],
  },
  countersign_http_request_seconds: { kind: 'histogram', help: 'HTTP request to answer.', labels: ['route'] },
  countersign_http_refused_total: {
    kind: 'counter',
    help: 'Requests refused at the door.',
    labels: ['code'],
  },
  countersign_event_streams: { kind: 'gauge', help: 'Open event streams.', labels: [] },
  countersign_event_streams_dropped_total: {
    kind: 'counter',
    help: 'Streams cut: slow readers.',
    labels: [],
  },
} as const satisfies Record<string, { kind: MetricKind; help: string; labels: readonly string[] }>;

type MetricKind = 'counter' | 'gauge' | 'histogram';
type Table = typeof metricTable;
export type MetricName = keyof Table;
type NameOf<Kind extends MetricKind> = {
  [Name in MetricName]: Table[Name]['kind'] extends Kind ? Name : never;
}[MetricName];
type LabelsOf<Name extends MetricName> = Readonly<Record<Table[Name]['labels'][number], string>>;

export interface Metrics {
  /** Adds `by` (1 when absent) to a counter. */
  count<Name extends NameOf<'counter'>>(name: Name, labels: LabelsOf<Name>, by?: number): void;
  /** Records one measurement, in the unit that ends the metric's name. */
  observe<Name extends NameOf<'histogram'>>(name: Name, labels: LabelsOf<Name>, value: number): void;
  /** Sets a gauge. */
  set<Name extends NameOf<'gauge'>>(name: Name, labels: LabelsOf<Name>, value: number): void;
}

export const silentMetrics: Metrics = {
  count: () => undefined,
  observe: () => undefined,
  set: () => undefined,
};
