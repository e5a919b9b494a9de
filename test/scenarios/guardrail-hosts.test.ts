/** The operator's list of hosts: what is learnt comes from them alone, and so do addresses that named tools are given. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { parseGuardrails } from '../../src/gate/parse-guardrails.ts';
import { aManualClock } from '../builders/manual-clock.ts';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import { aWorld, call, lastResult, words } from '../builders/world.ts';
import type { World } from '../builders/world.ts';

const folder = aFolder();
const file = join(folder, 'guardrails.yaml');
const clock = aManualClock();
const list =
  "hosts: { allow: [docs.example.com, '*.example.org', 127.0.0.1], tools: { books/note: [text] } }\n";
let world: World;
let address = '';

beforeAll(async () => {
  writeFileSync(file, list);
  world = await aWorld({
    clock,
    env: { GUARDRAILS_FILE: file },
    model: (turn, request) => {
      if (turn > 0) return words(`Result: ${lastResult(request)}`);
      const isPaid = JSON.stringify(request.messages).includes('pay');
      return isPaid
        ? call('books__pay', { amount: 120, to: address })
        : call('books__note', { text: address });
    },
  });
  await world.app.start();
});
afterAll(async () => {
  await world.close();
  removeFolder(folder);
});

describe('given a list of hosts', () => {
  it.each([
    ['https://docs.example.com/a?b=c'],
    ['HTTPS://DOCS.example.com.:8443/'],
    ['https://deep.files.example.org'],
  ])('when a named tool is given %s, then the call runs', async (given) => {
    address = given;
    const before = world.sent.length;

    await world.until((await world.say('ana', 'note it')).run, 'done');

    expect(world.sent.length - before).toBe(1);
  });

  it.each([
    ['https://evil.example.net/', 'leads to evil.example.net'],
    ['https://example.org/', 'leads to example.org'],
    ['https://docs.example.com.evil.net/', 'leads to docs.example.com.evil.net'],
    ['https://notexample.org', 'leads to notexample.org'],
    ['https://docs.example.com@evil.net/', 'holds a name or a password'],
    ['https://@evil.net/', 'holds a name or a password'],
    ['https://evil.net\\@docs.example.com/', 'does not begin'],
    ['https:evil.net', 'does not begin'],
    ['//evil.net/', 'does not begin'],
    ['evil.net', 'does not begin'],
    [' https://docs.example.com/', 'does not begin'],
    ['https://docs.example.com/\nhttps://evil.net/', 'does not begin'],
    ['file:///etc/passwd', 'does not begin'],
    ['http://[::ffff:a9fe:a9fe]/', 'no host that an operator allows'],
  ])('when it is given %j, then nothing is sent, and the agent reads why', async (given, why) => {
    address = given;
    const before = world.sent.length;
    const { run, thread } = await world.say('ana', 'note it');
    await world.until(run, 'done');

    expect(world.sent.length - before).toBe(0);
    expect(await world.story(thread)).toContain(why);
  });

  it('when people have it learn an address elsewhere, then it is not fetched; a listed private one is not either', async () => {
    const elsewhere = await world.command('ana', 'general', 'learn https://evil.example.net/page');
    const inside = await world.command('ana', 'general', 'learn http://127.0.0.1:9/page');

    expect(elsewhere).toContain('evil.example.net is not among the hosts that operators allow.');
    expect(inside).toContain('127.0.0.1 is not a public server');
  });

  it('when the list changes while a call waits, then its question is void, and a tool that has no such argument runs no more', async () => {
    address = 'https://evil.example.net/';
    const { run, thread } = await world.say('ana', 'pay it');
    const approval = await world.pending(run);

    writeFileSync(file, list.replace('books/note: [text]', 'books/pay: [to], books/note: [txt]'));
    clock.advance(5_000);
    await world.until(run, 'done');

    expect((await world.app.backend.readApproval(world.person('ben'), approval.id))?.state).toBe('stale');
    expect(await world.story(thread)).toContain('leads to evil.example.net');
    const next = await world.say('ana', 'note it');
    await world.until(next.run, 'done');
    expect(await world.story(next.thread)).toContain('names «txt» of books/note, which has no such argument');
  });

  it('when the list has a mistake, then the older one stays in force', async () => {
    writeFileSync(file, "hosts: { allow: ['*'] }\n");
    clock.advance(5_000);
    await eventually(async () =>
      (await world.app.backend.health()).checks.find(({ state }) => state === 'warning'),
    );

    expect(await world.command('ana', 'general', 'learn https://evil.example.net/page')).toContain(
      'not among',
    );
  });
});

// The schema file is an object, as Ajv would refuse it otherwise.
const fitsSchema = new Ajv().compile(
  JSON.parse(readFileSync('defaults/guardrails.schema.json', 'utf8')) as object,
);

it.each([
  ["hosts: { allow: ['*'] }", 'guardrails.yaml:1: hosts.allow[0]: "*" is no host. Fix: write a host'],
  [
    "hosts:\n  allow: ['https://example.com']",
    'guardrails.yaml:2: hosts.allow[0]: "https://example.com" is no host',
  ],
  ['hosts:\n  allow: ["example.com:8080"]', 'hosts.allow[0]: "example.com:8080" holds a port'],
  ['hosts: { allow: example.com }', 'guardrails.yaml:1: hosts.allow: must be a list'],
  ['hosts: { tools: { a/b: [url] } }', 'guardrails.yaml:1: hosts: has no «allow»'],
  ['hosts: { allow: [], tools: { fetch: [url] } }', 'hosts.tools.fetch: "fetch" is not the name of a tool'],
  ['hosts: { allow: [], tools: { a/b: [] } }', 'hosts.tools.a/b: names no argument'],
  ['hosts: { allow: [], tool: {} }', 'hosts.tool: is not a known key. Fix: did you mean tools'],
])(
  'given %j as guardrails, then the mistake is named with a fix, and editors see one too',
  (text, mistake) => {
    const { mistakes } = parseGuardrails(text, 'guardrails.yaml');

    expect(mistakes.list().join('\n')).toContain(mistake);
    expect(mistakes.list().join('\n')).toContain('Fix: ');
    expect(fitsSchema(parse(text))).toBe(false);
  },
);

it('given the guardrails of the documentation, then they are read, and fit the schema for editors', () => {
  const examples = readFileSync('docs/guardrails.md', 'utf8').matchAll(/```yaml\n(.*?)```/gsu);

  const found = [...examples].map(([, text = '']) => [
    parseGuardrails(text, 'guardrails.yaml').mistakes.list(),
    fitsSchema(parse(text)),
  ]);

  expect(found).toHaveLength(4);
  expect(found.every(([mistakes, fits]) => JSON.stringify(mistakes) === '[]' && fits === true)).toBe(true);
});
