/**
 * Every shipped workflow by every way in, on every surface: each story from the first word to the last, told by the
 * real app over the demonstration company, with the demonstration model and with a scripted one.
 */
import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { asActorId, asChannelId } from '../../src/core/ids.ts';
import type { RunRow } from '../../src/runs/store.ts';
import { workflows } from '../../workflows/index.ts';
import { aCompanyWorld } from '../builders/company-world.ts';
import type { CompanyWorld, Post, Surface } from '../builders/company-world.ts';
import { effectsOf } from '../builders/company-effects.ts';
import { aMovedClock } from '../builders/moved-clock.ts';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import { call, lastResult, words } from '../builders/world.ts';
import type { Script } from '../builders/world.ts';

/** What somebody does next: at a post with these words and this button. */
interface Step {
  readonly by: string;
  readonly at: string;
  readonly press: string;
  /** What the form behind the button is given, by the labels of its fields. */
  readonly values?: Readonly<Record<string, string>>;
}

interface Story {
  /** What follows the command's name. */
  readonly request: string;
  /** The same, said without a slash. */
  readonly mention?: string;
  readonly steps: readonly Step[];
  /** What is done and comes of it where it is mentioned, when that is another story. */
  readonly mentioned?: { readonly steps: readonly Step[]; readonly ends: string };
  /** What stands in the thread at the end. */
  readonly ends: string;
  readonly files?: readonly string[];
  /** Its surfaces tell it one after the other: what it does to one record changes what the others show. */
  readonly isAlone?: true;
  /** What a scripted model says, where the workflow has one work. */
  readonly script?: Script;
}

const approves = (by: string, at: string): Step => ({ by, at, press: 'Approve' });

const sql = 'SELECT status, count(*) AS n FROM tickets GROUP BY status ORDER BY n DESC';
/** Each surface has a product of its own. */
const stock = 'SELECT stock FROM products WHERE id = {product}';
const setsStock = (value: number): string =>
  `UPDATE products SET stock = ${String(value)} WHERE id = {product}`;
const products = { console: '8', slack: '9', discord: '10' } as const;
const on = ({ name }: Surface, words: string): string => words.replaceAll('{product}', products[name]);

const editedReply = 'Hello Greta, it left on Monday. Kind regards';

const stories: Readonly<Record<string, Story | { readonly elsewhere: string }>> = {
  assistant: {
    request: '',
    mention: 'look up invoice 1042',
    steps: [],
    ends: '1042',
    script: (turn, request) =>
      turn === 0 ? call('billing__get_invoice', { invoice: 1042 }) : words(`It says: ${lastResult(request)}`),
  },
  refund: {
    request: 'customer=Acme invoice=1042 amount=20 reason=broken',
    mention: 'refund invoice=1042 amount=20 reason=broken',
    steps: [approves('ben', 'Refund 20')],
    isAlone: true,
    ends: 'R-',
    script: (turn, request) =>
      turn === 0
        ? call('billing__refund', { invoice: 1042, amount: 20, reason: 'broken' })
        : words(`Refunded: ${lastResult(request)}`),
  },
  'customer-reply': {
    request: 'ticket=141',
    mention: 'reply to ticket ticket=141',
    steps: [
      {
        ...{ by: 'ana', at: 'Reply to ticket 141', press: 'Answer…' },
        values: {
          'What shall I tell them?': 'Tell her it ships tomorrow.',
          'Let the model put it into words': 'yes',
        },
      },
      approves('ben', 'it ships tomorrow.'),
    ],
    ends: 'Greta Vogel has the answer.',
    // The draft is the model's; what is sent is what a person made of it, once somebody else approved that.
    mentioned: {
      steps: [
        {
          ...{ by: 'ana', at: 'Reply to ticket 141', press: 'Answer…' },
          values: {
            'What shall I tell them?': 'Tell her it ships tomorrow.',
            'Let the model put it into words': 'yes',
          },
        },
        { by: 'ben', at: 'it ships tomorrow.', press: 'Edit…', values: { body: editedReply } },
        approves('cho', 'it left on Monday'),
      ],
      ends: 'Greta Vogel has the answer.',
    },
    script: () => words('Hello Greta Vogel, it ships tomorrow. Kind regards'),
  },
  'access-request': {
    request: 'system=crm days=1 person=dev',
    mention: 'access system=crm days=1 person=dev',
    steps: [approves('ben', 'Give dev access to crm'), approves('cho', 'Give dev access to crm')],
    ends: 'I take it back by myself.',
  },
  'change-request': {
    request: `change="${setsStock(1)}" check="${stock}" expect="1" undo="${setsStock(2)}"`,
    mention: `change request change="${setsStock(3)}" check="${stock}" expect="1" undo="${setsStock(1)}"`,
    steps: [approves('ben', 'Change the database'), approves('cho', 'Change the database')],
    ends: 'Done and verified.',
    // Mentioned, it comes out wrong: the count of rows is not what was expected, and each step back asks two as well.
    mentioned: {
      steps: ['SET stock = 3', 'SET stock = 1'].flatMap((change) => [
        approves('ben', change),
        approves('cho', change),
      ]),
      ends: 'Rolled back.',
    },
  },
  incident: {
    request: 'title="the shop is down"',
    mention: 'incident the shop is down',
    steps: [
      {
        ...{ by: 'cho', at: 'how bad is it, and who does what?', press: 'Answer…' },
        values: { Severity: '2 many are', 'Who leads': 'Cho' },
      },
      {
        ...{ by: 'ana', at: 'what is new?', press: 'Answer…' },
        values: { 'What happened or was found': 'the cache was old', 'It is over': 'yes' },
      },
    ],
    ends: 'Post-mortem (draft)',
  },
  'data-question': {
    request: `sql="${sql}"`,
    mention: 'ask the database how many tickets have which status',
    steps: [],
    ends: 'Asked of the database',
    files: ['rows.csv', 'rows.png'],
    script: () => words(`\`\`\`sql\n${sql}\n\`\`\``),
  },
  'invoice-chase': {
    request: 'days=30 most=2',
    mention: 'chase days=30 most=2',
    steps: [approves('ben', 'Send 2 reminders of overdue invoices')],
    ends: '2 of 2 sent.',
  },
  onboarding: {
    request: 'person=eli',
    mention: 'onboarding person=eli',
    steps: [
      {
        ...{ by: 'cho', at: 'Laptop and phone are handed over', press: 'Answer…' },
        values: { 'Laptop and phone are handed over': 'yes' },
      },
      {
        ...{ by: 'ana', at: 'Shown around, knows whom to ask', press: 'Answer…' },
        values: { 'Shown around, knows whom to ask': 'yes' },
      },
    ],
    ends: '✓ Shown around',
  },
  'daily-digest': { request: '', mention: 'digest', steps: [], ends: 'Digest of the last 24 hours' },
  'approval-health': {
    request: '',
    mention: 'approval health',
    steps: [],
    ends: 'Approval health of the last 7 days',
  },
  'approval-request': { elsewhere: 'programs ask by request_approval: test/scenarios/mcp-door.test.ts' },
};

