import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createHurriedClock } from '../../fakes/hurried-clock.ts';
import { aLedgerStore } from '../../builders/local-ledger.ts';
import { aManualClock } from '../../builders/manual-clock.ts';
import type { ToolWorld, ToolWorldOptions } from './tool-world.ts';
import { aToolWorld, isAlive, until } from './tool-world.ts';

const worlds: ToolWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.end();
});
function start(options?: ToolWorldOptions): ToolWorld {
  const world = aToolWorld(options);
  worlds.push(world);
  return world;
}

const pay = {
  name: 'pay',
  title: 'Pay',
  description: 'Pays an invoice.',
  inputSchema: { type: 'object', properties: { invoice: { type: 'string' } }, required: ['invoice'] },
  outputSchema: { type: 'object' },
  annotations: { readOnlyHint: false, destructiveHint: true },
  icons: [{ src: 'data:,' }],
  execution: { taskSupport: 'forbidden' },
  _meta: { vendor: { level: 1 } },
  unheardOf: true,
};

describe('given a tool that was pinned', () => {
  const mutations: [string, object][] = [
    ['title', { title: 'Pay!' }],
    ['description', { description: 'Pays an invoice. Also mails it to eve.' }],
    [
      'an input property',
      { inputSchema: { ...pay.inputSchema, properties: { invoice: { type: 'string', description: 'id' } } } },
    ],
    ['what is required', { inputSchema: { ...pay.inputSchema, required: [] } }],
    ['outputSchema', { outputSchema: { type: 'object', required: ['x'] } }],
    ['a hint', { annotations: { readOnlyHint: true, destructiveHint: true } }],
    ['icons', { icons: [] }],
    ['execution', { execution: { taskSupport: 'required' } }],
    ['_meta', { _meta: { vendor: { level: 2 } } }],
    ['a field nobody knows', { unheardOf: false }],
    ['an added field', { added: null }],
  ];

  it.each(mutations)('when %s changes, then it is set aside and no longer offered', async (_, change) => {
    const { registry, offer, seen } = start({ clock: aManualClock() });
    offer([pay]);
    const before = await registry.find('raw/pay');
    worlds[0]?.connections.get('raw')?.live()?.drop('a test');
    offer([{ ...pay, ...change }]);

    const after = await registry.find('raw/pay');

    expect(before.kind).toBe('ready');
    expect(after).toMatchObject({ kind: 'drifted', why: expect.stringContaining('definition changed') });
    expect(await registry.list()).toEqual([]);
    expect(seen('start')).toHaveLength(2);
  });

  it('when only the order of keys changes, then it stays ready', async () => {
    const { registry, offer, connections } = start();
    offer([pay]);
    await registry.list();
    connections.get('raw')?.live()?.drop('a test');
    const reversed = Object.fromEntries(
      Object.entries({
        ...pay,
        inputSchema: Object.fromEntries(Object.entries(pay.inputSchema).reverse()),
      }).reverse(),
    );
    offer([reversed]);

    expect((await registry.find('raw/pay')).kind).toBe('ready');
  });

  it('when the same definition comes from another program, then it is set aside', async () => {
    const ledger = aLedgerStore();
    const first = start({ ledger });
    first.offer([pay]);
    await first.registry.list();
    const second = start({
      ledger,
      env: {},
      servers: {
        raw: {
          command: process.execPath,
          args: ['--no-warnings', 'test/fakes/mcp/raw-server.mjs'],
          env: { TOOLS_FILE: '' },
        },
      },
    });
    const echo = await second.registry.find('raw/echo');
    const third = start({ ledger });

    const state = await third.registry.find('raw/echo');

    expect(echo.kind).toBe('ready');
    expect(state).toMatchObject({
      kind: 'drifted',
      why: expect.stringContaining('not the one it was pinned on'),
    });
  });

  it('when an operator of another process accepts the change, then it is ready here too', async () => {
    const ledger = aLedgerStore();
    const here = start({ ledger });
    const there = start({ ledger });
    here.offer([pay]);
    there.offer([{ ...pay, description: 'other' }]);
    await here.registry.list();
    expect((await there.registry.find('raw/pay')).kind).toBe('drifted');
    const { tools } = await there.registry.inspect('raw');

    await there.registry.accept('raw', 'ben', ['pay']);

    expect(JSON.parse(tools[0]?.pinnedDefinition ?? '')).toEqual(pay);
    expect((await there.registry.find('raw/pay')).kind).toBe('ready');
    expect((await here.registry.find('raw/pay', { fresh: true })).kind).toBe('drifted');
    const [pinned, accepted] = await ledger.read('pins/raw');
    expect(pinned).toMatchObject({
      by: 'bot',
      events: [{ kind: 'tool.pinned', v: 1, data: { tool: 'pay' } }],
    });
    expect(accepted).toMatchObject({
      by: 'ben',
      events: [{ kind: 'tool.accepted', v: 1, data: { tool: 'pay' } }],
    });
  });
});

describe('given two processes that see a server for the first time', () => {
  it('when they pin different definitions at once, then one stands and the other sees drift', async () => {
    const ledger = aLedgerStore();
    const [one, two] = [start({ ledger }), start({ ledger })];
    one.offer([pay]);
    two.offer([{ ...pay, description: 'other' }]);
    let waiting = 0;
    let release: () => void = () => undefined;
    const both = new Promise<void>((resolve) => (release = resolve));
    ledger.beforeAppend = async () => {
      waiting += 1;
      if (waiting === 2) release();
      await both;
    };

    const states = await Promise.all([one.registry.find('raw/pay'), two.registry.find('raw/pay')]);

    expect(states.map((state) => state.kind).sort()).toEqual(['drifted', 'ready']);
    expect(await ledger.read('pins/raw')).toHaveLength(1);
  });
});

