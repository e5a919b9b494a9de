/** Workflows on the demonstration company: the real bot, its tool servers and the demonstration model. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { aBentClock } from '../builders/bent-clock.ts';
import { effectsOf } from '../builders/company-effects.ts';
import { aFolder, eventually, removeFolder, startBot, textOf } from '../builders/running-bot.ts';
import type { RunningBot } from '../builders/running-bot.ts';
import { fileShape } from '../../src/api/shapes.ts';
import { workflows } from '../../workflows/index.ts';
import { evals } from './company.evals.ts';

const folder = aFolder();
const clock = aBentClock(folder);
let bot: RunningBot;
beforeAll(async () => {
  bot = await startBot({ dataDir: folder, env: clock.env });
}, 60_000);
afterAll(async () => {
  await bot.stop();
  removeFolder(bot.dataDir);
});

const dayMs = 24 * 3_600_000;

interface Started {
  readonly run: string;
  readonly thread: string;
}

async function says(text: string): Promise<Started> {
  const { body } = await bot.as('ana').say('ops', text);
  return { run: String(body.run), thread: body.thread };
}

/** Everybody named approves what waits. */
async function approved({ run }: Started, ...persons: readonly string[]): Promise<Record<string, unknown>> {
  const approval = await bot.as('ben').asked(run);
  for (const person of persons) expect((await bot.as(person).vote(approval, 'approve')).status).toBe(200);
  return { ...approval.arguments };
}

/** Answers the form of this title, once it is there. */
async function answered(
  { thread }: Started,
  person: string,
  title: string,
  values: Readonly<Record<string, string>>,
): Promise<void> {
  const action = await eventually(
    async () => {
      const { items } = await bot.as(person).thread(thread);
      return items
        .filter((item) => item.text.startsWith(title))
        .flatMap(({ actions = [] }) => actions)
        .find(({ label }) => label === 'Answer…')?.id;
    },
    30_000,
    () => `there is no form «${title}»`,
  );
  const fields = Object.fromEntries(Object.entries(values).map(([name, value]) => [`/${name}`, value]));
  expect(await bot.as(person).post('/actions', { action, fields })).toMatchObject({ status: 200 });
}

async function heard({ thread }: Started, text: string): Promise<void> {
  await eventually(
    async () => textOf((await bot.as('ana').thread(thread)).items).includes(text) || undefined,
    30_000,
    () => `nobody said «${text}»`,
  );
}

async function ended({ run, thread }: Started): Promise<string> {
  await bot.as('ana').until(run, 'done');
  return textOf((await bot.as('ana').thread(thread)).items);
}

async function fileOf({ run }: Started, key: string) {
  const { status, body } = await bot
    .as('ana')
    .get(`/runs/${run}/files/${encodeURIComponent(`${run}/${key}`)}`);
  expect(status).toBe(200);
  const { name, mediaType, base64 } = fileShape.parse(body);
  const bytes = Buffer.from(base64, 'base64');
  return { name, mediaType, bytes, text: bytes.toString('utf8') };
}

it('customer-reply: when a ticket is answered, then the mail goes to its customer once somebody approved it', async () => {
  const started = await says('/customer-reply ticket=141 answer="New tumblers leave tomorrow."');

  expect(await approved(started, 'ben')).toMatchObject({
    to: 'greta.vogel@acme.example',
    subject: 'Re: Invoice 1042: two of the fragile pieces arrived broken',
    body: 'Hello Greta Vogel,\n\nNew tumblers leave tomorrow.\n\nKind regards\nLarkspur Goods',
  });
  const story = await ended(started);

  expect(story).toContain('> Subject: Invoice 1042');
  expect(story).toContain('Greta Vogel has the answer. Sent to greta.vogel@acme.example');
  expect(effectsOf(bot.dataDir, 'mail/send')).toHaveLength(1);
});