const told = workflows.flatMap(({ name, start }) => {
  const story = stories[name];
  return story === undefined || 'elsewhere' in story ? [] : [{ name, start, story }];
});

const isReport = ({ start }: (typeof told)[number]): boolean => start.headline !== undefined;
/**
 * Slack takes one message a second in a channel, so each is told in a channel of its own there. What reports on a
 * channel, and what comes by itself, comes where the refunds were.
 */
const rooms = ['refund', ...told.filter((entry) => !isReport(entry)).map(({ name }) => name)].filter(
  (name, index, all) => all.indexOf(name) === index,
);

const secret = 'a-secret-of-thirty-two-characters';
const folder = aFolder();
const clock = aMovedClock({ ticks: true });
let world: CompanyWorld;
beforeAll(async () => {
  const hooks = join(folder, 'hooks.yaml');
  writeFileSync(
    hooks,
    [
      'hooks:',
      `  refund: { source: hmac, secret: ${secret}, channel: "slack:T01/C1", as: ana }`,
      `  incident: { source: hmac, secret: ${secret}, channel: "discord:1000/1100", as: ana }\n`,
    ].join('\n'),
  );
  world = await aCompanyWorld({ folder, clock, rooms: rooms.length, env: { HOOKS_FILE: hooks } });
}, 90_000);
afterAll(async () => {
  await world.close();
  removeFolder(folder);
});

/** Runs that were seen before. */
const known = new Set<string>();

/** The run that begins by this. */
async function begun(workflow: string, surface: Surface, begin: () => Promise<unknown>): Promise<RunRow> {
  const { runs } = world.app.store;
  const fresh = async (): Promise<readonly RunRow[]> =>
    (await runs.list({ workflow, limit: 50 })).filter(
      ({ id, channel }) => !known.has(id) && channel === surface.channel,
    );
  await begin();
  return eventually(
    async () => {
      for (const row of await fresh()) {
        known.add(row.id);
        // Not one that another run has started for itself.
        const first = (await runs.list({ thread: row.thread, limit: 50 })).at(-1);
        if (first?.id === row.id) return row;
      }
      return undefined;
    },
    30_000,
    () => `no ${workflow} began on ${surface.name}`,
  );
}

