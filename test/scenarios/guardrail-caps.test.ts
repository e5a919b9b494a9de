/** Caps of the operator's own on what one call takes along and what one result brings back. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseGuardrails } from '../../src/gate/parse-guardrails.ts';
import { aFolder, removeFolder } from '../builders/running-bot.ts';
import { aWorld, call, lastResult, words } from '../builders/world.ts';
import type { World } from '../builders/world.ts';

const folder = aFolder();
const file = join(folder, 'guardrails.yaml');
let world: World;

beforeAll(async () => {
  writeFileSync(file, 'caps: { arguments: 2, results: 1 }\n');
  world = await aWorld({
    env: { GUARDRAILS_FILE: file },
    answer: ({ tool }) =>
      tool.name === 'books/look'
        ? {
            kind: 'answered',
            content: 'z'.repeat(5_000),
            structured: { all: 'z'.repeat(5_000) },
            isError: false,
          }
        : undefined,
    model: (turn, request) => {
      if (turn > 0) return words(`Result: ${lastResult(request)}`);
      const said = JSON.stringify(request.messages.at(-1));
      if (said.includes('look')) return call('books__look', { invoice: 1 });
      return call('books__note', { text: 'y'.repeat(said.includes('long') ? 3_000 : 1_000) });
    },
  });
});
afterAll(async () => {
  await world.close();
  removeFolder(folder);
});

describe('given caps of 2 kB of arguments and 1 kB of a result', () => {
  it.each([
    ['note something long', 0, 'The arguments are longer than 2 kB. Nothing ran.'],
    ['note something short', 1, 'Noted.'],
  ])('when the agent is asked to «%s», then %i calls leave', async (said, count, result) => {
    const before = world.sent.length;
    const { run, thread } = await world.say('ana', said);
    await world.until(run, 'done');

    expect(world.sent.length - before).toBe(count);
    expect(await world.story(thread)).toContain(result);
  });

  it('when a result is longer, then the model reads its beginning, and that it was cut', async () => {
    const { run } = await world.say('ana', 'look at it');
    await world.until(run, 'done');

    const read = world.asked.slice(-1).map(lastResult).join('');
    expect(read).toContain('[cut: the first 1024 of 5000 bytes]');
    expect(read).not.toContain('z'.repeat(1_025));
  });
});

it.each([
  [
    'caps: { arguments: 65 }',
    'guardrails.yaml:1: caps.arguments: 65 is out of range. Fix: write a whole number from 1 to 64',
  ],
  ['caps:\n  results: lots', 'guardrails.yaml:2: caps.results: must be a number'],
  ['caps:\n  arguments: 3\n  result: 3', 'guardrails.yaml:3: caps.result'],
  ['caps: { arguments: 0 }', 'caps.arguments: 0 is out of range'],
])(
  'given %j as guardrails, then the mistake is named with line, key and fix, and the cap stays',
  (text, mistake) => {
    const { mistakes, guardrails } = parseGuardrails(text, 'guardrails.yaml');

    expect(mistakes.list().join('\n')).toContain(mistake);
    expect(mistakes.list().join('\n')).toContain('Fix: ');
    expect(guardrails.caps.results).toBe(256 * 1024);
  },
);
