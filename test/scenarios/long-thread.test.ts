/** A thread that goes on for long: what it began with and what was said since stay known, from the record alone. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { asRunId, runStream } from '../../src/core/ids.ts';
import { sourceOfStore, verifyLedger } from '../../src/ledger/verify-ledger.ts';
import type { ModelRequest } from '../../src/models/model.ts';
import { eraseRun } from '../../src/runs/erase-run.ts';
import { allTexts } from '../../src/runs/personal-texts.ts';
import { createRetention } from '../../src/runs/retention.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { aMovedClock } from '../builders/moved-clock.ts';
import { aFolder, removeFolder, runCommand } from '../builders/running-bot.ts';
import { findStored } from '../builders/store-lane.ts';
import { aWorld, call, words } from '../builders/world.ts';
import type { Script, World } from '../builders/world.ts';

const dayMs = 86_400_000;
const long = `The long answer. ${'Facts and figures. '.repeat(40)}The end of it.`;
/** It fails to write summaries. */
const script: Script = (turn, request) => {
  if (request.isSummary === true) throw new Error('No summary today.');
  const said = request.messages.findLast((message) => message.role === 'user')?.text ?? '';
  if (said.startsWith('read') && turn === 0) return call('mail__read', {});
  return words(said.startsWith('Tell everything') ? long : `Answer to: ${said}`);
};

const told = (here: World): readonly string[] =>
  (here.asked.findLast(({ isSummary }) => isSummary !== true)?.messages ?? []).map((message) =>
    message.role === 'tool' ? 'tool' : `${message.role}: ${message.text}`,
  );

let world: World | undefined;
let folder = '';
beforeEach(() => {
  folder = aFolder();
});
afterEach(async () => {
  await world?.close();
  world = undefined;
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

describe('given a model that writes summaries', () => {
  const textOf = (request: ModelRequest): string =>
    request.messages.map((message) => (message.role === 'user' ? message.text : '')).join('\n');
  /** Every fact that it is shown, once. */
  const summing =
    (name: string): Script =>
    (turn, request) => {
      const facts = [...new Set(textOf(request).match(/\bfact[A-Za-z]*\d+\b/gu))];
      return request.isSummary === true
        ? words(`${name} sums up: ${facts.join(' ')}`)
        : script(turn, request);
    };
  const summaries = (here: World): readonly string[] =>
    here.asked.filter(({ isSummary }) => isSummary === true).map(textOf);

  async function begin(here: World): Promise<(text: string, by?: string) => Promise<string>> {
    const begun = await here.say('ana', 'We plan the fair in Hanover: fact0');
    await here.until(begun.run, 'done');
    return async (text, by = 'ana') => {
      const { run } = await here.say(by, text, begun.thread);
      await here.until(run, 'done');
      return run;
    };
  }

  async function summaryOf(here: World, run: string): Promise<string | undefined> {
    const found = await here.app.runs.open(asRunId(run));
    if (found === undefined) throw new Error(run);
    here.app.runs.close(found);
    return found.state().summary?.text;
  }

  it('when exchanges leave the window, then it goes on from its last summary, with its taint, after a restart and with another model', async () => {
    let here = await aWorld({ folder, model: summing('One') });
    world = here;
    let go = await begin(here);
    await go('read the mail, fact1');
    for (let at = 2; at <= 13; at += 1) await go(`Note fact${String(at)}`, at === 3 ? 'cho' : 'ana');
    expect(summaries(here)).toEqual([]);
    const first = await go('Note fact14');
    expect(await summaryOf(here, first)).toBe('One sums up: fact0 fact1 fact2 fact3 fact4');
    const thread = (await here.app.backend.readRun(here.person('ana'), first))?.thread ?? '';

    await here.close();
    here = await aWorld({ folder, model: summing('Two') });
    world = here;
    go = async (text, by = 'ana') => {
      const { run } = await here.say(by, text, thread);
      await here.until(run, 'done');
      return run;
    };
    for (let at = 15; at <= 18; at += 1) await go(`Note fact${String(at)}`);
    const second = await go('Note fact19');

    const [input = ''] = summaries(here);
    expect(input).toContain('The summary so far:\n> One sums up: fact0 fact1 fact2 fact3 fact4');
    expect(input).toContain('> Person: Note fact5');
    expect(input).not.toContain('Note fact4');
    expect(input).not.toContain('fact10');
    expect(await summaryOf(here, second)).toContain('Two sums up: fact0 fact1 fact2 fact3 fact4 fact5');

    await go('What do we know?', 'ben');
    const [head, ...rest] = told(here);
    expect(head).toContain('It began with: We plan the fair in Hanover: fact0');
    expect(head).toContain('Two sums up: fact0 fact1 fact2 fact3 fact4 fact5 fact6 fact7 fact8 fact9\n');
    expect(head).not.toContain('- Note');
    expect(rest[0]).toBe('user: Note fact10');
    // What only the summary tells of still taints, and still keeps its writer from approving.
    const [row] = await here.app.store.runs.list({ limit: 1 });
    expect(row?.taintedBy).toBe('mail/read, earlier in this thread');
    const recalled = await here.app.runs.open(asRunId(row?.id ?? ''));
    expect([...(recalled?.state().recalledFrom ?? [])]).toContain('cho');
    // Another thread is told nothing of it.
    const elsewhere = await here.say('ana', 'What do we know?');
    await here.until(elsewhere.run, 'done');
    expect(JSON.stringify(told(here))).not.toContain('fact');
  });

  it('when a person is erased, or the time of texts is over, then no summary that tells of them is left, and one is made anew', async () => {
    let here = await aWorld({ folder, model: summing('One') });
    let go = await begin(here);
    for (let at = 1; at <= 13; at += 1)
      await go(at === 3 ? 'Note factquokka3' : `Note fact${String(at)}`, at === 3 ? 'cho' : 'ana');
    const first = await go('Note fact14');
    expect(await summaryOf(here, first)).toContain('factquokka3');
    const thread = (await here.app.backend.readRun(here.person('ana'), first))?.thread ?? '';
    await here.close();
    expect(findStored(folder, 'factquokka3')).not.toEqual([]);

    const { code } = await runCommand(['erase', '--person', 'cho', '--yes'], { dataDir: folder });

    expect(code).toBe(0);
    expect(findStored(folder, 'factquokka3')).toEqual([]);
    const clock = aMovedClock();
    here = await aWorld({ folder, model: summing('Three'), clock });
    world = here;
    go = async (text) => {
      const { run } = await here.say('ana', text, thread);
      await here.until(run, 'done');
      return run;
    };
    clock.advance(20 * dayMs);
    const again = await go('And now?');
    expect(told(here)[0]).toContain('- Note fact2 → Answer to: Note fact2');
    expect(await summaryOf(here, again)).toBe('Three sums up: fact0 fact1 fact2 fact4 fact5');
    await go('And then?');
    expect(told(here)[0]).toContain('Three sums up: fact0 fact1 fact2 fact4 fact5');

    expect(findStored(folder, 'Three sums up')).not.toEqual([]);
    clock.advance(11 * dayMs);
    const { ledger, runs } = here.app.store;
    const retention = createRetention({
      ...{ ledger, runs, clock, logger: silentLogger },
      ...{ textsDays: 30, runsDays: undefined },
    });
    expect(await retention.sweep()).toBe(15);
    expect(await summaryOf(here, again)).toBeUndefined();
    expect(findStored(folder, 'Three sums up')).toEqual([]);
    expect(await here.story(thread)).toContain('And now?');
    expect((await verifyLedger(sourceOfStore(ledger))).faults).toEqual([]);
  });
});