async function found(
  surface: Surface,
  { thread, workflow }: RunRow,
  wanted: string,
  isIt: (post: Post) => boolean,
): Promise<Post> {
  let posts: readonly Post[] = [];
  return eventually(
    async () => {
      posts = await surface.posts(thread);
      return posts.find((post) => post.text.includes(wanted) && isIt(post));
    },
    40_000,
    () =>
      `${workflow} on ${surface.name}: «${wanted}» is not there, but\n${posts.map(({ text, labels }) => `${text}\n[${labels.join('] [')}]`).join('\n---\n')}`,
  );
}

/** Goes through the story to its last word. */
async function tell(surface: Surface, row: RunRow, { steps, ends, files = [] }: Story): Promise<void> {
  for (const { by, at, press, values } of steps) {
    const post = await found(surface, row, at, ({ labels }) => labels.includes(press));
    if (values === undefined) await post.press(by, press);
    else await post.fill(by, press, values);
  }
  await found(surface, row, ends, () => true);
  for (const file of files)
    await found(surface, row, '', (post) => post.files.some((name) => name.endsWith(file)));
}

it('when a workflow ships, then its story stands here', () => {
  expect(workflows.map(({ name }) => name).toSorted()).toEqual(Object.keys(stories).toSorted());
  for (const { start, story } of told) {
    const [opening] = [start.mention ?? []].flat();
    if (opening !== undefined) expect(story.mention).toMatch(new RegExp(`^${opening}\\b`, 'u'));
  }
});

/** Reports tell nothing where nothing happened: what the stories before them left, else a question of its own. */
async function somethingHappened(): Promise<void> {
  if (known.size > 0) return;
  await Promise.all(
    world.surfaces.map(async (surface) => {
      const ask = 'system=crm days=1 person=dev';
      const row = await begun('access-request', surface, () => surface.command('access-request', ask));
      await found(surface, row, 'Give dev access to crm', ({ labels }) => labels.includes('Approve'));
    }),
  );
}

type Way = (entry: (typeof told)[number], surface: Surface) => Promise<void>;

const byCommand: Way = async ({ name, story }, surface) => {
  const row = await begun(name, surface, () => surface.command(name, on(surface, story.request)));
  await tell(surface, row, story);
};
const byMention: Way = async ({ name, story }, surface) => {
  const row = await begun(name, surface, () => surface.mention(on(surface, story.mention ?? '')));
  await tell(surface, row, { ...story, ...story.mentioned });
};

async function everywhere(entry: (typeof told)[number], way: Way): Promise<void> {
  const surfaces = world.surfacesIn(Math.max(1, rooms.indexOf(entry.name) + 1));
  if (entry.story.isAlone === true) for (const surface of surfaces) await way(entry, surface);
  else await Promise.all(surfaces.map((surface) => way(entry, surface)));
}

describe.each(told)('given $name', (entry) => {
  const { start, story } = entry;
  if (isReport(entry)) beforeAll(somethingHappened, 60_000);

  if (start.command === true)
    it('when its command is called, then its whole story is told on every surface', async () => {
      await everywhere(entry, byCommand);
    }, 120_000);

  if (story.mention !== undefined)
    it('when it is mentioned, then its whole story is told on every surface, and a model other than ours may do its work', async () => {
      world.setScript(story.script);
      await everywhere(entry, byMention);
      world.setScript(undefined);
    }, 120_000);
});

describe('given workflows that report on a channel', () => {
  const reports = told.filter(isReport);
  beforeAll(somethingHappened, 60_000);

  it('when a schedule starts them, then each comes on every surface, in a thread of its own', async () => {
    const { schedules } = world.app.store;
    for (const { name } of reports)
      for (const { name: place, channel } of world.surfaces)
        await schedules.add({
          ...{ name: `${name}-${place}`, cron: '0 9 * * *', zone: 'UTC', workflow: name, input: {} },
          ...{ channel: asChannelId(channel), missed: 'once', by: asActorId('ana'), origin: 'person' },
          ...{ isPaused: false, nextAt: Date.now() - 1_000 },
        });

    for (const { name, story } of reports)
      await Promise.all(
        world.surfaces.map(async (surface) => {
          const row = await begun(name, surface, () => Promise.resolve());
          await found(surface, row, story.ends, () => true);
        }),
      );
  }, 60_000);
});

describe('given workflows that a webhook may start', () => {
  it.each([
    ['refund', 'slack', { customer: 'Acme', invoice: '1042', amount: '20', reason: 'broken' }, 'Refund 20'],
    [
      'incident',
      'discord',
      { alerts: [{ status: 'firing', annotations: { summary: 'disk is full' } }] },
      'disk is full: how bad is it',
    ],
  ] as const)(
    'when one starts %s on %s, then it opens a thread there and asks',
    async (name, place, payload, asks) => {
      const surface = world.surfaces.find((entry) => entry.name === place);
      if (surface === undefined) throw new Error(place);
      const body = JSON.stringify(payload);
      const at = String(Math.floor(Date.now() / 1_000));
      const signature = createHmac('sha256', secret).update(`${at}.${name}.${body}`).digest('hex');

      const row = await begun(name, surface, () =>
        fetch(`${world.url}/hooks/${name}`, {
          method: 'POST',
          body,
          headers: {
            'content-type': 'application/json',
            'x-countersign-timestamp': at,
            'x-countersign-delivery': name,
            'x-countersign-signature': `sha256=${signature}`,
          },
        }),
      );

      await found(surface, row, asks, ({ labels }) => labels.length > 0);
    },
    60_000,
  );
});

