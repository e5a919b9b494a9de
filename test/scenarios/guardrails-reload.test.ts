/** `guardrails.yaml` changes while the bot runs: the next call is held to it, and mistakes change nothing. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { demonstrationPeople } from '../../src/people/parse-people.ts';
import { createPeople } from '../../src/people/create-people.ts';
import { aManualClock } from '../builders/manual-clock.ts';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import { aWorld, call, lastResult, words } from '../builders/world.ts';
import type { World } from '../builders/world.ts';
import { aPlainPlatform } from '../fakes/plain-adapter.ts';

const folder = aFolder();
const file = join(folder, 'guardrails.yaml');
const clock = aManualClock();
const platform = aPlainPlatform('slack');
let world: World;

beforeAll(async () => {
  writeFileSync(file, "redact: { badge: 'BADGE-[0-9]{8}' }\n");
  const people = demonstrationPeople();
  world = await aWorld({
    clock,
    logger: { debug: log, info: log, warn: log, error: log },
    env: { GUARDRAILS_FILE: file, TZ_NAME: 'UTC' },
    adapters: [platform.definition],
    people: createPeople({
      ...people,
      persons: people.persons.map((person) =>
        person.id === 'cho'
          ? { ...person, roles: [...person.roles, 'operator'], slack: ['T01/U03'] }
          : person,
      ),
    }),
    find: async (_name, found, isFresh) => {
      if (isFresh) await beforeDispatch?.();
      return found;
    },
    model: (turn, request) => {
      const said = JSON.stringify(request.messages.find(({ role }) => role === 'user'));
      if (said.includes('pay'))
        return turn === 0
          ? call('books__pay', { amount: 120, to: codes.desk })
          : words(`Result: ${lastResult(request)}`);
      const text = said.includes('badge') ? codes.badge : codes.room;
      return turn === 0 ? call('books__note', { text }) : words(`Result: ${lastResult(request)}`);
    },
  });
  await world.app.start();
});
afterAll(async () => {
  await world.close();
  removeFolder(folder);
});

const codes = { room: 'ROOM-77', badge: 'BADGE-12345678', desk: 'DESK-42' };
/** What happens while a server is asked for its list right before a dispatch. */
let beforeDispatch: (() => Promise<void>) | undefined;

const logged: string[] = [];
const log = (event: string): void => void logged.push(event);

/** The bot has looked at its files. */
async function lookAfter(text: string | undefined): Promise<void> {
  const looks = (): number => logged.filter((event) => event.startsWith('guardrails.')).length;
  const before = looks();
  if (text === undefined) rmSync(file);
  else writeFileSync(file, text);
  clock.advance(5_000);
  await eventually(() => looks() > before || undefined);
}

async function note(what: 'room' | 'badge'): Promise<string> {
  const { run, thread } = await world.say('ana', `note the ${what} ${codes[what]}`);
  await world.until(run, 'done');
  return world.story(thread);
}

const drill =
  'tool: books/pay, arguments: { amount: 400, to: acme }, channel: finance, as: ana, said: pay acme, why: nobody ordered';

