/** A real HTTP server over a backend in memory, and ways to call it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HttpRoute } from '../../../src/chat/http-route.ts';
import type { ApiBackend, Refusal } from '../../../src/api/backend.ts';
import type { McpDesk } from '../../../src/api/mcp/mcp-desk.ts';
import { createMetrics } from '../../../src/api/metrics.ts';
import { createHttpServer } from '../../../src/api/server.ts';
import type { HttpLimits } from '../../../src/api/server.ts';
import type { ApprovalJson, CommitJson, EventJson, RunJson, ThreadJson } from '../../../src/api/shapes.ts';
import type { Clock } from '../../../src/core/clock.ts';
import { sha256 } from '../../../src/core/hash.ts';
import { asActorId } from '../../../src/core/ids.ts';
import type { Logger } from '../../../src/core/logger.ts';
import type { FreezeAnswer } from '../../../src/gate/freezer.ts';
import type { Person } from '../../../src/people/person.ts';

export interface ManualClock extends Clock {
  advance(ms: number): void;
  readonly pending: number;
}

export function aClock(): ManualClock {
  let nowMs = Date.parse('2026-01-05T10:00:00.000Z');
  const timers = new Set<{ dueMs: number; everyMs: number | undefined; action: () => void }>();
  const add = (ms: number, everyMs: number | undefined, action: () => void) => {
    const timer = { dueMs: nowMs + ms, everyMs, action };
    timers.add(timer);
    return { cancel: () => void timers.delete(timer) };
  };
  return {
    now: () => new Date(nowMs),
    monotonicMs: () => nowMs,
    after: (ms, action) => add(ms, undefined, action),
    every: (ms, action) => add(ms, ms, action),
    advance(ms) {
      nowMs += ms;
      for (const timer of [...timers]) {
        while (timers.has(timer) && timer.dueMs <= nowMs) {
          if (timer.everyMs === undefined) timers.delete(timer);
          else timer.dueMs += timer.everyMs;
          timer.action();
        }
      }
    },
    get pending() {
      return timers.size;
    },
  };
}

export const aPerson = (id: string, roles: readonly string[] = []): Person => ({
  id: asActorId(id),
  name: id,
  roles,
  slack: [],
  discord: [],
  tokenSha256: [sha256(`token-${id}`)],
});

export const aRunJson = (): RunJson => ({
  id: 'run_1',
  workflow: 'refund',
  status: 'waiting',
  thread: 'console:general/1',
  startedBy: 'ana',
  startedAt: '2026-01-05T10:00:00.000Z',
});

export const digest = 'd'.repeat(64);

export const anApprovalJson = (): ApprovalJson => ({
  id: 'apr_1',
  state: 'pending',
  digest,
  run: 'run_1',
  thread: null,
  tool: 'billing/refund',
  arguments: { amount: 40 },
  requestedBy: 'ana',
  votes: [],
  quorum: 1,
  approvers: ['approver'],
  requirements: [],
  expiresAt: '2026-01-06T10:00:00.000Z',
  title: 'Refund 40 EUR',
  laterWords: 0,
  questions: [],
  edits: [],
  card: {
    kind: 'approval',
    title: 'Refund 40 EUR',
    lines: [],
    fields: [],
    actions: [],
    fallback: 'Refund 40 EUR',
  },
});

const refusal = (status: Refusal['status'], code: string): Refusal => ({
  kind: 'refused',
  status,
  code,
  detail: `No: ${code}.`,
});

/** Nothing can be asked there. */
export const noMcp: McpDesk = {
  workflows: () => [],
  start: () => Promise.resolve(refusal(404, 'workflow.unknown')),
  ask: () => Promise.resolve(refusal(404, 'channel.unknown')),
  run: () => Promise.resolve(undefined),
  approval: () => Promise.resolve(undefined),
  memories: () => Promise.resolve(undefined),
};

export interface MemoryBackend extends ApiBackend {
  /** Replaces the answer of the next calls by something thrown. */
  fail: Error | undefined;
  whyNot: string | undefined;
  /** Tokens that were looked at, in order. */
  readonly looked: string[];
  readonly said: { readonly by: string; readonly text: string }[];
  readonly asked: unknown[];
  readonly subscribers: Set<(event: EventJson) => void>;
  removePerson(id: string): void;
  /** Held answers wait until this is called. */
  hold(): () => void;
}

