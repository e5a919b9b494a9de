/** What a page can read: each resource is an API path together with the type that is found there. */
import type {
  LedgersJson,
  NoticesJson,
  OverviewJson,
  PeopleJson,
  PolicyJson,
  SearchJson,
  ServerReviewJson,
} from '../look/look-shapes.ts';
import type {
  ApprovalJson,
  CommitJson,
  FileJson,
  HealthJson,
  KeptFileJson,
  MeJson,
  MemoryHistoryJson,
  MemoryJson,
  OutcomeJson,
  RunJson,
  SchedulesJson,
  ThreadJson,
  ThreadSummaryJson,
  ToolsJson,
} from '../shapes.ts';

export interface Resource<T> {
  readonly path: string;
  /** Lives in this tab only and is never asked from the server. */
  readonly isLocal?: boolean;
  /** Carries the type; never set. */
  readonly sample?: T;
}

export interface List<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

/** A message of the reader that the thread does not show yet. */
export interface Outgoing {
  readonly id: string;
  readonly text: string;
  readonly files: readonly KeptFileJson[];
  readonly at: string;
  readonly state: 'sending' | 'sent' | 'failed';
  /** Ids of the items that were there before, so that an equal earlier message is not taken for this one. */
  readonly after: readonly string[];
}

/** Answers that are being written, by run. */
export type Streams = Readonly<Record<string, string>>;

const part = encodeURIComponent;

export const resources = {
  me: (): Resource<MeJson> => ({ path: '/me' }),
  threads: (channel: string): Resource<List<ThreadSummaryJson>> => ({
    path: `/channels/${part(channel)}/threads`,
  }),
  thread: (thread: string): Resource<ThreadJson> => ({ path: `/threads/${part(thread)}` }),
  runs: (status: string | undefined): Resource<List<RunJson>> => ({
    path: status === undefined ? '/runs' : `/runs?status=${part(status)}`,
  }),
  run: (run: string): Resource<RunJson> => ({ path: `/runs/${part(run)}` }),
  file: (run: string, item: string): Resource<FileJson> => ({
    path: `/runs/${part(run)}/files/${part(item)}`,
  }),
  ledger: (run: string): Resource<List<CommitJson>> => ({ path: `/runs/${part(run)}/ledger` }),
  approvals: (): Resource<List<ApprovalJson>> => ({ path: '/approvals?state=pending' }),
  outcomes: (): Resource<List<OutcomeJson>> => ({ path: '/outcomes' }),
  memories: (
    channel: string,
    asked: { readonly view?: string; readonly q?: string },
  ): Resource<List<MemoryJson>> => {
    const query = new URLSearchParams(
      asked.q === undefined ? { view: asked.view ?? 'here' } : { q: asked.q },
    );
    return { path: `/channels/${part(channel)}/memories?${query.toString()}` };
  },
  memoryHistory: (channel: string, memory: string): Resource<MemoryHistoryJson> => ({
    path: `/channels/${part(channel)}/memories/${part(memory)}/history`,
  }),
  schedules: (): Resource<SchedulesJson> => ({ path: '/schedules' }),
  tools: (): Resource<ToolsJson> => ({ path: '/tools' }),
  serverReview: (server: string): Resource<ServerReviewJson> => ({ path: `/tools/${part(server)}/review` }),
  overview: (): Resource<OverviewJson> => ({ path: '/overview' }),
  search: (q: string): Resource<SearchJson> => ({ path: `/search?${new URLSearchParams({ q }).toString()}` }),
  notices: (): Resource<NoticesJson> => ({ path: '/me/notices' }),
  people: (): Resource<PeopleJson> => ({ path: '/people' }),
  policy: (): Resource<PolicyJson> => ({ path: '/policy' }),
  ledgers: (): Resource<LedgersJson> => ({ path: '/ledger' }),
  health: (): Resource<HealthJson> => ({ path: '/health' }),
  /** Stands in where a page has nothing to read. */
  nothing: (): Resource<never> => ({ path: 'local:nothing', isLocal: true }),
  outgoing: (thread: string): Resource<readonly Outgoing[]> => ({
    path: `local:outgoing/${thread}`,
    isLocal: true,
  }),
  streams: (thread: string): Resource<Streams> => ({ path: `local:streams/${thread}`, isLocal: true }),
};