describe('given guardrails that change while the bot runs', () => {
  it('when a pattern is added, then the next call that holds such a text does not run, and nobody reads it', async () => {
    expect(await note('room')).toContain('ROOM-77');
    expect(world.sent).toHaveLength(1);

    await lookAfter("redact: { badge: 'BADGE-[0-9]{8}', room: 'ROOM-[0-9]+' }\n");
    const story = await note('room');

    expect(story).not.toContain('ROOM-77');
    expect(story).toContain('[room]');
    expect(world.sent).toHaveLength(1);
  });

  it('when a pattern meets a call that waits for people, then the question is void, and nobody is asked anew', async () => {
    const sent = world.sent.length;
    const { run, thread } = await world.say('ana', 'pay the desk');
    const approval = await world.pending(run);

    await lookAfter("redact: { badge: 'BADGE-[0-9]{8}', room: 'ROOM-[0-9]+', desk: 'DESK-[0-9]+' }\n");
    await world.until(run, 'done');

    const found = await world.app.backend.readApproval(world.person('ben'), approval.id);
    expect(found?.state).toBe('stale');
    const vote = await world.vote('ben', approval, 'approve');
    expect(vote.kind).toBe('refused');
    const story = await world.story(thread);
    expect(story).toContain('The arguments hold a secret or a card number');
    expect(world.sent).toHaveLength(sent);
  });

  it('when a pattern comes between the approval and the dispatch, then nothing is sent', async () => {
    const sent = world.sent.length;
    await lookAfter("redact: { badge: 'BADGE-[0-9]{8}', room: 'ROOM-[0-9]+' }\n");
    const { run, thread } = await world.say('ana', 'pay the desk');
    const approval = await world.pending(run);
    beforeDispatch = async () => {
      beforeDispatch = undefined;
      await lookAfter("redact: { badge: 'BADGE-[0-9]{8}', room: 'ROOM-[0-9]+', desk: 'DESK-[0-9]+' }\n");
    };

    const vote = await world.vote('ben', approval, 'approve');
    await world.until(run, 'done');

    expect(vote.kind).toBe('counted');
    expect(await world.story(thread)).toContain('The arguments hold a secret or a card number');
    expect(world.sent).toHaveLength(sent);
  });

  it.each([
    ['has mistakes', "redact: { badge: '(' }\ndrills: { late: { when: soon, tool: books, as: zoe } }\n"],
    ['is gone', undefined],
  ])('when the file %s, then what was in force stays, and operators are told once', async (_, text) => {
    const before = platform.told.length;

    await lookAfter(text);
    clock.advance(60_000);
    const found = await eventually(() =>
      platform.told.length > before ? platform.told.slice(before) : undefined,
    );

    const [account, said] = found[0] ?? [];
    expect([account, platform.told.length]).toEqual(['T01/U03', before + 1]);
    expect(said).toContain('What was in force stays in force');
    expect(said).toMatch(/guardrails\.yaml.*Fix: /u);
    expect(await note('room')).not.toContain('ROOM-77');
    expect(await note('badge')).toContain('[badge]');
    expect(world.sent).toHaveLength(1);
    const { checks } = await world.app.backend.health();
    expect(checks).toContainEqual(
      expect.objectContaining({ state: 'warning', detail: expect.stringContaining('guardrails.yaml') }),
    );
  });

  it('when a drill names a person who is not there, then it is a mistake like at the start', async () => {
    const before = platform.told.length;

    await lookAfter(`drills: { bait: { ${drill.replace('as: ana', 'as: zoe')} } }\n`);

    const told = await eventually(() => platform.told[before]);
    expect(told[1]).toContain('there is no person zoe');
    expect(await world.command('cho', 'general', 'drill bait')).toContain('There are no drills.');
  });

  it('when the file is mended, then it is in force: patterns go, drills come at their next moment', async () => {
    const before = platform.told.length;

    await lookAfter(
      `drills: { bait: { when: daily 9:10, ${drill} }, past: { when: daily 8:59, ${drill} } }\n`,
    );

    const told = await eventually(() => platform.told[before]);
    expect(told[1]).toBe('The files are in order again, and in force.');
    expect(await note('room')).toContain('ROOM-77');
    expect(world.sent).toHaveLength(2);
    const runs = (await world.app.store.runs.list({ limit: 30 })).length;
    while (clock.now().getTime() < Date.UTC(2026, 10, 22, 9, 10, 5)) {
      clock.advance(5_000);
      await new Promise(setImmediate);
    }
    const list = await eventually(async () => {
      const found = await world.app.store.runs.list({ limit: 30 });
      return found.length > runs ? found : undefined;
    });
    expect(list).toHaveLength(runs + 1);
  });
});
