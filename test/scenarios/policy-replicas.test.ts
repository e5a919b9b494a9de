/** A change of policy agreed to on one machine, and another one that was away meanwhile, or has another file. */
import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { asChannelId } from '../../src/core/ids.ts';
import { policyStream } from '../../src/gate/policy-change-state.ts';
import { parsePeople } from '../../src/people/parse-people.ts';
import { aMovedClock } from '../builders/moved-clock.ts';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import { aWorld, worldPolicy } from '../builders/world.ts';
import type { World } from '../builders/world.ts';
import { aPlainPlatform } from '../fakes/plain-adapter.ts';
import type { PlainPlatform } from '../fakes/plain-adapter.ts';

const peopleText = `people:
  ana: { name: Ana, roles: [operator], slack: [T01/U1] }
  ben: { name: Ben, roles: [finance, approver], slack: [T01/U2] }
  cho: { name: Cho, roles: [operator, approver, finance], slack: [T01/U3] }
`;
const week = 7 * 86_400_000;

interface Machine {
  readonly world: World;
  readonly chat: PlainPlatform;
  rules(): string;
}

const folder = aFolder();
const clock = aMovedClock();
const peopleFile = join(folder, 'people.yaml');
const open: World[] = [];
let here: Machine;

/** A machine of its own file on the store that all share. */
async function aMachine(name: string, policy: string): Promise<Machine> {
  const file = join(folder, `${name}.yaml`);
  writeFileSync(file, policy);
  return startAgain(name);
}

async function startAgain(name: string): Promise<Machine> {
  const file = join(folder, `${name}.yaml`);
  const chat = aPlainPlatform('slack');
  const world = await aWorld({
    folder,
    clock,
    isFiled: true,
    people: parsePeople(peopleText, 'people.yaml'),
    env: { POLICY_FILE: file, PEOPLE_FILE: peopleFile },
    adapters: [chat.definition],
  });
  open.push(world);
  await world.app.start();
  return { world, chat, rules: () => readFileSync(file, 'utf8') };
}

async function end({ world }: Machine): Promise<void> {
  open.splice(open.indexOf(world), 1);
  await world.close();
}

async function agree({ world }: Machine, change: string): Promise<void> {
  await world.command('ana', 'general', `policy ${change}`);
  const where = { surface: 'console', channel: asChannelId('console:general') };
  const { cards } = await world.app.command({
    person: world.person('cho'),
    ...where,
    text: 'policy changes',
  });
  const action = cards.at(-1)?.actions.find(({ label }) => label === 'Approve')?.id ?? '';
  expect(await world.app.backend.act(world.person('cho'), { action })).toMatchObject({ kind: 'done' });
}

const inForce = ({ world }: Machine): Promise<string> => world.command('ben', 'general', 'policy books/pay');
const told = ({ chat }: Machine): string => chat.told.map((entry) => entry.join(' ')).join('\n');
const events = async (): Promise<readonly string[]> =>
  (await here.world.app.store.ledger.read(policyStream)).flatMap(({ events: all }) =>
    all.map(({ kind }) => kind),
  );

beforeAll(async () => {
  writeFileSync(peopleFile, peopleText);
  here = await aMachine('here', worldPolicy);
  await agree(here, 'set large when "args.amount > 100"');
  await agree(here, 'set large when "args.amount > 50"');
  clock.advance(week);
}, 60_000);
afterAll(async () => {
  for (const world of open) await world.close();
  removeFolder(folder);
}, 60_000);

describe('given rules that were agreed to on one machine, in two steps and a week ago', () => {
  it('when a machine that was away starts with the file from before, then it has the agreed rules before it hears anybody, and operators are told', async () => {
    const there = await aMachine('there', worldPolicy);

    expect(there.rules()).toBe(here.rules());
    expect(await inForce(there)).toContain('args.amount > 50');
    expect(
      await eventually(
        () => (told(there).includes('U3') ? told(there) : undefined),
        20_000,
        () => told(there),
      ),
    ).toContain('there.yaml on ');
    expect(told(there)).toContain('was one from before the change of policy that was agreed to, rule large');
    await end(there);
  });

  it('when the machine that wrote them starts with a restored file, then the agreed rules stand there again', async () => {
    const agreed = here.rules();
    await end(here);
    writeFileSync(join(folder, 'here.yaml'), worldPolicy);

    here = await startAgain('here');

    expect(here.rules()).toBe(agreed);
    expect(await inForce(here)).toContain('args.amount > 50');
    const before = (await events()).length;
    await end(here);
    here = await startAgain('here');
    expect((await events()).length).toBe(before);
    expect(told(here)).toBe('');
  });

  it('when a machine starts with a file of its own that is older, then it stays, and operators are told once', async () => {
    const own = worldPolicy.replace('quorum: 1', 'quorum: 2');
    const file = join(folder, 'other.yaml');
    writeFileSync(file, own);
    const old = new Date(clock.now().getTime() - 3 * week);
    utimesSync(file, old, old);

    const there = await startAgain('other');

    expect(there.rules()).toBe(own);
    await eventually(
      () => (told(there).includes('U3') ? true : undefined),
      20_000,
      () => told(there),
    );
    expect(told(there)).toMatch(
      /The change of policy that was agreed to, rule large, is not in force on .*: other.yaml there is not the file that it was made for/u,
    );
    expect((await events()).at(-1)).toBe('policy.not-written');
    await end(there);
  });

  it('when somebody has changed the file by hand since, then it is his word', async () => {
    const file = join(folder, 'hand.yaml');
    const own = `${here.rules()}# by hand\n`;
    writeFileSync(file, own);
    const now = clock.now();
    utimesSync(file, now, now);
    const before = await events();

    const there = await startAgain('hand');

    expect(there.rules()).toBe(own);
    expect(await events()).toEqual(before);
    expect(told(there)).toBe('');
    await end(there);
  });

  it('when the rules are taken back in chat, then a file with them is one from before', async () => {
    const changed = here.rules();
    await agree(here, 'set large when "args.amount > 100"');

    const there = await aMachine('third', changed);

    expect(there.rules()).toBe(here.rules());
    expect(there.rules()).toContain('args.amount > 100');
    await end(there);
  });
});
