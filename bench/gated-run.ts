/**
 * One gated run, as the target names it: message, model, read tool with 1 KB result, model, gated tool, durable
 * wait with nothing in memory, approval in a separate call that reloads the run, tool, model, reply.
 *
 * The whole product works on it: router, engine, agent, policy, gate, digest, card, ledger and projections on the
 * local store with `synchronous=FULL`. Only the model is scripted and the tools are in process.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from '../src/app.ts';
import type { App } from '../src/app.ts';
import type { Config } from '../src/config.ts';
import { systemClock } from '../src/core/clock.ts';
import { silentLogger } from '../src/core/logger.ts';
import { silentMetrics } from '../src/core/metrics.ts';
import { parsePolicy } from '../src/gate/parse-policy.ts';
import type { LedgerStore } from '../src/ledger/store.ts';
import type { Model, ModelAnswer, ModelRequest } from '../src/models/model.ts';
import { demonstrationPeople } from '../src/people/parse-people.ts';
import type { Person } from '../src/people/person.ts';
import { openLocalStore } from '../src/stores/local/local-store.ts';
import { createLocalTools } from '../src/tools/local-tools.ts';

export interface Bench {
  readonly app: App;
  /** Brings one run from its message to its reply. `thread` continues an old one. */
  run(thread?: string): Promise<void>;
  /** Brings one run from its message to its question. */
  ask(thread?: string): Promise<Asked>;
  /** Approves what a run asked; resolves when the run is done. */
  decide(asked: Asked): Promise<void>;
  flushes(): number;
  commits(): number;
  /** Bytes on disk, the write-ahead log included. */
  bytes(): number;
  /** Removes its folder too, unless it is kept. */
  close(isKept?: boolean): Promise<void>;
}

export interface Asked {
  readonly run: string;
  readonly approval: string;
}

const policyText = `
version: 1
default: { verdict: ask, approvers: [approver], quorum: 1, excludeRequester: true, expiresIn: 24h, effect: opaque, notify: thread }
servers: { bench: { reviewed: true, trust: trusted } }
tools:
  bench/look: { effect: read, verdict: allow }
  bench/pay: { effect: opaque, verdict: ask, approvers: [finance], title: "Pay {amount} to {to}" }
rules:
  - { id: large, tool: bench/pay, when: "args.amount > 500", verdict: ask_two, approvers: [approver] }
`;

const kilobyte = JSON.stringify({
  invoice: 1042,
  lines: 'a line of an invoice, forty bytes long.. '.repeat(24),
});

/** Looks, then pays, then answers; without any delay. */
function createScriptedModel(): Model {
  const usage = { inputTokens: 900, cachedInputTokens: 0, outputTokens: 60 };
  const call = (name: string, value: Record<string, string | number>): ModelAnswer => ({
    text: 'I look it up.',
    calls: [{ id: `toolu_${name}`, name, input: { kind: 'parsed', value } }],
    stop: 'tool-use',
    usage,
    model: 'scripted',
  });
  return {
    name: 'scripted',
    ask(request: ModelRequest) {
      const turns = request.messages.filter((message) => message.role === 'tool').length;
      if (turns === 0) return Promise.resolve(call('bench__look', { invoice: 1042 }));
      if (turns === 1) return Promise.resolve(call('bench__pay', { amount: 120, to: 'acme' }));
      return Promise.resolve({
        text: 'Paid: 120.00 to Acme.',
        calls: [],
        stop: 'end',
        usage,
        model: 'scripted',
      });
    },
  };
}

