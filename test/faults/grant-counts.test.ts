/** A grant's count and a budget's room under several processes on one store, and after one of them died. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import { systemClock } from '../../src/core/clock.ts';
import { createBudgets } from '../../src/gate/budgets.ts';
import { foldGrants } from '../../src/gate/grant-state.ts';
import type { GrantsState } from '../../src/gate/grant-state.ts';
import { createGrants } from '../../src/gate/grants.ts';
import type { Grants } from '../../src/gate/grants.ts';
import { createSmallStream } from '../../src/ledger/small-stream.ts';
import { createRunsBeside } from '../../src/runs/runs-beside.ts';
import { openLocalStore } from '../../src/stores/local/local-store.ts';
import type { LocalStore } from '../../src/stores/local/local-store.ts';
import { aMovedClock } from '../builders/moved-clock.ts';
import { noonZone } from '../builders/noon-zone.ts';
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

/** Calls of all processes together; `npm run faults:counts` runs a thousand. */
const all = Number(process.env['COUNTED'] ?? '60');
const each = all / 4;
/** Fewer than there are calls, and more than one process has. */
const uses = Math.floor(all * 0.3);
const patience = 60_000 + all * 200;

/** How many calls of each of four processes, all at once, got a use. */
async function fourAtOnce(...more: readonly string[]): Promise<number> {
  const program = await aWorkerProgram();
  const started = [0, 1, 2, 3].map((part) => start(program, [String(part * each), String(each), ...more]));
  const got = (await Promise.all(started.map(({ said }) => said))).map(gotOf);
  return got.reduce((sum, count) => sum + count, 0);
}

/** A process takes what it can, and is killed before any of it is used; the sweep looks a minute later. */
async function killHolding(...more: readonly string[]): Promise<void> {
  const { child, said } = start(await aWorkerProgram(), ['0', String(each), 'open', ...more]);
  expect(gotOf(await said)).toBe(each);
  child.kill('SIGKILL');
}

describe('given a grant of fewer uses than four processes have calls', () => {
  it(
    'when all reserve at once, then exactly as many calls as it has uses get one',
    async () => {
      await aGrant(uses);

      expect(await fourAtOnce()).toBe(uses);

      const [grant] = await aReader().list();
      expect(new Set(grant?.taken.map((use) => use.call)).size).toBe(uses);
    },
    patience,
  );

  it(
    'when a process dies with its uses reserved and nothing sent, then the sweep gives them back',
    async () => {
      await aGrant(uses);
      await killHolding();
      const clock = aMovedClock();
      clock.advance(60_000);

      await aReader(clock).sweep();

      expect((await aReader().list())[0]?.taken).toEqual([]);
      const { said: again } = start(await aWorkerProgram(), [String(all), String(each)]);
      expect(gotOf(await again)).toBe(each);
    },
    patience,
  );
});

describe('given a budget for the day with less room than four processes want', () => {
  const timeZone = noonZone();
  const limit = String(uses * 100);
  const account = async (clock = systemClock) => {
    const runs = createRunsBeside({ ledger: store.ledger, clock });
    const budgets = createBudgets({ ledger: store.ledger, runs, clock, timeZone });
    await budgets.sweep();
    return (await budgets.today()).accounts.get('day');
  };

  it(
    'when all reserve at once, then exactly as many are asked as there is room for, and all of it is counted',
    async () => {
      expect(await fourAtOnce('', limit, timeZone)).toBe(uses);

      expect(await account()).toMatchObject({ spent: { tokens: uses * 100 }, held: { tokens: 0 } });
    },
    patience,
  );

  it(
    'when a process dies with room reserved, then it is held until the sweep gives it back, and others use it',
    async () => {
      await killHolding(limit, timeZone);
      expect(await account()).toMatchObject({ spent: { tokens: 0 }, held: { tokens: each * 100 } });
      const clock = aMovedClock();
      clock.advance(60_000);

      expect(await account(clock)).toMatchObject({ spent: { tokens: 0 }, held: { tokens: 0 } });

      expect(await fourAtOnce('', limit, timeZone)).toBe(uses);
    },
    patience,
  );
});
