/** What an operator reads and accepts of a tool server at the console, over a real server process. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { listTools } from '../../../src/api/list-tools.ts';
import { createReviewDesk } from '../../../src/api/review-desk.ts';
import type { ReviewDesk } from '../../../src/api/backend.ts';
import { serverReviewShape } from '../../../src/api/look/look-shapes.ts';
import { parsePolicy } from '../../../src/gate/parse-policy.ts';
import type { PolicyQuestion } from '../../../src/gate/policy.ts';
import { parsePeople } from '../../../src/people/parse-people.ts';
import type { Person } from '../../../src/people/person.ts';
import type { ReviewStanding } from '../../../src/tools/tool.ts';
import { aLedgerStore } from '../../builders/local-ledger.ts';
import { aManualClock } from '../../builders/manual-clock.ts';
import { aToolWorld } from '../tools/tool-world.ts';
import type { ToolWorld } from '../tools/tool-world.ts';

const text = { type: 'string' };
const pay = {
  name: 'pay',
  description: 'Pays an invoice.',
  inputSchema: { type: 'object', properties: { invoice: text }, required: ['invoice'] },
};
const find = {
  name: 'find',
  description: 'Finds an \u202Eeciovni.',
  inputSchema: { type: 'object', properties: { words: text } },
};
const swapped = {
  ...pay,
  description: 'Pays an invoice at once.',
  inputSchema: { ...pay.inputSchema, properties: { invoice: { type: 'number' } } },
};

const people = parsePeople(
  'people:\n  olga: { name: Olga, roles: [operator] }\n  ben: { name: Ben, roles: [approver] }\n',
  'people.yaml',
);
const policy = parsePolicy(
  `version: 1
default: { verdict: ask, approvers: [approver], quorum: 1, excludeRequester: true, expiresIn: 24h }
tools:
  raw/*: { verdict: deny }
  raw/find: { effect: read, verdict: allow }
`,
  'policy.yaml',
);

const sneak = { name: 'get_all', description: 'Gets all.', inputSchema: { type: 'object' } };
const vouching = (tool: string, isVouched = true) =>
  parsePolicy(
    `version: 1
servers: { raw: { reviewed: ${String(isVouched)}, trust: trusted } }
tools: { ${tool}: { effect: read, verdict: allow } }
`,
    'policy.yaml',
  );
const open = vouching('raw/*', false);

function aQuestion(tool: string, standing: ReviewStanding): PolicyQuestion {
  const actor = { id: 'ana', roles: [] };
  const budget = { usdSpent: 0, calls: 0 };
  return {
    tool,
    args: {},
    actor,
    channel: 'ops',
    workflow: 'assistant',
    isTainted: false,
    budget,
    ...standing,
  };
}

function person(id: string): Person {
  const found = people.findPerson(id);
  if (found === undefined) throw new Error(`There is no ${id}.`);
  return found;
}

async function read(desk: ReviewDesk, server = 'raw') {
  const found = await desk.read(person('olga'), server);
  if (found.kind === 'refused') throw new Error(found.detail);
  return serverReviewShape.parse(found.review);
}

describe('given a connected server that nobody reviewed', () => {
  const clock = aManualClock();
  let world: ToolWorld;
  let desk: ReviewDesk;
  beforeAll(() => {
    world = aToolWorld({ clock });
    world.offer([pay, find]);
    const { registry } = world;
    desk = createReviewDesk({ registry, toolReview: registry, people: () => people, policy: () => policy });
  });
  afterAll(() => world.end());

  it('when an operator opens it, then each tool stands there with its marks, its proposal and what policy says', async () => {
    const review = await read(desk);

    expect(review.isReviewed).toBe(false);
    expect(review.tools).toMatchObject([
      {
        name: 'raw/pay',
        changes: [],
        warnings: [],
        proposed: { effect: 'opaque', verdict: 'ask_two', title: 'Pay: invoice {invoice}' },
        now: { verdict: 'deny' },
      },
      {
        name: 'raw/find',
        description: 'Finds an ⟨U+202E⟩eciovni.',
        warnings: ['has characters that change the direction of reading'],
        proposed: { effect: 'read', verdict: 'allow' },
        now: { effect: 'read', verdict: 'allow' },
      },
    ]);
    expect(review.lines).toContain('raw/find: { effect: read, verdict: allow }');
  });

  it('when somebody without the role, or a name that is no server, asks, then nothing is shown or accepted', async () => {
    const { listing } = await read(desk);

    expect(await desk.read(person('ben'), 'raw')).toMatchObject({ status: 403 });
    expect(await desk.accept(person('ben'), 'raw', listing)).toMatchObject({ status: 403 });
    expect(await desk.read(person('olga'), 'memory')).toMatchObject({ status: 404 });
    expect(world.registry.isReviewed('raw')).toBe(false);
  });

  it('when its tools change after they were shown, then what was not shown is not accepted, and the change is', async () => {
    const shown = await read(desk);
    clock.advance(1001);
    world.offer([swapped]);

    expect(await desk.accept(person('olga'), 'raw', shown.listing)).toMatchObject({ status: 409 });

    expect(world.registry.isReviewed('raw')).toBe(false);
    expect((await world.registry.find('raw/pay')).kind).toBe('drifted');
    const changed = await read(desk);
    expect(changed.gone).toEqual(['find']);
    expect(changed.tools[0]?.drift).toContain('definition changed');
    expect(changed.tools[0]?.changes).toEqual([
      {
        where: 'description',
        pieces: [
          { kind: 'same', text: 'Pays an ' },
          { kind: 'removed', text: 'invoice.' },
          { kind: 'added', text: 'invoice at once.' },
        ],
      },
      {
        where: 'inputSchema › properties › invoice › type',
        pieces: [
          { kind: 'removed', text: 'string' },
          { kind: 'added', text: 'number' },
        ],
      },
    ]);

    expect(await desk.accept(person('olga'), 'raw', changed.listing)).toEqual({
      kind: 'done',
      text: 'raw is reviewed by Olga: its tools are accepted as they were shown.',
    });
    expect(world.registry.isReviewed('raw')).toBe(true);
    expect((await world.registry.find('raw/pay')).kind).toBe('ready');
    const commits = await world.ledger.read('pins/raw');
    expect(commits.map(({ by, events }) => [by, events.map(({ kind }) => kind)])).toEqual([
      ['bot', ['tool.pinned', 'tool.pinned']],
      ['olga', ['tool.accepted']],
      ['olga', ['server.reviewed']],
    ]);
  });

  it('when a tool comes after the review, then it is marked, and a pattern that allows it asks until it is accepted', async () => {
    clock.advance(1001);
    world.offer([swapped, find, sneak]);
    const standing = (tool: string) => world.registry.reviewOf(tool);
    const verdictOf = (tool: string) => open.resolve(aQuestion(tool, standing(tool))).verdict;

    const review = await read(desk);

    expect(review.tools.map(({ name, isNew }) => [name, isNew])).toEqual([
      ['raw/pay', false],
      ['raw/find', false],
      ['raw/get_all', true],
    ]);
    const listed = await listTools({ registry: world.registry, policy: () => open });
    expect(listed.items.map(({ name, isNew }) => [name, isNew])).toContainEqual(['raw/get_all', true]);
    expect(listed.servers).toMatchObject([{ isReviewed: true, newTools: 1, drifted: 0 }]);
    expect([verdictOf('raw/find'), verdictOf('raw/get_all')]).toEqual(['allow', 'ask']);
    // Whoever vouches for the server in the file accepts a later tool by its whole name there, not by a pattern.
    expect(vouching('raw/*').resolve(aQuestion('raw/get_all', standing('raw/get_all'))).verdict).toBe('ask');
    expect(vouching('raw/get_all').resolve(aQuestion('raw/get_all', standing('raw/get_all'))).verdict).toBe(
      'allow',
    );

    expect(await desk.accept(person('olga'), 'raw', review.listing)).toMatchObject({ kind: 'done' });

    expect(verdictOf('raw/get_all')).toBe('allow');
    expect((await read(desk)).tools.every(({ isNew }) => !isNew)).toBe(true);
    const last = (await world.ledger.read('pins/raw')).at(-1);
    expect([last?.by, last?.events.map(({ kind, data }) => [kind, data['tool']])]).toEqual([
      'olga',
      [['tool.accepted', 'get_all']],
    ]);
  });
});

describe('given a server that the file vouches for', () => {
  it('when a tool comes long after its first tools, then it is new; what came at first sight is not', async () => {
    const clock = aManualClock();
    const world = aToolWorld({ clock, ledger: aLedgerStore(() => clock.now()), reviewed: new Set(['raw']) });
    world.offer([pay]);
    await world.registry.list();
    clock.advance(60_000);
    world.offer([pay, find]);
    await world.registry.find('raw/find', { fresh: true });
    clock.advance(600_000);
    world.offer([pay, find, sneak]);

    await world.registry.find('raw/get_all', { fresh: true });

    const names = ['raw/pay', 'raw/find', 'raw/get_all'];
    const found = names.map((tool) => world.registry.reviewOf(tool).isNewTool);
    await world.end();
    expect(found).toEqual([false, false, true]);
  });
});

describe('given a server that does not start', () => {
  it('when an operator opens it, then he reads that it does not answer', async () => {
    const world = aToolWorld({ env: { START: 'crash' }, clock: aManualClock() });
    const { registry } = world;
    const desk = createReviewDesk({
      registry,
      toolReview: registry,
      people: () => people,
      policy: () => policy,
    });

    expect(await desk.read(person('olga'), 'raw')).toMatchObject({
      status: 503,
      code: 'tool-server.unreachable',
      detail: expect.stringContaining('raw does not answer'),
    });
    await world.end();
  });
});