export async function openBench(folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'))): Promise<Bench> {
  const store = await openLocalStore({ folder, clock: systemClock });
  const watched = watch(store.ledger);
  const people = demonstrationPeople();
  const number = { type: 'number' } as const;
  const tools = createLocalTools([
    {
      name: 'bench/look',
      description: 'Reads an invoice.',
      inputSchema: { type: 'object', properties: { invoice: number } },
      run: () => kilobyte,
    },
    {
      name: 'bench/pay',
      description: 'Pays.',
      inputSchema: { type: 'object', properties: { amount: number, to: { type: 'string' } } },
      run: () => 'Paid, receipt R-1.',
    },
  ]);
  const app = await createApp({
    config: benchConfig(folder),
    clock: systemClock,
    logger: silentLogger,
    metrics: silentMetrics,
    dist: '',
    parts: {
      store: { ...store, ledger: watched.ledger },
      model: createScriptedModel(),
      tools,
      people,
      policy: parsePolicy(policyText, 'bench.yaml'),
    },
  });
  const person = (name: string): Person => {
    const found = people.findPerson(name);
    if (found === undefined) throw new Error(`${name} is a demonstration person.`);
    return found;
  };
  const [ana, ben] = [person('ana'), person('ben')];
  async function ask(thread?: string): Promise<Asked> {
    const sent = await app.backend.sendMessage(ana, {
      channel: 'finance',
      text: 'Pay invoice 1042 of Acme, 120 dollars.',
      ...(thread !== undefined && { thread }),
    });
    if (sent.kind !== 'taken' || sent.run === undefined) throw new Error('The message was not taken.');
    return { run: sent.run, approval: await watched.asked(sent.run) };
  }
  async function decide({ run, approval }: Asked): Promise<void> {
    const card = await app.backend.readApproval(ben, approval);
    if (card === undefined) throw new Error('The approval is not there.');
    const done = watched.finished(run);
    const vote = await app.backend.vote(ben, approval, { vote: 'approve', digest: card.digest });
    if (vote.kind !== 'counted') throw new Error(vote.detail);
    await done;
  }
  return {
    app,
    ask,
    decide,
    run: async (thread) => decide(await ask(thread)),
    flushes: () => store.flushes(),
    commits: () => watched.count(),
    bytes: () =>
      ['', '-wal'].reduce(
        (sum, end) =>
          sum + (statSync(join(folder, `countersign.db${end}`), { throwIfNoEntry: false })?.size ?? 0),
        0,
      ),
    async close(isKept = false) {
      await app.stop();
      if (!isKept) rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Watched {
  readonly ledger: LedgerStore;
  /** Resolves with the approval of a run once its question is durable. */
  asked(run: string): Promise<string>;
  finished(run: string): Promise<void>;
  count(): number;
}

/** Sees rows pass by, so that the bench neither polls nor sleeps. */
function watch(ledger: LedgerStore): Watched {
  const seen = new Map<string, string>();
  const waiting = new Map<string, (value: string) => void>();
  let commits = 0;
  const tell = (key: string, value: string): void => {
    const resolve = waiting.get(key);
    if (resolve === undefined) seen.set(key, value);
    else {
      waiting.delete(key);
      resolve(value);
    }
  };
  const wait = (key: string): Promise<string> => {
    const value = seen.get(key);
    if (value !== undefined) {
      seen.delete(key);
      return Promise.resolve(value);
    }
    return new Promise((resolve) => waiting.set(key, resolve));
  };
  return {
    count: () => commits,
    asked: (run) => wait(`asked ${run}`),
    async finished(run) {
      await wait(`done ${run}`);
    },
    ledger: {
      ...ledger,
      async append(draft, rows) {
        const result = await ledger.append(draft, rows);
        commits += 1;
        for (const { table, row } of rows) {
          // Rows of these tables have these fields; see runs/store.ts.
          const { id, run, state, status } = row as {
            id: string;
            run?: string;
            state?: string;
            status?: string;
          };
          if (table === 'approvals' && state === 'pending') tell(`asked ${String(run)}`, id);
          if (table === 'runs' && status === 'done') tell(`done ${id}`, '');
        }
        return result;
      },
    },
  };
}

function benchConfig(dataDir: string): Config {
  const file = { path: '', isShipped: true };
  return {
    dataDir,
    host: '127.0.0.1',
    port: 0,
    model: 'demo',
    anthropic: {},
    embedder: 'none',
    voyage: {},
    openai: {},
    mcpConfig: file,
    policyFile: file,
    peoplePath: '',
    guardrailsPath: '',
    knowledgePath: '',
    timeZone: 'UTC',
    logLevel: 'silent',
    platforms: [],
    callTimeoutMs: 60_000,
    secrets: [],
    environment: {},
  };
}
