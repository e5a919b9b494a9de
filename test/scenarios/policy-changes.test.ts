/** Operators change policy in chat: one wants it, another one agrees, and then it stands in the file. */
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { foldStream } from '../../src/ledger/fold.ts';
import { foldPolicyChanges, policyStream } from '../../src/gate/policy-change-state.ts';
import { parsePeople } from '../../src/people/parse-people.ts';
import { readFixture } from '../builders/event-fixture.ts';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import { aWorld, worldPolicy } from '../builders/world.ts';
import type { World } from '../builders/world.ts';
import { asChannelId } from '../../src/core/ids.ts';

const peopleText = `people:
  ana: { name: Ana, roles: [operator], tokenSha256: [${'a'.repeat(64)}] }
  ben: { name: Ben, roles: [finance, approver], tokenSha256: [${'b'.repeat(64)}] }
  cho: { name: Cho, roles: [operator, approver, finance], tokenSha256: [${'c'.repeat(64)}] }
channels: { finance: {}, general: {} }
`;
const policyText = worldPolicy.replace('rules:', '# Who pays what.\nrules:');
const folder = aFolder();
const file = join(folder, 'policy.yaml');
let world: World;

beforeAll(async () => {
  writeFileSync(file, policyText);
  writeFileSync(join(folder, 'people.yaml'), peopleText);
  world = await aWorld({
    folder,
    isFiled: true,
    people: parsePeople(peopleText, 'people.yaml'),
    env: { POLICY_FILE: file, PEOPLE_FILE: join(folder, 'people.yaml') },
  });
});
afterAll(async () => {
  await world.close();
  removeFolder(folder);
});

const says = (person: string, text: string): Promise<string> => world.command(person, 'general', text);

async function cards(person: string) {
  const where = { surface: 'console', channel: asChannelId('console:general') };
  return (await world.app.command({ person: world.person(person), ...where, text: 'policy changes' })).cards;
}

/** Presses the button of the only card that waits. */
async function press(person: string, label: 'Approve' | 'Deny'): Promise<string> {
  const action = (await cards('ana'))[0]?.actions.find((entry) => entry.label === label)?.id ?? '';
  const done = await world.app.backend.act(world.person(person), { action });
  return done.kind === 'refused' ? done.detail : done.text;
}

const kinds = async (): Promise<readonly string[]> =>
  (await world.app.store.ledger.read(policyStream)).flatMap(({ by, events }) =>
    events.map(({ kind }) => `${by} ${kind}`),
  );

