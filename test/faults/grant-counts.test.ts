/** A grant's count under several processes on one store, and after one of them died. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import { systemClock } from '../../src/core/clock.ts';
import { foldGrants } from '../../src/gate/grant-state.ts';
import type { GrantsState } from '../../src/gate/grant-state.ts';
import { createGrants } from '../../src/gate/grants.ts';
import type { Grants } from '../../src/gate/grants.ts';
import { createSmallStream } from '../../src/ledger/small-stream.ts';
import { createRunsBeside } from '../../src/runs/runs-beside.ts';
import { openLocalStore } from '../../src/stores/local/local-store.ts';
import type { LocalStore } from '../../src/stores/local/local-store.ts';
import { aMovedClock } from '../builders/moved-clock.ts';
import { aFolder, removeFolder } from '../builders/running-bot.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;
let store: LocalStore;
const children: ChildProcess[] = [];

beforeEach(async () => {
  folder = aFolder();
  store = await openLocalStore({ folder, clock: systemClock });
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await store.close();
  removeFolder(folder);
});

async function aGrant(uses: number): Promise<void> {
  const stream = createSmallStream<GrantsState>({
    store: store.ledger,
    stream: 'grants/books/pay',
    empty: [],
    fold: foldGrants,
  });
  const data = {
    grant: 'grant_1',
    tool: 'books/pay',
    serverIdentity: 'identity',
    definitionHash: 'definition',
    by: 'ben',
    requester: 'ana',
    workflow: 'assistant',
    channel: 'console:finance',
    run: 'run_0',
    approval: 'apr_0',
    uses,
    expiresAt: Date.now() + 3_600_000,
  };
  const terms = JSON.stringify({ amount: { kind: 'atMost', value: 50 } });
  await stream.append('ben', () => [{ kind: 'grant.made', v: 1, data, texts: { terms } }]);
}

async function aWorkerProgram(): Promise<string> {
  // Beside node_modules, so that the store's library is found.
  const outfile = join(root, 'node_modules', '.cache', `grant-worker-${String(process.pid)}.mjs`);
  await build({
    entryPoints: [join(root, 'test/builders/grant-worker.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
  return outfile;
}

function start(program: string, args: readonly string[]): { child: ChildProcess; said: Promise<string> } {
  const child = spawn(process.execPath, [program, folder, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const said = new Promise<string>((resolve) => {
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('\n')) resolve(text);
    });
    child.once('exit', () => {
      resolve(text);
    });
  });
  return { child, said };
}

function aReader(clock = systemClock): Grants {
  const runs = createRunsBeside({ ledger: store.ledger, clock });
  return createGrants({ ledger: store.ledger, runs, clock });
}

function gotOf(line: string): number {
  // The worker prints one line of JSON with its count.
  return (JSON.parse(line) as { got: number }).got;
}

describe('given a grant of 300 uses and four processes with 250 calls each', () => {
  it('when all reserve at once, then exactly 300 calls get one', async () => {
    await aGrant(300);
    const program = await aWorkerProgram();

    const started = [0, 250, 500, 750].map((first) => start(program, [String(first), '250']));
    const got = (await Promise.all(started.map(({ said }) => said))).map(gotOf);

    expect(got.reduce((sum, count) => sum + count, 0)).toBe(300);
    const [grant] = await aReader().list();
    expect(new Set(grant?.taken.map((use) => use.call)).size).toBe(300);
  }, 60_000);

  it('when a process dies with its uses reserved and nothing sent, then the sweep gives them back', async () => {
    await aGrant(300);
    const program = await aWorkerProgram();
    const { child, said } = start(program, ['0', '250', 'open']);
    expect(gotOf(await said)).toBe(250);
    child.kill('SIGKILL');
    const clock = aMovedClock();
    clock.advance(60_000);

    await aReader(clock).sweep();

    expect((await aReader().list())[0]?.taken).toEqual([]);
    const { said: again } = start(program, ['1000', '250']);
    expect(gotOf(await again)).toBe(250);
  }, 60_000);
});