export function aBackend(): MemoryBackend {
  const persons = new Map(
    [aPerson('ana'), aPerson('ben', ['approver']), aPerson('dev')].map((person) => [person.id, person]),
  );
  const thread: ThreadJson = { id: 'console:general/1', channel: 'console:general', items: [] };
  const approval = anApprovalJson();
  const noCommits: readonly CommitJson[] = [];
  let held: Promise<void> | undefined;
  const refusedFreeze: FreezeAnswer = { kind: 'refused', why: 'not-entitled', text: 'Not for you.' };
  const refuseFreeze = (): Promise<FreezeAnswer> => Promise.resolve(refusedFreeze);
  const backend: MemoryBackend = {
    freezer: {
      state: () => Promise.resolve({ voidUntil: 0, glasses: [] }),
      freeze: refuseFreeze,
      unfreeze: refuseFreeze,
      askForGlass: refuseFreeze,
      breakGlass: refuseFreeze,
      reviewGlass: refuseFreeze,
    },
    memoryDesk: {
      list: () => Promise.resolve(undefined),
      correct: () => Promise.resolve(undefined),
      history: () => Promise.resolve(undefined),
      previewForget: () => Promise.resolve(undefined),
      forget: () => Promise.resolve(undefined),
    },
    listOutcomes: () => Promise.resolve({ items: [] }),
    scheduleBoard: {
      list: () => Promise.resolve({ items: [], zone: 'UTC', workflows: [] }),
      make: () => Promise.resolve(refusal(422, 'schedule.invalid')),
      change: () => Promise.resolve(refusal(404, 'schedule.unknown')),
    },
    operateRun: () => Promise.resolve({ kind: 'done', text: 'Paused.' }),
    publishSignal: () => Promise.resolve({ isNew: true }),
    grant: () => Promise.resolve(refusal(422, 'grant.refused')),
    revokeGrant: () => Promise.resolve(refusal(404, 'grant.unknown')),
    listGrants: () => Promise.resolve([]),
    fail: undefined,
    whyNot: undefined,
    looked: [],
    said: [],
    asked: [],
    subscribers: new Set(),
    removePerson: (id) => void persons.delete(asActorId(id)),
    hold() {
      let release = (): void => undefined;
      held = new Promise((resolve) => {
        release = resolve;
      });
      return release;
    },
    findByToken(token) {
      backend.looked.push(token);
      const hash = sha256(token);
      return [...persons.values()].find((person) => person.tokenSha256.includes(hash));
    },
    async me(person) {
      await Promise.resolve();
      if (backend.fail !== undefined) throw backend.fail;
      return {
        id: person.id,
        name: person.name,
        roles: [...person.roles],
        channels: [],
        people: [],
        model: 'demo',
        suggestions: [],
        waitingApprovals: 0,
      };
    },
    keepFile: (_person, name, bytes) =>
      Promise.resolve({
        kind: 'kept',
        file: { id: 'files/1', name, mediaType: 'application/octet-stream', size: bytes.length },
      }),
    completeCommand: () => Promise.resolve([]),
    command: () => Promise.resolve({ kind: 'answered', text: 'Nothing waits for you.' }),
    async sendMessage(person, input) {
      if (held !== undefined) await held;
      if (input.channel === 'board') return refusal(403, 'channel.closed');
      backend.said.push({ by: person.id, text: input.text });
      return { kind: 'taken', thread: input.thread ?? thread.id, run: 'run_1' };
    },
    listThreads: (_person, channel, cursor) => {
      backend.asked.push({ channel, cursor });
      return Promise.resolve(channel === 'console:general' ? { items: [] } : undefined);
    },
    readThread: (_person, id) => Promise.resolve(id === thread.id ? thread : undefined),
    listRuns: (_person, filter) => {
      backend.asked.push(filter);
      return Promise.resolve({ items: [aRunJson()], next: 'c2' });
    },
    readRun: (_person, id) => Promise.resolve(id === 'run_1' ? aRunJson() : undefined),
    readFile: () => Promise.resolve(undefined),
    readLedger: (_person, id) => Promise.resolve(id === 'run_1' ? { items: noCommits } : undefined),
    stopRun: (_person, id, reason) => {
      backend.asked.push({ stop: id, reason });
      return Promise.resolve(
        id === 'run_1'
          ? { kind: 'stopped', run: { ...aRunJson(), status: 'stopped' } }
          : refusal(404, 'run.unknown'),
      );
    },
    listApprovals: (_person, filter) => {
      backend.asked.push(filter);
      return Promise.resolve({ items: [approval] });
    },
    readApproval: (_person, id) => Promise.resolve(id === approval.id ? approval : undefined),
    vote(person, id, input) {
      if (id === 'apr_old') return Promise.resolve(refusal(410, 'approval.expired'));
      if (id !== approval.id) return Promise.resolve(refusal(404, 'approval.unknown'));
      if (!person.roles.includes('approver')) {
        return Promise.resolve({
          ...refusal(403, 'approval.not-entitled'),
          continueAs: [{ id: 'ben', name: 'Ben' }],
        });
      }
      if (input.digest !== digest) return Promise.resolve(refusal(409, 'approval.stale'));
      return Promise.resolve({
        kind: 'counted',
        approval: { ...approval, state: 'approved' },
        text: 'Approved.',
      });
    },
    act: (_person, input) =>
      Promise.resolve(
        input.action === 'v1:x:gone'
          ? refusal(410, 'action.gone')
          : { kind: 'done', text: `Did ${input.action}.` },
      ),
    findForm: () => Promise.resolve(undefined),
    look: {
      overview: () => Promise.reject(new Error('not asked here')),
      search: (_person, words) => {
        backend.asked.push({ search: words });
        return Promise.resolve({ items: [], searched: 0, isAll: true });
      },
      people: () => ({ isDemonstration: true, persons: [], roles: [], unheld: [] }),
      policy: () => ({ file: 'policy.yaml', digest, reviewedServers: [], lines: [] }),
      ledgers: () => Promise.resolve({ seals: [], items: [] }),
    },
    reviewDesk: {
      read: () => Promise.resolve(refusal(404, 'tool-server.unknown')),
      accept: () => Promise.resolve(refusal(404, 'tool-server.unknown')),
    },
    noticeDesk: {
      read: () => Promise.reject(new Error('not asked here')),
      change: () => Promise.resolve(refusal(422, 'notices.misunderstood')),
    },
    listTools: () => Promise.resolve({ items: [], servers: [] }),
    health: () => Promise.resolve({ checks: [{ name: 'store', state: 'ok', detail: 'fine' }] }),
    subscribe(_person, send) {
      backend.subscribers.add(send);
      return () => void backend.subscribers.delete(send);
    },
    whyNotReady: () => Promise.resolve(backend.whyNot),
  };
  return backend;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface World {
  readonly url: string;
  readonly port: number;
  readonly backend: MemoryBackend;
  readonly clock: ManualClock;
  readonly logged: { readonly event: string; readonly fields: unknown }[];
  /** As a person, with JSON; `token` overrides the person's, null sends none. */
  call(
    method: string,
    path: string,
    options?: { as?: string; token?: string | null; body?: unknown; headers?: Record<string, string> },
  ): Promise<Answer>;
  /** Headers exactly as given, Host included. */
  raw(options: {
    method?: string;
    path: string;
    headers: Record<string, string>;
    body?: string | Buffer;
  }): Promise<Answer>;
  /** Bytes on a socket, and all that comes back until the server closes. */
  bytes(...parts: string[]): Promise<string>;
  stop(): Promise<void>;
}

export async function aWorld(
  options: {
    host?: string;
    publicUrl?: string;
    pagesDir?: string;
    limits?: Partial<HttpLimits>;
    extraRoutes?: readonly HttpRoute[];
  } = {},
): Promise<World> {
  const backend = aBackend();
  const clock = aClock();
  const logged: { event: string; fields: unknown }[] = [];
  const note = (event: string, fields?: Record<string, unknown>): void => void logged.push({ event, fields });
  const logger: Logger = { debug: note, info: note, warn: note, error: note };
  const empty = await mkdtemp(join(tmpdir(), 'countersign-pages-'));
  const server = createHttpServer({
    backend,
    mcp: noMcp,
    clock,
    logger,
    metrics: createMetrics(),
    host: options.host ?? '127.0.0.1',
    port: 0,
    publicUrl: options.publicUrl,
    pagesDir: options.pagesDir ?? empty,
    extraRoutes: options.extraRoutes ?? [],
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  const { url } = await server.start();
  const port = Number(new URL(url).port);

  const raw: World['raw'] = ({ method = 'GET', path, headers, body }) =>
    new Promise((resolve, reject) => {
      const sent = httpRequest({ host: '127.0.0.1', port, method, path, headers, agent: false }, (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('error', reject);
        answer.on('end', () => {
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            text: Buffer.concat(parts).toString('utf8'),
          });
        });
      });
      sent.on('error', reject);
      sent.end(body);
    });

  return {
    url,
    port,
    backend,
    clock,
    logged,
    raw,
    call(method, path, { as = 'ana', token = `token-${as}`, body, headers = {} } = {}) {
      const text = body === undefined ? undefined : JSON.stringify(body);
      return raw({
        method,
        path,
        headers: {
          host: `127.0.0.1:${String(port)}`,
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(text === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) }),
          ...headers,
        },
        ...(text === undefined ? {} : { body: text }),
      });
    },
    bytes: (...parts) =>
      new Promise((resolve, reject) => {
        const socket = connect(port, '127.0.0.1');
        let text = '';
        socket.on('data', (part) => (text += part.toString('utf8')));
        socket.on('error', reject);
        socket.on('close', () => {
          resolve(text);
        });
        for (const part of parts) socket.write(part);
      }),
    async stop() {
      await server.stop();
      await rm(empty, { recursive: true, force: true });
    },
  };
}

/** The problem in an answer; throws unless it is one, in full. */
export function problemIn(
  answer: Answer,
): { readonly status: number; readonly code: string; readonly detail: string } & Record<string, unknown> {
  if (!(answer.headers['content-type'] ?? '').startsWith('application/problem+json'))
    throw new Error(`No problem: ${answer.text}`);
  // A problem by its media type; the checks below look at the rest.
  const problem = JSON.parse(answer.text) as {
    type: string;
    title: string;
    status: number;
    code: string;
    detail: string;
  };
  for (const field of ['type', 'title', 'code', 'detail'] as const) {
    if (typeof problem[field] !== 'string') throw new Error(`Problem without ${field}: ${answer.text}`);
  }
  if (problem.status !== answer.status)
    throw new Error(`Status ${String(answer.status)}, but the problem says ${String(problem.status)}`);
  return { ...problem };
}
