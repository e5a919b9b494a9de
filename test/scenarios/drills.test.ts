import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asThreadId } from '../../src/core/ids.ts';
import { endOfTurn } from '../../src/core/clock.ts';
import { aManualClock } from '../builders/manual-clock.ts';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import { aWorld } from '../builders/world.ts';
import type { World } from '../builders/world.ts';

const guardrails = `
drills:
  stranger:
    when: hourly
    tool: books/pay
    arguments: { amount: 400, to: unknown-ltd }
    channel: finance
    as: ana
    said: "pay unknown-ltd 400"
    claim: "They asked for it by mail."
    why: "Nobody has ever ordered anything from unknown-ltd."
  free: { tool: books/note, arguments: { text: hi }, channel: finance, as: ana, said: note it, why: "Notes ought to be denied." }
  barred: { tool: books/pay, arguments: { amount: 1, to: mallory }, channel: finance, as: ana, said: pay mallory, why: "Nobody pays Mallory." }
`;

const folder = aFolder();
const clock = aManualClock(new Date('2026-11-23T08:30:00.000Z'));
let world: World;

beforeAll(async () => {
  const file = join(folder, 'guardrails.yaml');
  writeFileSync(file, guardrails);
  const schedules = join(folder, 'schedules.yaml');
  writeFileSync(
    schedules,
    'schedules:\n  weekly: { when: "every monday 9:00", workflow: approval-health, channel: finance }\n',
  );
  world = await aWorld({
    clock,
    env: { GUARDRAILS_FILE: file, SCHEDULES_FILE: schedules, TZ_NAME: 'UTC' },
  });
  await world.app.start();
});
afterAll(async () => {
  await world.close();
  removeFolder(folder);
});

/** Runs of this channel, the youngest first. */
const runs = async (): Promise<readonly string[]> =>
  (await world.app.store.runs.list({ limit: 30 })).map(({ id }) => id);

async function planted(name: string): Promise<string> {
  const before = new Set(await runs());
  expect(await world.command('cho', 'general', `drill ${name}`)).toContain('It is in #finance.');
  return eventually(async () => (await runs()).find((id) => !before.has(id)));
}

async function told(run: string, ...states: Parameters<World['until']>[1][]): Promise<string> {
  const { thread } = await world.until(run, ...states);
  return world.story(thread);
}

describe('given drills in guardrails.yaml', () => {
  it('when one is denied or approved, then its card says so only afterwards, and nothing of it is ever sent', async () => {
    const denied = await planted('stranger');
    const asked = await world.pending(denied);
    const { thread } = await world.until(denied, 'waiting');
    expect(asked).toMatchObject({ tool: 'books/pay', requestedBy: 'ana' });
    const shown = JSON.stringify(await world.app.backend.readThread(world.person('ben'), thread));
    expect(shown).toContain('They asked for it by mail.');
    expect(shown + JSON.stringify(asked)).not.toMatch(/drill/iu);
    await world.vote('ben', asked, 'deny', 'who is that?');
    expect(await told(denied, 'done')).toMatch(
      /Denied by Ben.*This was a drill: it ought to be denied. Nobody has ever ordered/u,
    );

    const approved = await planted('stranger');
    await world.vote('ben', await world.pending(approved), 'approve');
    const story = await told(approved, 'done');

    expect(story).toMatch(/Approved by Ben at \S+\. This was a drill: it ought to be denied\./u);
    expect(world.sent).toEqual([]);
    const ledger = await world.app.store.ledger.read(`run/${approved}`);
    expect(ledger.flatMap(({ events }) => events.map(({ kind }) => kind))).not.toContain('tool.dispatched');
    const { thread: other } = await world.until(await planted('stranger'), 'waiting');
    const card = JSON.stringify(await world.app.backend.readThread(world.person('ben'), other));
    expect(card).not.toContain('1 approved');
  });

  it('when policy lets such a call run, or bars it, then nothing is sent either and the thread says which', async () => {
    expect(await told(await planted('free'), 'done')).toContain(
      'Policy would have let it run without asking anybody.',
    );
    expect(await told(await planted('barred'), 'done')).toContain('Nobody was asked. Policy does not allow');
    expect(world.sent).toEqual([]);
    expect(await world.command('dev', 'general', 'drill stranger')).toContain('Only operators and approvers');
  });

  it('when somebody needs the thread of a drill, then the drill ends and the real run goes on', async () => {
    const drilled = await planted('stranger');
    const { thread } = await world.until(drilled, 'waiting');

    await world.app.backend.sendMessage(world.person('ana'), {
      channel: 'finance',
      thread,
      text: 'pay acme',
    });
    const real = await eventually(async () => {
      const rows = await world.app.store.runs.list({ thread: asThreadId(thread), limit: 5 });
      return rows.find(({ id }) => id !== drilled)?.id;
    });
    await world.vote('ben', await world.pending(real), 'approve');
    const story = await told(real, 'done');

    expect(story).toContain('The run ended. Nothing ran. This was a drill');
    expect(world.sent.map(({ argsJson }) => argsJson)).toEqual(['{"amount":120,"to":"acme"}']);
  });

  it('when its moment comes, then it comes once, and the figures tell who caught how many', async () => {
    const before = new Set(await runs());
    while (clock.now().getTime() < Date.UTC(2026, 10, 23, 9, 0, 20)) {
      clock.advance(5_000);
      await endOfTurn();
    }
    const began = await eventually(async () => {
      const rows = await world.app.store.runs.list({ limit: 30 });
      const now = rows.filter(({ id }) => !before.has(id));
      return now.length === 2 ? now : undefined;
    });
    const due = began.find(({ workflow }) => workflow === 'assistant')?.id ?? '';
    const weekly = began.find(({ workflow }) => workflow === 'approval-health')?.id ?? '';
    expect(await told(weekly, 'done')).toContain('**Approval health of the last 7 days** in this channel');
    await world.vote('ben', await world.pending(due), 'deny');
    await world.until(due, 'done');
    clock.advance(5_000);

    const { run } = await world.say('cho', '/approval-health');
    const report = await told(run, 'done');

    expect((await runs()).length).toBe(before.size + 3);
    expect(report).toMatch(/\*\*Ben\*\*: asked 1 · decided 1 · approved 100 % · .* · drills caught 2 of 3/u);
    expect(report).toContain('**Drills:** 2 of 3 caught (67 %)');
    expect(report).toContain('Ben approved 1 that ought to be denied.');
    expect(await told((await world.say('cho', 'approval health')).run, 'done')).toContain('2 of 3 caught');
  });
});

describe('given a drill that names what is not there', () => {
  it('when the bot starts, then every mistake is named with file, line, key and fix', async () => {
    const file = join(folder, 'broken.yaml');
    writeFileSync(
      file,
      'drills:\n  Bad: { tool: books, channel: attic, as: nobody, said: x, why: y, when: soon, workflow: none, speed: 1 }\n  half: { tool: a/b }\n',
    );

    const started = aWorld({ env: { GUARDRAILS_FILE: file } });

    const text = await started.then(() => '', String);
    for (const part of ['Bad', 'books', 'attic', 'nobody', 'soon', 'none', 'speed', 'half', '«why»'])
      expect(text).toContain(part);
    expect(
      text.split('\n').filter((line) => /broken\.yaml:[23].*Fix: /u.test(line)).length,
    ).toBeGreaterThanOrEqual(10);
  });
});