describe('given a change with a window', () => {
  const product = { console: 2, slack: 3, discord: 4 } as const;
  const start = (surface: Surface, expected: number): Promise<RunRow> => {
    const id = product[surface.name] + (expected === 700 ? 0 : 3);
    const set = (value: number): string =>
      `UPDATE products SET stock = ${String(value)} WHERE id = ${String(id)}`;
    const at = new Date(clock.now().getTime() + 2 * 3_600_000).toISOString();
    return begun('change-request', surface, () =>
      surface.command(
        'change-request',
        `change="${set(700)}" check="SELECT stock FROM products WHERE id = ${String(id)}" expect="${String(expected)}" undo="${set(5)}" at=${at}`,
      ),
    );
  };

  it('when two agree beforehand, then it runs in its window and is verified, or goes the way back they agreed to', async () => {
    const agreed: { readonly surface: Surface; readonly row: RunRow; readonly ends: string }[] = [];
    // The way back is the same on each surface: the stories of a change without a window tell it there.
    for (const [expected, surfaces] of [
      [700, world.surfaces],
      [701, world.surfacesIn(2).slice(0, 1)],
    ] as const)
      for (const surface of surfaces) {
        const row = await start(surface, expected);
        agreed.push({ surface, row, ends: expected === 700 ? 'Done and verified.' : 'Rolled back.' });
      }
    for (const { surface, row } of agreed) {
      const shown = await found(surface, row, 'It would change', () => true);
      expect(shown.text).toMatch(/products \d: stock \d+ → 700/u);
      for (const by of ['ben', 'cho']) {
        const card = await found(surface, row, 'take it back if it comes out wrong', ({ labels }) =>
          labels.includes('Approve'),
        );
        expect(card.text).toContain('SET stock = 5');
        // The console's words are those of a notification, which leave out what would change.
        if (surface.name !== 'console') expect(card.text).toMatch(/Line 1: products \d › stock \d+ → 700/u);
        await card.press(by, 'Approve');
      }
      await found(surface, row, 'Approved by Ben and Cho', () => true);
    }
    const changes = effectsOf(folder, 'database/execute').length;
    clock.advance(2.1 * 3_600_000);

    for (const { surface, row, ends } of agreed) await found(surface, row, ends, () => true);
    expect(effectsOf(folder, 'database/execute')).toHaveLength(changes + 5);
  }, 120_000);
});

it('when all of it is told, then what was to happen happened, once for each surface', () => {
  const count = (tool: string): number => effectsOf(folder, tool).length;
  expect(count('billing/refund')).toBe(6);
  expect(count('crm/grant_access')).toBe(6);
  const sent = effectsOf(folder, 'mail/send').map(({ args }) => args);
  expect(sent.filter((args) => args.includes(editedReply))).toHaveLength(3);
  expect(sent.filter((args) => args.includes('Hello Greta Vogel, it ships tomorrow. Kind regards'))).toEqual(
    [],
  );
  expect(world.slack.pings().every(({ target }) => ['U2', 'U3'].includes(target))).toBe(true);
  // Told to wait is no refusal: so many stories in one channel go beyond its pace, and each came to its end.
  const refused = world.slack
    .calls()
    .filter(({ answer }) => answer?.['ok'] === false && answer['error'] !== 'ratelimited');
  expect(refused).toEqual([]);
});

it('when a window is more than a week ahead, then the thread says when people are asked, and then they are', async () => {
  const [surface] = world.surfaces;
  if (surface === undefined) throw new Error('There is no surface.');
  const at = new Date(clock.now().getTime() + (7 * 24 + 1) * 3_600_000).toISOString();
  const set = (value: number): string => `UPDATE products SET stock = ${String(value)} WHERE id = 2`;
  const row = await begun('change-request', surface, () =>
    surface.command(
      'change-request',
      `change="${set(9)}" check="SELECT stock FROM products WHERE id = 2" expect="9" undo="${set(8)}" at=${at}`,
    ),
  );
  await found(surface, row, 'Nobody is asked yet.', () => true);
  clock.advance(5.1 * 3_600_000);

  for (const by of ['ben', 'cho'])
    await (
      await found(surface, row, 'take it back', ({ labels }) => labels.includes('Approve'))
    ).press(by, 'Approve');

  await found(surface, row, 'Approved by Ben and Cho', () => true);
}, 60_000);