describe('given two operators', () => {
  it('when one wants a change, then nothing changes before the other one agrees; then a waiting question is void', async () => {
    const { run } = await world.say('ana', 'pay acme');
    const before = await world.pending(run);

    const asked = await says('ana', 'policy set large when args.amount > 100');

    expect(asked).toContain('- when: args.amount > 500');
    expect(asked).toContain('+ when: args.amount > 100');
    expect(asked).toContain('1 would be decided otherwise (ask → ask_two: 1)');
    expect(readFileSync(file, 'utf8')).toBe(policyText);
    expect((await cards('cho'))[0]?.fields.map(({ value }) => value).join(' ')).toContain(
      'args.amount > 100',
    );
    expect(await says('ben', 'policy changes')).toContain('Only operators');
    expect(await press('ben', 'Approve')).toContain('Only operators');
    expect(await press('ana', 'Approve')).toContain('another operator');
    expect(readFileSync(file, 'utf8')).toBe(policyText);

    expect(await press('cho', 'Approve')).toBe('Done: rule large is changed, and in force.');

    const written = readFileSync(file, 'utf8');
    expect(written).toContain('args.amount > 100');
    expect(written).toContain('# Who pays what.');
    expect(await says('ben', 'policy books/pay')).toContain('args.amount > 100');
    const after = await eventually(async () => {
      const now = await world.pending(run);
      return now.id === before.id ? undefined : now;
    });
    expect(after.quorum).toBeGreaterThan(1);
    expect(await kinds()).toEqual(['ana policy.proposed', 'cho policy.confirmed', 'cho policy.written']);
    expect(world.sent).toEqual([]);
  });

  it.each([
    ['ben', 'set large quorum 1', 'Only operators'],
    ['ana', 'set large quorum none', 'policy.yaml:'],
    ['ana', 'set large approvers [nobody]', 'there is no person or role'],
    ['ana', 'set large quorm 3', 'did you mean quorum'],
    ['ana', 'set large quorum 4', 'only 2 of them are there'],
    ['ana', 'set larger quorum 3', 'There is no rule larger'],
    ['ana', 'set large verdict ask_two', 'That changes nothing'],
    ['ana', `set large when "args.to == 'a\u202Eb'"`, 'Nobody could see what that is'],
    ['ana', 'add { id: large, tool: books/note, verdict: deny }', 'There is a rule large already'],
    ['ana', 'add [', 'cannot be read as YAML'],
    ['ana', 'remove default', 'The default stays'],
    ['ana', 'set large', 'Write which line'],
    ['ana', 'set large when “args.amount > 3”', 'Unexpected character: “'],
  ])('when %s says «%s», then nothing is asked, and why', async (person, text, why) => {
    const before = await kinds();

    expect(await says(person, `policy ${text}`)).toContain(why);

    expect(await kinds()).toEqual(before);
  });

  it('when the file changes in between, then the agreement counts for nothing; a denied change is gone', async () => {
    await says('ana', 'policy remove never');
    writeFileSync(file, `${readFileSync(file, 'utf8')}# by hand\n`);

    expect(await press('cho', 'Approve')).toContain('The file has changed since this was asked for');

    expect(readFileSync(file, 'utf8')).toContain('id: never');
    expect(await cards('cho')).toEqual([]);
    await says('cho', 'policy add { id: notes, tool: books/note, verdict: ask }');
    expect(await press('ana', 'Deny')).toContain('Turned down');
    expect(readFileSync(file, 'utf8')).not.toContain('id: notes');
    expect((await kinds()).slice(-3)).toEqual([
      'cho policy.outdated',
      'cho policy.proposed',
      'ana policy.turned-down',
    ]);
  });

  it('when the file cannot be read or written, then nothing is asked, and whoever wants it reads what to mend', async () => {
    const before = await kinds();
    const text = readFileSync(file, 'utf8');
    rmSync(file);
    mkdirSync(file);

    const unread = await says('ana', 'policy remove never');
    rmSync(file, { recursive: true });
    makeUnwritable(text);
    const unwritten = await says('ana', 'policy remove never');

    expect(unread).toContain('is a folder. Fix: put the file itself in its place.');
    expect(unwritten).toContain('cannot be written. Fix: give this user the right to write it');
    expect(await kinds()).toEqual(before);
    makeWritable(text);
  });
});

/** No file can stand beside one whose name is as long as a name may be: whatever rights this user has. */
function makeUnwritable(text: string): void {
  const long = join(folder, 'p'.repeat(250));
  writeFileSync(long, text);
  rmSync(file, { force: true });
  symlinkSync(long, file);
}

function makeWritable(text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

it('given two operators, when one who also approves has changed the rules, then he decides nothing of what is asked within the day', async () => {
  await says('cho', 'policy set large when args.amount > 900');
  expect(await press('ana', 'Approve')).toContain('is changed, and in force');
  const { run } = await world.say('ana', 'pay acme once more');
  const approval = await world.pending(run);

  expect(await world.vote('cho', approval, 'approve')).toMatchObject({
    kind: 'refused',
    detail: expect.stringContaining('You changed the rules less than a day before this was asked'),
  });
  expect(world.sent).toEqual([]);
  await world.vote('ben', approval, 'approve');

  await world.until(run, 'done');
  expect(world.sent).toHaveLength(1);
});

it('given what an earlier version wrote, when it is folded, then what was agreed to and what waits come out', () => {
  const state = foldStream(
    readFixture('policy-changes-v1.jsonl'),
    { wanted: [], authors: [] },
    foldPolicyChanges,
  );

  expect(state.wanted.map(({ about }) => about)).toEqual([]);
  expect([state.agreed?.about, state.agreed?.by, state.agreed?.agreedBy, state.agreed?.isWritten]).toEqual([
    'rule large',
    'ana',
    'cho',
    true,
  ]);
});

it('given a change that waits, when the file can no longer be written at the agreement, then the old rules stay, and he who agreed reads what to mend', async () => {
  await says('ana', 'policy remove never');
  const text = readFileSync(file, 'utf8');
  makeUnwritable(text);

  const answer = await press('cho', 'Approve');

  expect(answer).toContain('You agreed, but the file could not be written');
  expect(answer).toContain('Fix: give this user the right to write it');
  expect(readFileSync(file, 'utf8')).toBe(text);
  expect((await kinds()).slice(-2)).toEqual(['cho policy.confirmed', 'cho policy.not-written']);
  makeWritable(text);
});
