/** Rules and people that change while the bot runs: open questions follow, mistakes change nothing. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readConfig } from '../../src/config.ts';
import { asRunId, runStream } from '../../src/core/ids.ts';
import { parsePolicy } from '../../src/gate/parse-policy.ts';
import { describeReplay, replayRun } from '../../src/gate/policy-replay.ts';
import { createLiveSetup } from '../../src/live-setup.ts';
import { demonstrationPeople } from '../../src/people/parse-people.ts';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import { aWorld, call, worldPolicy } from '../builders/world.ts';
import type { World } from '../builders/world.ts';

const byEngineering = worldPolicy.replace('approvers: [finance]', 'approvers: [engineering]');

describe('given a question that waits for finance', () => {
  let world: World;
  beforeEach(async () => {
    world = await aWorld();
  });
  afterEach(() => world.close());

  it('when the rules now ask others, then it is stale with the difference, and the others are asked', async () => {
    const { run } = await world.say('ana', 'pay acme');
    const before = await world.pending(run);

    world.setPolicy(byEngineering);
    expect(await world.vote('ben', before, 'approve')).toMatchObject({ kind: 'refused', status: 409 });

    const old = await world.app.backend.readApproval(world.person('ben'), before.id);
    expect(old?.state).toBe('stale');
    expect(old?.card.outcome).toBe(
      'Stale: the rules changed: 1 of finance → 1 of engineering. Nothing ran. A new question follows.',
    );
    const after = await world.pending(run);
    expect(after.approvers).toEqual(['engineering']);
    expect(world.sent).toEqual([]);
    await world.vote('cho', after, 'approve');
    await world.until(run, 'done');
    expect(world.sent).toHaveLength(1);
  });

  it('when the rules are relaxed, then it is asked anew as well: the card would ask the wrong people', async () => {
    const { run } = await world.say('ana', 'pay acme');
    const before = await world.pending(run);

    world.setPolicy(worldPolicy.replace('approvers: [finance]', 'approvers: [finance, engineering]'));
    expect(await world.vote('ben', before, 'approve')).toMatchObject({ status: 409 });

    expect((await world.pending(run)).approvers).toEqual(['engineering', 'finance']);
  });

  it('when the rules now deny it, then nothing is asked any more and nothing runs', async () => {
    const { run } = await world.say('ana', 'pay acme');
    const before = await world.pending(run);

    world.setPolicy(
      `${worldPolicy}  - { id: no-acme, tool: books/pay, when: "args.to == 'acme'", verdict: deny }\n`,
    );
    expect(await world.vote('ben', before, 'approve')).toMatchObject({ status: 409 });
    await world.until(run, 'done');

    expect(world.sent).toEqual([]);
  });

  it.each([
    ['a comment', `${worldPolicy}# a comment\n`],
    [
      'a rule for another tool',
      `${worldPolicy}  - { id: other, tool: books/note, when: "true", verdict: deny }\n`,
    ],
    ['the name of a rule', worldPolicy.replace('id: large', 'id: big')],
  ])('when %s changes, then the question stands and the vote counts', async (_, changed) => {
    const { run } = await world.say('ana', 'pay acme');
    const before = await world.pending(run);

    world.setPolicy(changed);

    expect(await world.vote('ben', before, 'approve')).toMatchObject({ kind: 'counted' });
    await world.until(run, 'done');
    expect(world.sent).toHaveLength(1);
  });

  it('when recorded calls are replayed under other rules, then it says which would be decided otherwise', async () => {
    const { run } = await world.say('ana', 'pay acme');
    await world.pending(run);
    const commits = await world.app.store.ledger.read(runStream(asRunId(run)));
    const under = (policy: string): ReturnType<typeof replayRun> =>
      replayRun(asRunId(run), commits, {
        policy: parsePolicy(policy, 'new.yaml'),
        people: demonstrationPeople(),
        isServerReviewed: () => true,
      });

    expect(under(worldPolicy)).toMatchObject([{ tool: 'books/pay', before: 'ask', after: 'ask' }]);
    expect(under(worldPolicy)[0]?.difference).toBeUndefined();
    expect(describeReplay(under(worldPolicy))).toContain('1 recorded calls, 0 would be decided otherwise.');
    const changed = describeReplay(under(worldPolicy.replace('args.amount > 500', 'args.amount > 100')));
    expect(changed).toContain('books/pay  ask → ask_two, 1 of finance → 1 of finance and 2 of approver');
    expect(changed).toContain('1 would be decided otherwise (ask → ask_two: 1).');
  });
});

describe('given a call that was judged before its run read untrusted mail', () => {
  it('when it is replayed, then what the run read later does not count', async () => {
    const world = await aWorld({
      model: (turn) =>
        turn === 0
          ? call('books__note', { text: 'x' })
          : turn === 1
            ? call('mail__read', {})
            : turn === 2
              ? call('books__note', { text: 'y' })
              : { text: 'Done.', stop: 'end', calls: [] },
    });
    const { run } = await world.say('ana', 'note it');
    await world.pending(run);

    const replayed = replayRun(asRunId(run), await world.app.store.ledger.read(runStream(asRunId(run))), {
      policy: parsePolicy(worldPolicy, 'new.yaml'),
      people: demonstrationPeople(),
      isServerReviewed: () => true,
    });

    expect(replayed.map(({ tool, before, after }) => `${tool} ${before} ${after}`)).toEqual([
      'books/note allow allow',
      'mail/read allow allow',
      'books/note ask ask',
    ]);
    await world.close();
  });
});

describe('given policy and people in files', () => {
  let folder: string;
  const people = 'people:\n  ana: { name: Ana }\n  ben: { name: Ben, roles: [finance, approver] }\n';
  const policy = worldPolicy;
  beforeEach(() => {
    folder = aFolder();
    writeFileSync(join(folder, 'people.yaml'), people);
    writeFileSync(join(folder, 'policy.yaml'), policy);
  });
  afterEach(() => {
    removeFolder(folder);
  });

  function aSetup() {
    const told: string[] = [];
    const config = {
      ...readConfig('/', {}),
      peopleFile: { path: join(folder, 'people.yaml'), isShipped: false },
      policyFile: { path: join(folder, 'policy.yaml'), isShipped: false },
    };
    const log = (event: string, fields?: Record<string, unknown>): void => {
      told.push(`${event} ${JSON.stringify(fields ?? {})}`);
    };
    const logger = { debug: log, info: log, warn: log, error: log };
    return { setup: createLiveSetup({ config, logger }), told };
  }
  const write = (name: 'people.yaml' | 'policy.yaml', text: string): void => {
    writeFileSync(join(folder, name), text);
  };

  it('when nothing or only the time of a file changes, then nothing is put in force', () => {
    const { setup, told } = aSetup();

    write('policy.yaml', policy);

    expect([setup.look(), setup.look()]).toEqual([false, false]);
    expect(told).toEqual([]);
  });

  it('when both change, then both are in force together', () => {
    const { setup } = aSetup();
    write('people.yaml', people.replaceAll('finance', 'money'));
    write('policy.yaml', policy.replaceAll('finance', 'money'));

    expect(setup.look()).toBe(true);
    expect(setup.people().findPerson('ben')?.roles).toContain('money');
    expect(setup.policy().lines.find(({ id }) => id === 'books/pay')?.requirements[0]?.approvers).toEqual([
      'money',
    ]);
  });

  it('when only people change and the policy then names nobody, then neither changes, told once', () => {
    const { setup, told } = aSetup();
    write('people.yaml', people.replaceAll('finance', 'money'));

    expect([setup.look(), setup.look(), setup.look()]).toEqual([false, false, false]);
    expect(setup.people().findPerson('ben')?.roles).toContain('finance');
    expect(setup.problem()).toContain('there is no person or role');
    expect(told.filter((line) => line.startsWith('setup.refused'))).toHaveLength(1);
  });

  it.each([
    [
      'is broken',
      (): void => {
        write('policy.yaml', 'version: 1\nrules: [');
      },
    ],
    [
      'is empty',
      (): void => {
        write('people.yaml', '');
      },
    ],
    [
      'is gone',
      (): void => {
        rmSync(join(folder, 'people.yaml'));
      },
    ],
    [
      'is a folder',
      (): void => {
        rmSync(join(folder, 'policy.yaml'));
        mkdirSync(join(folder, 'policy.yaml'));
      },
    ],
    [
      'is a pipe that nobody writes to',
      (): void => {
        rmSync(join(folder, 'policy.yaml'));
        execFileSync('mkfifo', [join(folder, 'policy.yaml')]);
      },
    ],
    [
      'may not be read',
      (): void => {
        // A link to itself is read by nobody, whatever rights this user has.
        rmSync(join(folder, 'policy.yaml'));
        symlinkSync('policy.yaml', join(folder, 'policy.yaml'));
      },
    ],
    [
      'is huge',
      (): void => {
        write('policy.yaml', `${policy}${'#'.repeat(3 * 1024 * 1024)}`);
      },
    ],
  ])('when a file %s, then the old ones stay in force, and are mended by a good file', (_, spoil) => {
    const { setup } = aSetup();
    const before = [setup.policy(), setup.people()];
    spoil();

    expect(setup.look()).toBe(false);
    expect([setup.policy(), setup.people()]).toEqual(before);
    expect(setup.people().isDemonstration).toBe(false);
    expect(setup.problem()).toMatch(/(?:policy|people)\.yaml.*Fix: /su);

    rmSync(join(folder, 'policy.yaml'), { recursive: true, force: true });

    write('people.yaml', people);
    write('policy.yaml', `${policy}# mended\n`);
    expect(setup.look()).toBe(true);
    expect(setup.problem()).toBeUndefined();
  });
});

describe('given a running bot whose policy file changes', () => {
  it('when it looks at its files, then open questions are revised without anybody voting', async () => {
    const world = await aWorld();
    const { run } = await world.say('ana', 'pay acme');
    const before = await world.pending(run);
    await eventually(() => (world.app.runs.count() === 0 ? true : undefined));
    world.setPolicy(byEngineering);

    await world.app.reviseOpen();

    const after = await eventually(async () => {
      const now = await world.pending(run);
      return now.id === before.id ? undefined : now;
    });
    expect(after.approvers).toEqual(['engineering']);
    await world.close();
  });
});

describe('given somebody who wants to know the rules for a tool', () => {
  it('when he asks in chat, then he reads each line that decides, as it is in force now', async () => {
    const world = await aWorld();

    const before = await world.command('dev', 'general', 'policy books/pay');
    expect(before).toContain('- `ask`: 1 of finance (its own line, policy.yaml:');
    expect(before).toContain("- `deny` when `args.to == 'mallory'` (rule never, policy.yaml:");
    expect(before).toContain('- `ask_two` when `args.amount > 500`: 2 of approver (rule large');
    expect(await world.command('dev', 'general', 'policy books/other')).toContain(
      '- `ask`: 1 of approver (the default, policy.yaml:',
    );
    expect(await world.command('dev', 'general', 'policy')).toContain('Say which tool');

    world.setPolicy(byEngineering);
    expect(await world.command('dev', 'general', 'policy books/pay')).toContain('`ask`: 1 of engineering');
    await world.close();
  });
});
