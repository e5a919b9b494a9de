/** Secrets planted wherever text comes in, in the forms they travel in; and every place where text goes out. */
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { compilePattern } from '../../src/core/linear-pattern.ts';
import { parseGuardrails } from '../../src/gate/parse-guardrails.ts';
import { createLogger } from '../../src/core/pino-logger.ts';
import { createRedactor, redactGrowing } from '../../src/core/redact.ts';
import { asChannelId, asRunId, newMemoryId } from '../../src/core/ids.ts';
import { systemClock } from '../../src/core/clock.ts';
import { createKnowledge } from '../../src/context/knowledge.ts';
import { operatorSight } from '../../src/memory/sight.ts';
import { exportLine } from '../../src/ledger/export.ts';
import type { ModelAnswer, ModelRequest } from '../../src/models/model.ts';
import { defineWorkflow } from '../../src/workflow-kit.ts';
import { canaryGuardrails, encodings, patterns, secrets } from '../builders/canaries.ts';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import { aWorld, words, worldPolicy } from '../builders/world.ts';
import type { World } from '../builders/world.ts';

const { loaded, shaped, named } = secrets;
const folder = aFolder();
const env = canaryGuardrails(folder);
afterAll(() => {
  removeFolder(folder);
});

const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

function shapedCall(
  name: string,
  input: Record<string, string | number>,
  text: string,
): Partial<ModelAnswer> {
  const value = { kind: 'parsed' as const, value: input };
  return { text, stop: 'tool-use', calls: [{ id: `toolu_${name.slice(0, 8)}`, name, input: value }] };
}

/** Everything that anybody could read afterwards. */
async function allSinks(world: World, logged: readonly string[], events: readonly string[]): Promise<string> {
  const { store, backend } = world.app;
  const ben = world.person('ben');
  const commits = [];
  for (const stream of await store.ledger.listStreams({ limit: 1_000 }))
    commits.push(...(await store.ledger.read(stream)));
  const runs = await store.runs.list({ limit: 1_000 });
  const approvals = await backend.listApprovals(ben, {});
  const threads = await Promise.all(
    [...new Set(runs.map((run) => run.thread))].map((id) => backend.readThread(ben, id)),
  );
  const rows = await store.chat.listThreads(asChannelId('console:finance'), { limit: 100 });
  const freeze = await backend.freezer.state();
  const { memories, recall } = world.app;
  const reading = { channel: asChannelId('console:finance') };
  const kept = await memories.list(await memories.audienceOf(reading), { limit: 100 });
  const documents = await store.passages.listDocuments(operatorSight('console'));
  const recalled = await recall.find(reading, { text: 'the canary of the safe', limit: 20 });
  // One memory and its correction, and the document, so that what is looked for is there at all.
  expect([kept.length, documents.length, recalled.length]).toEqual([1, 1, 2]);
  return [
    ...logged,
    ...events,
    ...commits.map((commit) => exportLine(commit)),
    JSON.stringify([runs, approvals, threads, rows, freeze, kept, documents, recalled]),
  ].join('\n');
}

function showsFile(canary: string): ReturnType<typeof defineWorkflow> {
  return defineWorkflow({
    name: 'shows-file',
    title: 'Show a file',
    input: z.object({}),
    start: { command: true },
    async run(ctx) {
      const file = { kind: 'csv', name: `sold ${canary}.csv`, columns: [canary], rows: [[canary]] } as const;
      await ctx.show('sold', { text: `Sold: ${canary}`, file });
    },
  });
}

/** Names of all files in these threads, and what the bot's own hold. */
async function shownFiles(
  { app: { backend }, person }: World,
  threads: readonly { readonly thread: string; readonly run: string }[],
): Promise<unknown> {
  const found: unknown[] = [];
  for (const { thread, run } of threads) {
    const items = (await backend.readThread(person('ben'), thread))?.items ?? [];
    for (const { id, attached = [] } of items) {
      for (const file of attached) found.push((await backend.readFile(person('ben'), run, file.id))?.name);
      const own = await backend.readFile(person('ben'), run, id);
      if (own !== undefined) found.push(own.name, Buffer.from(own.base64, 'base64').toString());
    }
  }
  return found;
}

