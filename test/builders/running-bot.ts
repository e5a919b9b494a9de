/** The real process, started as a user starts it, and what a person does with it over HTTP. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ApprovalJson, ItemJson, RunJson, ThreadJson } from '../../src/api/shapes.ts';
// The build script is plain JavaScript; this is the one function of it that tests need.
import { buildIfNeeded } from '../../scripts/build.js';
import { botEnvironment } from './store-lane.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Answer<T> {
  readonly status: number;
  readonly body: T;
}

export interface PersonAtWork {
  say(
    channel: string,
    text: string,
    more?: { readonly thread?: string; readonly id?: string },
  ): Promise<Answer<{ thread: string; run?: string }>>;
  get<T>(path: string): Promise<Answer<T>>;
  post<T>(path: string, body: unknown): Promise<Answer<T>>;
  thread(id: string): Promise<ThreadJson>;
  run(id: string): Promise<RunJson>;
  vote(
    approval: Pick<ApprovalJson, 'id' | 'digest'>,
    vote: 'approve' | 'deny',
    reason?: string,
  ): Promise<Answer<ApprovalJson & { code?: string; detail?: string }>>;
  press(
    action: string,
    text?: string,
  ): Promise<Answer<{ text?: string; code?: string; detail?: string; thread?: string; run?: string }>>;
  /** Waits for the pending approval of a run. */
  asked(run: string): Promise<ApprovalJson>;
  /** Waits until the run has one of these states. */
  until(run: string, ...states: readonly RunJson['status'][]): Promise<RunJson>;
}

export interface RunningBot {
  readonly url: string;
  readonly dataDir: string;
  readonly process: ChildProcess;
  as(person: string): PersonAtWork;
  output(): string;
  /** SIGKILL, as a power cut would; resolves when it is gone. */
  kill9(): Promise<void>;
  /** SIGINT; resolves with the exit code. */
  stop(): Promise<number | null>;
}

export interface BotOptions {
  readonly dataDir?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** How long its start may take; half a minute unless it says otherwise. */
  readonly startWithinMs?: number;
  /** The working folder: own policy.yaml, people.yaml and mcp.json lie there. */
  readonly cwd?: string;
}

export function aFolder(): string {
  return mkdtempSync(join(tmpdir(), 'countersign-test-'));
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** Runs the program until it ends by itself; for starts that must fail. */
export async function runToEnd(
  options: BotOptions,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const started = await launch(options);
  const code = await new Promise<number | null>((resolve) => started.child.once('exit', resolve));
  return { code, output: started.output() };
}

/** Runs the `countersign` command to its end, as an operator does beside a bot. */
export async function runCommand(
  args: readonly string[],
  options: BotOptions & { readonly input?: string } = {},
): Promise<{ readonly code: number | null; readonly output: string }> {
  await buildIfNeeded();
  const child = spawn(process.execPath, [join(root, 'dist/cli.js'), ...args], {
    cwd: options.cwd ?? options.dataDir ?? tmpdir(),
    env: await environmentFor(options),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const output = collect(child);
  child.stdin.end(options.input ?? '');
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, output: output() };
}

/** People at a bot that somebody else started. */
export function botAt(url: string): (person: string) => PersonAtWork {
  return (person) => atWork(url, `demo-${person}`);
}

export async function startBot(options: BotOptions = {}): Promise<RunningBot> {
  const dataDir = options.dataDir ?? aFolder();
  const { child, output } = await launch({ ...options, dataDir });
  const url = await eventually(
    () => /http:\/\/127\.0\.0\.1:\d+/u.exec(output())?.[0],
    options.startWithinMs ?? 30_000,
    () => `the bot did not start:\n${output()}`,
  ).catch((error: unknown) => {
    // Nobody would stop it.
    child.kill('SIGKILL');
    throw error;
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return {
    url,
    dataDir,
    process: child,
    output,
    as: (person) => atWork(url, `demo-${person}`),
    async kill9() {
      child.kill('SIGKILL');
      await ended;
    },
    async stop() {
      child.kill('SIGINT');
      return ended;
    },
  };
}

async function launch(
  options: BotOptions,
): Promise<{ readonly child: ChildProcess; readonly output: () => string }> {
  await buildIfNeeded();
  const child = spawn(process.execPath, [join(root, 'dist/main.js')], {
    cwd: options.cwd ?? options.dataDir ?? tmpdir(),
    env: await environmentFor(options),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { child, output: collect(child) };
}

async function environmentFor({ dataDir, cwd, env }: BotOptions): Promise<NodeJS.ProcessEnv> {
  return {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    PORT: '0',
    DATA_DIR: dataDir,
    ...(dataDir !== undefined && (await botEnvironment(dataDir, cwd))),
    ...env,
  };
}

function collect(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
  }
  return () => text;
}

function atWork(url: string, token: string): PersonAtWork {
  async function call<T>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    // The test names the shape it expects of this address and looks at the fields itself.
    return { status: response.status, body: (await response.json()) as T };
  }
  const person: PersonAtWork = {
    say: (channel, text, more = {}) => call('POST', '/messages', { channel, text, ...more }),
    get: (path) => call('GET', path),
    post: (path, body) => call('POST', path, body),
    thread: async (id) => (await call<ThreadJson>('GET', `/threads/${encodeURIComponent(id)}`)).body,
    run: async (id) => (await call<RunJson>('GET', `/runs/${id}`)).body,
    vote: ({ id, digest }, vote, reason) =>
      call('POST', `/approvals/${id}/votes`, { vote, digest, ...(reason !== undefined && { reason }) }),
    press: (action, text) => call('POST', '/actions', { action, ...(text !== undefined && { text }) }),
    asked: (run) => {
      // A busy process answers nothing of the list for a moment; what it said instead belongs to the failure.
      let last = '';
      return eventually(
        async () => {
          const { status, body } = await call<{ items?: ApprovalJson[] }>('GET', '/approvals?state=pending');
          last = body.items === undefined ? `${String(status)} ${JSON.stringify(body)}` : '';
          return body.items?.find((approval) => approval.run === run);
        },
        30_000,
        () => `nothing was asked for ${run}${last === '' ? '' : `: ${last}`}`,
      );
    },
    until: (run, ...states) =>
      eventually(
        async () => {
          const { body } = await call<RunJson>('GET', `/runs/${run}`);
          return states.includes(body.status) ? body : undefined;
        },
        30_000,
        () => `${run} did not become ${states.join(' or ')}`,
      ),
  };
  return person;
}

/** How many times as long everybody waits; for long runs beside much else. */
const patience = Number(process.env['PATIENCE'] ?? 1);

/** Looks again and again until there is an answer; fails with `why` after `ms`. */
export async function eventually<T>(
  look: () => T | undefined | Promise<T | undefined>,
  ms = 40_000,
  why: () => string = () => 'it did not happen',
): Promise<T> {
  const end = Date.now() + ms * patience;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(why());
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

export function textOf(items: readonly ItemJson[]): string {
  return items.map((item) => item.text).join('\n');
}

export function hasChromium(): boolean {
  return existsSync('/usr/bin/chromium');
}
