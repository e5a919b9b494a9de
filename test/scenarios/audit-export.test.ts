/** An operator exports the ledger; a stranger checks it with nothing but the file. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { alterLedger } from '../builders/altered-ledger.ts';
import type { StoredCommit } from '../builders/altered-ledger.ts';
import { aFolder, removeFolder, runCommand, startBot } from '../builders/running-bot.ts';
import { untilSealable } from '../builders/store-lane.ts';
import { readAsStranger } from '../builders/stranger.ts';

const dataDir = aFolder();
let refund: { run: string; thread: string };
let question: { run: string; thread: string };

beforeAll(async () => {
  const bot = await startBot({ dataDir });
  const asked = await bot.as('ana').say('finance', 'refund invoice 1042 of Acme, 40 dollars, broken');
  refund = { run: String(asked.body.run), thread: asked.body.thread };
  const approval = await bot.as('ben').asked(refund.run);
  await bot.as('ben').vote(approval, 'deny', 'not this one');
  await bot.as('ana').until(refund.run, 'done');
  const other = await bot.as('ana').say('general', 'what do we know about Acme?');
  question = { run: String(other.body.run), thread: other.body.thread };
  await bot.as('ana').until(question.run, 'done');
  // Several processes write to MongoDB: what is younger than ten seconds may still get company, and is sealed later.
  await untilSealable();
  await bot.stop();
}, 60_000);
afterAll(() => {
  removeFolder(dataDir);
});

const audit = (...args: readonly string[]): ReturnType<typeof runCommand> =>
  runCommand(['audit', ...args], { dataDir });

async function exported(
  ...args: readonly string[]
): Promise<{ readonly file: string; readonly text: string; readonly output: string }> {
  const file = join(dataDir, `export-${String(args.length)}.jsonl`);
  const { output } = await audit('export', '--out', file, ...args);
  return { file, text: readFileSync(file, 'utf8'), output };
}

/** Turns the first text of a commit around; done twice, it is as it was. */
function spoil(commit: StoredCommit): void {
  const [body] = Object.values(commit.bodies);
  if (body !== undefined) body.text = body.text.split('').toReversed().join('');
}

const kindsIn = (text: string, stream: string): readonly string[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { stream: string; events: { kind: string }[] }) // An export line has these.
    .filter((line) => line.stream === stream)
    .flatMap((line) => line.events.map((event) => event.kind));

describe('given the ledger of a bot that was stopped', () => {
  it('when it is verified, then the seals vouch for every stream, and the signing key is named', async () => {
    const { code, output } = await audit('verify');

    expect(output).toMatch(/^ok {3}\d+ commits in \d+ streams: every hash/mu);
    expect(output).toMatch(/^seal 1 seals, the last of .*, vouch for (\d+) of \1 streams to their ends\.$/mu);
    expect(output).toMatch(/^key {2}[0-9a-f]{64} signed 1$/mu);
    expect(code).toBe(0);
  });

  it('when several processes share the work, then they find what one finds', async () => {
    alterLedger(dataDir, `run/${refund.run}`, spoil);
    const [one, three] = [
      await audit('verify', '--processes', '1'),
      await audit('verify', '--processes', '3'),
    ];
    alterLedger(dataDir, `run/${refund.run}`, spoil);
    expect(one.output).toContain(`BAD  run/${refund.run}/0`);
    expect(three).toEqual(one);
  });

  it('when all of it is exported, then a stranger without the database finds every hash, link, root and signature right', async () => {
    const { file, text } = await exported();

    const found = readAsStranger(text);
    expect(found).toMatchObject({ faults: [], seals: 1 });
    expect(found.compared).toBeGreaterThan(3);
    expect((await audit('verify', '--file', file)).output).toMatch(/^ok/u);

    const line = text
      .split('\n')
      .findIndex((entry) => entry.includes(refund.run) && entry.includes('approval.voted'));
    const altered = text
      .split('\n')
      .with(line, (text.split('\n')[line] ?? '').replace('"deny"', '"approve"'))
      .join('\n');
    expect(readAsStranger(altered).faults).not.toEqual([]);
    writeFileSync(file, altered);
    const { code, output } = await audit('verify', '--file', file);
    expect(output).toContain(`BAD  run/${refund.run}/`);
    expect(code).toBe(1);
  });

  it('when the last commits of a run are cut off the file, then the seal tells', async () => {
    const { file, text } = await exported();
    const lines = text.trim().split('\n');
    const last = lines.findLastIndex((entry) => entry.startsWith(`{"stream":"run/${question.run}"`));
    writeFileSync(file, `${lines.toSpliced(last, 1).join('\n')}\n`);

    const { code, output } = await audit('verify', '--file', file);
    expect(output).toMatch(/BAD {2}run\/run_\w+\/\d+: the ledger ends here, but commit \d+ was sealed/u);
    expect(code).toBe(1);
  });

  it('when it is exported by actor, tool, thread and outcome, then only that is in it, with the proof, and the file says that it is a selection', async () => {
    const { file, text, output } = await exported(
      '--tool',
      'billing/refund',
      '--outcome',
      'denied',
      '--actor',
      'ben',
    );

    expect(kindsIn(text, `run/${refund.run}`)).toContain('approval.decided');
    expect(kindsIn(text, `run/${refund.run}`)).not.toContain('run.requested');
    expect(kindsIn(text, `run/${question.run}`)).toEqual([]);
    expect(kindsIn(text, 'keys')).toEqual(['key.registered']);
    expect(kindsIn(text, 'seals')).toEqual(['ledger.sealed']);
    expect(output).toContain(
      'This is a selection (actor=ben tool=billing/refund outcome=denied), not the whole ledger',
    );
    const verified = await audit('verify', '--file', file);
    expect([verified.code, verified.output]).toEqual([
      0,
      expect.stringContaining('note this file is a selection'),
    ]);

    const { text: thread } = await exported('--thread', question.thread);
    expect(kindsIn(thread, `run/${question.run}`).at(-1)).toBe('run.finished');
    expect(kindsIn(thread, `run/${refund.run}`)).toEqual([]);

    const { text: later } = await exported('--since', '2999-01-01T00:00:00Z');
    expect(kindsIn(later, `run/${refund.run}`)).toEqual([]);
  });

  it('when it is exported as CSV, then each event is a row that says whether it is a selection', async () => {
    const { output } = await audit('export', '--format', 'csv', '--run', refund.run);

    expect(output).toMatch(/^stream,seq,landedAt,by,kind,data,excerpt$/mu);
    expect(output).toMatch(
      new RegExp(`^run/${refund.run},0,.*,ana,run.requested,.*,run=${refund.run}$`, 'mu'),
    );
    expect(output).not.toMatch(/^seals,/mu);
  });
});