it('change-request: when it does not come out as expected, then the way back is proposed and each needs two', async () => {
  const sql = (city: string): string => `UPDATE customers SET city = '${city}' WHERE id = 88`;
  const started = await says(
    `/change-request change="${sql('Bonn')}" check="SELECT city FROM customers WHERE id = 88" expect="Berlin" undo="${sql('Hamburg')}"`,
  );

  expect(await bot.as('ben').asked(started.run)).toMatchObject({
    effect: {
      tool: 'database/preview_execute',
      changes: expect.arrayContaining([{ name: 'customers 88 › city', before: 'Berlin', after: 'Bonn' }]),
    },
  });
  expect(await approved(started, 'ben', 'cho')).toEqual({ sql: sql('Bonn') });
  await bot.as('ana').until(started.run, 'waiting');
  expect(await approved(started, 'cho', 'ben')).toEqual({ sql: sql('Hamburg') });
  const story = await ended(started);

  expect(story).toContain('**«Berlin» is not there.** I propose the way back.');
  expect(story).toMatch(/\*\*Rolled back\.\*\*\n```\n1 row\ncity\nHamburg/u);
});

it('access-request: when finance and engineering agree, then access is given and taken back when its time is over', async () => {
  const started = await says('access for dev to billing for 2 days');

  expect(await approved(started, 'ben')).toMatchObject({ person: 'dev', system: 'billing' });
  expect(effectsOf(bot.dataDir, 'crm/grant_access')).toEqual([]);
  await approved(started, 'cho');
  await eventually(() => effectsOf(bot.dataDir, 'crm/grant_access').length === 1 || undefined);
  clock.advance(1.9 * dayMs);
  await bot.as('ana').until(started.run, 'waiting');
  expect(effectsOf(bot.dataDir, 'crm/revoke_access')).toEqual([]);
  clock.advance(0.2 * dayMs);

  expect(await ended(started)).toContain('The time is over. dev has no access to billing any more.');
  expect(effectsOf(bot.dataDir, 'crm/revoke_access')).toHaveLength(1);
});

it('incident: when a mitigation waits for people, then updates go on, and the post-mortem holds the whole timeline', async () => {
  const started = await says('incident: the shop is down');
  const sql = 'UPDATE products SET stock = 0 WHERE id = 1';

  await answered(started, 'cho', 'the shop is down: how bad is it', {
    severity: '2 many are',
    lead: 'Cho',
  });
  const what = 'the shop is down: what is new?';
  await answered(started, 'ana', what, { update: 'the cart is empty', mitigation: sql });
  await heard(started, '**Update 1** by Ana: the cart is empty');
  await answered(started, 'cho', what, { update: 'the cache was old', isOver: 'true' });
  await heard(started, '**Update 2** by Cho');
  expect(effectsOf(bot.dataDir, 'database/execute').filter(({ args }) => args.includes(sql))).toEqual([]);
  expect(await approved(started, 'ben', 'cho')).toEqual({ sql });
  const story = await ended(started);

  expect(story).toContain('**Open tickets**');
  const [, postMortem = ''] = story.split('**Post-mortem (draft): the shop is down**');
  expect(postMortem.match(/UTC: .*/gu)).toEqual([
    'UTC: called by Ana',
    'UTC: Severity 2 many are. Cho leads.',
    'UTC: Ana: the cart is empty',
    'UTC: Cho: the cache was old',
    `UTC: The mitigation ran. 1 row changed. ${sql}`,
    'UTC: over',
  ]);
}, 90_000);

it('data-question: when a question is asked, then the rows come as table, picture and CSV, and nothing can be written', async () => {
  const words = await says('ask the database which products are low in stock');
  const pairs = await says(
    '/data-question sql="SELECT status, count(*) AS n FROM tickets GROUP BY status ORDER BY n DESC"',
  );
  const kinds = await says('revenue by month this year');
  const many = await says('overdue per customer');
  const evil = await says('/data-question sql="SELECT 1; DROP TABLE customers"');

  expect(await ended(words)).toMatch(
    /\| name \| sku \| stock \| reorder_at \|[\s\S]*SELECT name, sku, stock/u,
  );
  expect(await fileOf(words, 'table')).toMatchObject({ name: 'rows.csv', mediaType: 'text/csv' });
  expect((await fileOf(words, 'table')).text).toMatch(/^name,sku,stock,reorder_at\r\n/u);
  await ended(pairs);
  expect((await fileOf(pairs, 'table')).text).toMatch(/^status,n\r\nclosed,\d+\r\n/u);
  const picture = await fileOf(pairs, 'chart');
  expect(picture).toMatchObject({ name: 'rows.png', mediaType: 'image/png' });
  expect(picture.bytes.subarray(1, 4).toString()).toBe('PNG');
  const shown = (await bot.as('ana').thread(pairs.thread)).items.find(({ id }) => id.endsWith('/chart'));
  expect(shown).toMatchObject({ file: { alt: expect.stringMatching(/^n by status: closed \d+, /u) } });
  await ended(kinds);
  await ended(many);
  const pictured = async ({ thread }: Started): Promise<unknown> =>
    (await bot.as('ana').thread(thread)).items.find(({ id }) => id.endsWith('/chart'))?.file;
  // Time runs forward, and each currency is a series of its own.
  expect(await pictured(kinds)).toMatchObject({
    alt: expect.stringMatching(
      /^received EUR, received USD by month: received EUR: (\d{4})-01 .*, \1-02 .*; received USD: /u,
    ),
  });
  expect(await pictured(many)).toMatchObject({
    alt: expect.stringMatching(/^still_open by customer, the first 20 of \d+: /u),
  });
  expect(await ended(evil)).toContain('Only one statement at a time');
});

it('invoice-chase: when overdue invoices are chased, then one plan holds every reminder, and those are sent', async () => {
  const before = effectsOf(bot.dataDir, 'mail/send').length;
  const started = await says('chase days=30 most=3');

  const { plan } = await approved(started, 'ben');
  const story = await ended(started);

  expect(plan).toHaveLength(3);
  expect(plan).toContainEqual({
    tool: 'mail/send',
    times: 1,
    constraints: {
      to: { kind: 'equal', value: expect.stringContaining('@') },
      subject: { kind: 'equal', value: expect.stringMatching(/^Reminder: invoice \d+$/u) },
      body: { kind: 'equal', value: expect.stringMatching(/still open, \d{2,} days later/u) },
    },
  });
  expect(story).toMatch(/\*\*3 overdue for 30 days or more\.\*\* \d+ more are not in this round\./u);
  expect(story).toContain('**3 of 3 sent.**');
  expect(effectsOf(bot.dataDir, 'mail/send')).toHaveLength(before + 3);
});

it('when a command is said as a message, then it is carried out, and nothing is said in the channel', async () => {
  const say = async (person: string, text: string): Promise<unknown> =>
    (await bot.as(person).say('ops', text)).body;
  const runs = async (): Promise<number> =>
    (await bot.as('ana').get<{ items: unknown[] }>('/runs')).body.items.length;
  const before = await runs();

  expect(await say('cho', ' /countersign freeze odd mails')).toEqual({
    text: expect.stringContaining('Frozen'),
  });
  expect(await say('ana', '/Countersign unfreeze')).toEqual({
    text: expect.not.stringContaining('Unfrozen'),
  });
  expect((await bot.as('ana').get('/freeze')).body).toMatchObject({ by: 'cho' });
  expect(await say('cho', '/countersign unfreeze')).toEqual({ text: expect.any(String) });
  expect((await bot.as('ana').get('/freeze')).body).not.toMatchObject({ by: 'cho' });
  expect(await runs()).toBe(before);
});

it('when a workflow ships that people start, then there is an eval of it', () => {
  // Programs start this one: no word of a person does.
  const shipped = workflows.map(({ name }) => name).filter((name) => name !== 'approval-request');

  expect([...new Set(evals.map(({ workflow }) => workflow))].sort()).toEqual(shipped.sort());
});

it.each(evals)(
  'when «$said» is said, then that is what comes of it',
  async ({ workflow, after, said, asks, tool, of, deniedBy, says: words }) => {
    const before = tool === undefined ? [] : effectsOf(bot.dataDir, tool);
    if (after !== undefined) await ended(await says(after));
    const started = await says(said);

    if (asks !== undefined) {
      const approval = await bot.as('ben').asked(started.run);
      expect(approval.arguments).toMatchObject(asks);
      if (tool !== undefined) expect(approval.tool).toBe(tool);
      if (of !== undefined) expect(approval.requirements.map(({ approvers }) => approvers)).toEqual(of);
      if (deniedBy !== undefined) expect((await bot.as(deniedBy).vote(approval, 'deny')).status).toBe(200);
    }
    if (words !== undefined) await heard(started, words);
    expect(await bot.as('ana').run(started.run)).toMatchObject({ workflow });
    if (tool !== undefined) expect(effectsOf(bot.dataDir, tool)).toEqual(before);
  },
  60_000,
);

it('onboarding: when a month goes by, then each task comes on its day and is reminded of, and access is asked for by itself', async () => {
  const started = await says('onboarding person=eli access=crm mail=eli@larkspur.example');

  await answered(started, 'cho', 'eli: Laptop and phone', { isDone: 'true' });
  await approved(started, 'ben');
  await heard(started, 'Sent to eli@larkspur.example');
  const child = await eventually(async () => {
    const { body } = await bot
      .as('ben')
      .get<{ items: { id: string; thread: string }[] }>('/runs?workflow=access-request');
    return body.items.find(({ thread }) => thread === started.thread)?.id;
  });
  expect(await approved({ ...started, run: child }, 'ben')).toMatchObject({ person: 'eli', system: 'crm' });
  await approved({ ...started, run: child }, 'cho');
  await heard(started, 'eli has access to crm until');
  clock.advance(1.1 * dayMs);
  const tour = 'eli: Shown around, knows whom to ask? (reminder 1 of 3)';
  await answered(started, 'ana', tour, { isDone: 'true' });
  await heard(started, '**Day 0**\n✓ Laptop and phone are handed over\n✓ Shown around');
  clock.advance(6 * dayMs);
  await answered(started, 'ana', 'eli: Goals of the first month', { isDone: 'true' });
  await heard(started, '**Day 7**\n✓ Goals');
}, 90_000);