/** A memory, its correction at the console, and a document in a folder. */
async function remember(world: World, canary: string): Promise<void> {
  const { memories, backend, store } = world.app;
  const audience = await memories.audienceOf({ channel: asChannelId('console:finance') });
  const kept = await memories.keep(audience, {
    ...{ id: newMemoryId(), kind: 'fact', scope: 'channel', around: `someone said ${canary}` },
    ...{ text: `the canary of the safe is ${canary}`, author: world.person('ana').id },
  });
  if (kept.kind !== 'kept') throw new Error('It was not kept.');
  await backend.memoryDesk.correct(
    world.person('ana'),
    'finance',
    kept.memory.id,
    `the canary of the vault: ${canary}`,
  );
  const documents = aFolder();
  writeFileSync(
    join(documents, 'safe.md'),
    `# Safe ${canary}\n\nThe canary of the safe is ${canary} all day.\n`,
  );
  const knowledge = createKnowledge({
    store: store.passages,
    clock: systemClock,
    redact: createRedactor([loaded], patterns),
  });
  const source = { root: documents, channel: asChannelId('console:finance'), isTrusted: true };
  await knowledge.sync(operatorSight('console'), source, () => undefined);
  removeFolder(documents);
}

for (const [encoding, encode] of Object.entries(encodings)) {
  for (const [kind, secret] of Object.entries(secrets)) {
    describe(`given a ${kind} secret in ${encoding}`, () => {
      it('when it comes in at 24 places, then no sink holds a byte of it and no call carries it', async () => {
        const canary = encode(secret);
        const logged: string[] = [];
        const output = { write: (line: string) => logged.push(line) };
        const logger = createLogger('debug', createRedactor([loaded], patterns), output);
        const model = (_turn: number, request: ModelRequest): Partial<ModelAnswer> => {
          const said = JSON.stringify(request.messages.filter((message) => message.role === 'user'));
          const results = request.messages.filter((message) => message.role === 'tool').length;
          const text = `I think ${canary} is it.`;
          // Chunks of three characters: no chunk holds the secret.
          for (let at = 0; at < text.length; at += 3) request.onText?.(text.slice(at, at + 3));
          if (said.includes('first')) {
            const steps = [
              shapedCall('mail__read', {}, text),
              shapedCall('books__look', { invoice: 1 }, text),
              shapedCall('books__note', { text: `note ${canary}` }, text),
              shapedCall(`books__${canary}`, {}, text),
              shapedCall('books__pay', { amount: 5, to: 'acme' }, text),
            ];
            return steps[results] ?? words(text);
          }
          return results === 0 ? shapedCall('books__pay', { amount: 6, to: 'acme' }, text) : words(text);
        };
        const world = await aWorld({
          policy: worldPolicy.replace('approvers: [finance]', 'approvers: [approver]'),
          secrets: [loaded],
          env,
          logger,
          model,
          workflows: [showsFile(canary)],
          answer({ tool }) {
            logger.warn('tool.told', { tool: tool.name, why: `it says ${canary}` });
            if (tool.name === 'mail/read')
              return { kind: 'answered', isError: false, content: `Mail: ${canary}.` };
            if (tool.name === 'books/look')
              return { kind: 'answered', isError: true, content: `Failed: ${canary}` };
            if (tool.name === 'books/pay') return { kind: 'unknown', why: `lost ${canary}` };
            return undefined;
          },
        });
        worlds.push(world);
        const events: string[] = [];
        const end = world.app.backend.subscribe(world.person('ben'), (event) =>
          events.push(JSON.stringify(event)),
        );

        const { backend } = world.app;
        const answered: unknown[] = [];
        const name = `found ${canary}.txt`;
        const file = await backend.keepFile(world.person('ana'), name, Buffer.from(`it says ${canary}`));
        const sent = await backend.sendMessage(world.person('ana'), {
          ...{ channel: 'finance', text: `first ${canary}` },
          files: file.kind === 'kept' ? [file.file.id] : [],
        });
        if (sent.kind !== 'taken') throw new Error(sent.detail);
        const first = { thread: sent.thread, run: String(sent.run) };
        const asked = await world.pending(first.run);
        await world.say('ana', `and ${canary}`, first.thread);
        answered.push(
          await backend.act(world.person('ben'), { action: `v1:${asked.id}:ask`, text: `is it ${canary}?` }),
        );
        const again = await world.pending(first.run);
        answered.push(
          await backend.vote(world.person('ben'), again.id, {
            ...{ vote: 'approve', digest: again.digest },
            arguments: { amount: 5, to: `acme ${canary}` },
          }),
          await backend.act(world.person('ben'), { action: `v1:${asked.id}:grant`, text: `${canary} times` }),
          await world.command('ana', 'finance', canary),
          await world.command('ana', 'finance', `schedule "daily 9:00" ${canary}`),
          await world.vote('ben', asked, 'deny', `because ${canary}`),
        );
        await world.until(first.run, 'done', 'waiting');
        const second = await world.say('ana', `second ${canary}`);
        await world.pending(second.run);
        await world.app.backend.stopRun(world.person('ana'), second.run, `enough ${canary}`);
        await world.until(second.run, 'stopped');
        const third = await world.say('ana', `third ${canary}`);
        await world.vote('ben', await world.pending(third.run), 'approve', `fine ${canary}`);
        await eventually(() =>
          world.sent.some((request) => request.tool.name === 'books/pay') ? true : undefined,
        );
        await world.app.backend.freezer.freeze(world.person('ben'), `odd ${canary}`);
        await world.app.backend.freezer.askForGlass(
          world.person('ben'),
          asRunId(third.run),
          `pumps ${canary}`,
        );
        await remember(world, canary);
        const shows = await world.say('ana', '/shows-file');
        await world.until(shows.run, 'done');
        answered.push(await shownFiles(world, [first, shows]));
        end();

        const sinks = [
          await allSinks(world, logged, events),
          JSON.stringify([world.asked, answered, file]),
        ].join('\n');
        // Both names come out, without what stood in them.
        expect(sinks).toMatch(/found \S*\[(?:secret|badge)\]/u);
        expect(sinks).toMatch(/sold-\S*(?:secret|badge)-/u);
        expect(sinks).toMatch(/\[(?:secret|badge)\]/u);
        expect(sinks.split(canary).length - 1).toBe(0);
        expect(sinks.split(secret).length - 1).toBe(0);
        expect(world.sent.filter((request) => request.argsJson.includes(canary))).toEqual([]);
        expect(world.sent.map((request) => request.tool.name)).not.toContain('books/note');
      }, 60_000);
    });
  }
}

