/** A thread that goes on for long: what it began with and what was said since stay known, from the record alone. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { asRunId, runStream } from '../../src/core/ids.ts';
import { eraseRun } from '../../src/runs/erase-run.ts';
import { allTexts } from '../../src/runs/personal-texts.ts';
import { aFolder, removeFolder } from '../builders/running-bot.ts';
import { aWorld, call, words } from '../builders/world.ts';
import type { Script, World } from '../builders/world.ts';

const long = `The long answer. ${'Facts and figures. '.repeat(40)}The end of it.`;
const script: Script = (turn, request) => {
  const said = request.messages.findLast((message) => message.role === 'user')?.text ?? '';
  if (said.startsWith('read') && turn === 0) return call('mail__read', {});
  return words(said.startsWith('Tell everything') ? long : `Answer to: ${said}`);
};

const told = (here: World): readonly string[] =>
  (here.asked.at(-1)?.messages ?? []).map((message) =>
    message.role === 'tool' ? 'tool' : `${message.role}: ${message.text}`,
  );

let world: World | undefined;
const folder = aFolder();
afterEach(async () => {
  await world?.close();
  removeFolder(folder);
});

describe('given a thread of many runs', () => {
  it('when it goes on after a restart, then its beginning, an outline and the last words are there, unless erased', async () => {
    let here = await aWorld({ folder, model: script });
    world = here;
    const begun = await here.say('ana', 'We plan the fair in Hanover. Budget is 9000.');
    await here.until(begun.run, 'done');
    const go = async (text: string, by = 'ana'): Promise<void> => {
      const { run } = await here.say(by, text, begun.thread);
      await here.until(run, 'done');
    };
    await go('read the mail');
    for (let at = 1; at <= 11; at += 1) await go(`Question ${String(at)} about the stand.`);
    await go('Tell everything');

    await here.close();
    here = await aWorld({ folder, model: script });
    world = here;
    await go('What was the budget?', 'ben');

    const [outline, ...rest] = told(here);
    expect(outline).toContain('It began with: We plan the fair in Hanover. Budget is 9000.');
    expect(outline).toContain('- Question 1 about the stand. → Answer to: Question 1 about the stand.');
    expect(outline).not.toContain('Question 3 ');
    expect(rest[0]).toBe('user: Question 3 about the stand.');
    expect(rest.at(-2)).toBe(`assistant: ${long}`);
    expect(rest.at(-1)).toBe('user: What was the budget?');

    // The taint of a run that only the outline tells of counts, too.
    const rows = await here.app.store.runs.list({ limit: 1 });
    expect(rows[0]?.taintedBy).toBe('mail/read, earlier in this thread');

    const { ledger } = here.app.store;
    const run = asRunId(begun.run);
    const texts = allTexts(await ledger.read(runStream(run)));
    await eraseRun(ledger, run, { texts, by: 'bot', why: 'retention', isPending: false });
    await go('And now?');
    expect(told(here).join('\n')).toContain('Question 1 about the stand.');
    expect(told(here).join('\n')).not.toContain('Hanover');
  });
});
