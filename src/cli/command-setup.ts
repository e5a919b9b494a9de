/** What subcommands share: the configuration, the setup's files and the store, opened only when needed. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findRoot } from '../find-root.ts';
import { readConfig } from '../config.ts';
import type { Config } from '../config.ts';
import { systemClock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { silentLogger } from '../core/logger.ts';
import { loadPeople, loadPolicy } from '../load-setup.ts';
import { createPeopleDesk } from '../gate/people-desk.ts';
import type { PeopleDesk } from '../gate/people-desk.ts';
import type { Policy } from '../gate/policy.ts';
import { openStore } from '../open-store.ts';
import type { People, Person } from '../people/person.ts';

export type Store = Awaited<ReturnType<typeof openStore>>;

export interface CommandSetup {
  readonly config: Config;
  readonly clock: typeof systemClock;
  readonly logger: typeof silentLogger;
  readonly root: string;
  readonly dist: string;
  people(): People;
  policy(): Policy;
  /** Opens the store, runs `action` and closes it. Works beside a running bot. */
  withStore<T>(action: (store: Store) => Promise<T>): Promise<T>;
}

export function readSetup(): CommandSetup {
  const root = findRoot(dirname(fileURLToPath(import.meta.url)));
  const config = readConfig(root);
  const people = (): People => loadPeople(config);
  return {
    config,
    clock: systemClock,
    logger: silentLogger,
    root,
    dist: join(root, 'dist'),
    people,
    policy: () => loadPolicy(config, people()),
    async withStore(action) {
      const store = await openStore({ config, clock: systemClock, logger: silentLogger });
      try {
        return await action(store);
      } finally {
        await store.close();
      }
    },
  };
}

/** The person in whose name a command acts. Throws `config.invalid` for one that nobody is. */
export function personOf(setup: Pick<CommandSetup, 'people'>, as: string): Person {
  const person = setup.people().findPerson(as);
  if (person === undefined) throw new AppError('config.invalid', `--as: there is no person ${as}.`);
  return person;
}

/** Who was added in chat, beside a running bot: nobody is told from here. */
export function withPeopleDesk<T>(
  { clock, people, withStore }: CommandSetup,
  action: (desk: PeopleDesk) => Promise<T>,
): Promise<T> {
  const nothing = (): void => undefined;
  return withStore(({ ledger }) =>
    action(createPeopleDesk({ ledger, clock, named: people, tell: nothing, onChanged: nothing })),
  );
}

/** Who is who with those added in chat, as a running bot sees them. */
export function readPeople(setup: CommandSetup): Promise<People> {
  return withPeopleDesk(setup, async (desk) => {
    await desk.read();
    return desk.over(setup.people());
  });
}

/** One line to standard output. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Rows as aligned columns, the last one as long as it is. */
export function sayTable(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of rows)
    say(
      row
        .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
        .join('  '),
    );
}