describe('given patterns of an operator', () => {
  const redact = createRedactor([], patterns);

  it('when a text grows, then no prefix that is shown holds half of what they find', () => {
    const text = `Badge ${named} opens it.\nThe Code word: purple heron is for today.\nBye.`;
    const shown = Array.from(text, (_, index) => redactGrowing(text.slice(0, index + 1), false, redact));

    expect(shown.filter((prefix) => /BADGE|purple|heron/u.test(prefix))).toEqual([]);
    expect(redactGrowing(text, true, redact)).toBe(
      'Badge [badge] opens it.\nThe [code word] is for today.\nBye.',
    );
  });

  it('when one would take a common engine for ever, then it comes back', () => {
    const compiled = compilePattern('slow', '(x+x+)+y');

    expect('pattern' in compiled && compiled.pattern.clean('x'.repeat(100_000))).toHaveLength(100_000);
  });

  it('when one cannot be used, then the mistake names line, key and fix', () => {
    const broken = 'redact:\n  Bad: "["\n  back: "(a)\\\\1"\n  empty: "x*"\n  word: "\\\\w+"\n  own: "own"\n';
    const { mistakes } = parseGuardrails(broken, 'guardrails.yaml');

    const lines = mistakes.list();
    for (const [line, key] of [
      [2, 'Bad'],
      [3, 'back'],
      [4, 'empty'],
      [5, 'word'],
      [6, 'own'],
    ] as const)
      expect(
        lines.filter(
          (text) =>
            text.startsWith(`guardrails.yaml:${String(line)}: redact.${key}`) && text.includes('Fix: '),
        ),
      ).not.toEqual([]);
  });
});

describe('given the redactor', () => {
  const redact = createRedactor([loaded]);

  it('when a text grows by one character at a time, then no prefix that is shown holds half a secret', () => {
    const text = `The key is ${shaped}, the card 4111 1111 1111 1111, and that is all.`;
    const shown = Array.from(text, (_, index) => redactGrowing(text.slice(0, index + 1), false, redact));

    expect(shown.filter((prefix) => /sk-ant|c4n4|4111/u.test(prefix))).toEqual([]);
    expect(redactGrowing(text, true, redact)).toBe(
      'The key is [secret], the card [card number], and that is all.',
    );
  });

  it('when a text holds ordinary numbers, hashes and ids, then it stays as it is', () => {
    const text = [
      'Invoice 4111111111111112, order 1234567890123456, phone +49 30 1234567890',
      'f'.repeat(64),
      '1234567890123456789',
      'skype: sk-1, https://example.com/a%20b?x=1, call_3f9a0c1b2d4e5f60718293a4b5',
    ].join('\n');

    expect(redact(text)).toBe(text);
  });

  it('when a hostile text of 200,000 characters comes, then it comes back before the test gives up', () => {
    const units = ['eyJaaaaaaaaaaaa.', 'sk-', '4 ', '%41', 'A', 'a://b:', '-----BEGIN PRIVATE KEY-----'];
    const clean = units.map((unit) => redact(unit.repeat(Math.ceil(200_000 / unit.length))));

    expect(clean).toHaveLength(units.length);
  });
});