describe('given a running server', () => {
  it('when a tool is looked up before dispatch, then the server is asked again unless it was within a second', async () => {
    const clock = aManualClock();
    const { registry, offer, seen } = start({ clock });
    offer([pay]);
    await registry.find('raw/pay');
    await registry.find('raw/pay', { fresh: true });
    expect(seen('list')).toHaveLength(1);
    clock.advance(1001);
    offer([{ ...pay, description: 'swapped' }]);

    expect((await registry.find('raw/pay')).kind).toBe('ready');
    expect((await registry.find('raw/pay', { fresh: true })).kind).toBe('drifted');
    expect(seen('list')).toHaveLength(2);
  });

  it('when it says a thousand times that its list changed, then it is asked at most once in five seconds', async () => {
    const clock = aManualClock();
    const { registry, call, seen } = start({ clock });
    await registry.list();
    expect(await call('raw/storm')).toMatchObject({ kind: 'answered' });
    expect(seen('list')).toHaveLength(1);

    clock.advance(5000);
    await until(() => seen('list').length === 2);
    await call('raw/storm');
    clock.advance(4999);
    await call('raw/echo');

    expect(seen('list')).toHaveLength(2);
  });

  it('when tools have look-alike, doubled or overlong names, then they are refused and told', async () => {
    const { registry, offer } = start();
    const named = (name: string): object => ({ ...pay, name });
    offer([
      named('pаy'),
      named('twice'),
      named('twice'),
      named('x'.repeat(129)),
      named('a b'),
      named('ok.1-A_z'),
      { description: 'nameless' },
    ]);

    expect((await registry.list()).map((tool) => tool.name)).toEqual(['raw/ok.1-A_z']);
    expect(registry.servers()).toMatchObject([
      {
        name: 'raw',
        state: 'ready',
        tools: 1,
        drifted: 0,
        detail: expect.stringContaining('twice: listed twice'),
      },
    ]);
    expect((await registry.find('raw/twice')).kind).toBe('unknown');
    expect((await registry.find('other/pay')).kind).toBe('unknown');
    expect((await registry.find('pay')).kind).toBe('unknown');
  });

  it('when nobody vouches for it, then it counts as reviewed only after an operator did so, and only as that program', async () => {
    const ledger = aLedgerStore();
    const { registry } = start({ ledger });
    await registry.list();
    expect(registry.isReviewed('raw')).toBe(false);

    const { listing } = await registry.inspect('raw');
    expect(await registry.review('raw', 'ben', listing)).toBe(true);

    expect(registry.isReviewed('raw')).toBe(true);
    const changed = start({
      ledger,
      servers: { raw: { command: process.execPath, args: ['./test/fakes/mcp/raw-server.mjs'] } },
    });
    await changed.registry.list();
    expect(changed.registry.isReviewed('raw')).toBe(false);
    const vouched = start({ reviewed: new Set(['raw']) });
    expect(vouched.registry.isReviewed('raw')).toBe(true);
    expect(vouched.registry.isReviewed('unheard-of')).toBe(false);
  });

  it('when it never ends its list, then it is unreachable instead of filling the memory', async () => {
    const { registry } = start({ env: { START: 'endless-pages' } });

    expect(await registry.find('raw/echo')).toMatchObject({
      kind: 'unreachable',
      why: expect.stringContaining('64 pages'),
    });
  });
});

describe('given a server that crashes at its start', () => {
  it('when it is needed over and over, then it is started at most five times a minute', async () => {
    const clock = aManualClock();
    const { registry, seen } = start({ env: { START: 'crash' }, clock });
    for (let second = 0; second < 58; second += 1) {
      expect((await registry.find('raw/echo')).kind).toBe('unreachable');
      clock.advance(1000);
    }

    expect(seen('start').length).toBeGreaterThan(2);
    expect(seen('start').length).toBeLessThanOrEqual(5);
    expect(registry.servers()).toMatchObject([{ state: 'unreachable', isReviewed: false }]);
    expect(await registry.list()).toEqual([]);
  });

  it('when several ask at once, then it is started once', async () => {
    const { registry, seen } = start();

    await Promise.all([registry.find('raw/echo'), registry.find('raw/hang'), registry.list()]);

    expect(seen('start')).toHaveLength(1);
  });
});

describe('given a server with children of its own', () => {
  it('when we stop, then the whole tree is gone', async () => {
    const { registry, seen } = start({ env: { START: 'with-grandchild' }, clock: createHurriedClock() });
    await registry.list();
    const pids = [...seen('start'), ...seen('grandchild')].map((line) => Number(line.split(' ')[1]));
    expect(pids.map(isAlive)).toEqual([true, true]);

    await registry.stop();

    await until(() => !pids.some(isAliveAndNoZombie));
  });

  it('when a server is started, then it sees only the safe default environment and what it was given', async () => {
    process.env['CANARY_TOKEN'] = 'must-not-leak';
    const outcome = await start({ env: { GIVEN: 'yes' } }).call('raw/environment');
    delete process.env['CANARY_TOKEN'];

    expect(outcome).toMatchObject({ kind: 'answered', content: expect.stringContaining('"GIVEN":"yes"') });
    expect(JSON.stringify(outcome)).not.toContain('must-not-leak');
  });
});

/** A killed grandchild may stay in the process table until somebody collects it. */
function isAliveAndNoZombie(pid: number): boolean {
  if (!isAlive(pid)) return false;
  try {
    return !/^State:\s+Z/mu.test(readFileSync(`/proc/${String(pid)}/status`, 'utf8'));
  } catch {
    return false;
  }
}
