/** `countersign people list|add|token|code`. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Config } from '../config.ts';
import { sha256 } from '../core/hash.ts';
import { replaceFile } from '../core/replace-file.ts';
import { howToSetUp, newToken } from '../gate/people-desk.ts';
import { withPerson } from '../people/edit-people.ts';
import type { PersonChange } from '../people/edit-people.ts';
import { readPeople, readSetup, say, sayTable, withPeopleDesk } from './command-setup.ts';

/** A code for the first operator, beside a running bot. */
export async function offerCode(): Promise<void> {
  const code = await withPeopleDesk(readSetup(), (desk) => desk.offerCode());
  say(
    code === undefined ? 'There is an operator already; a code makes only the first one.' : howToSetUp(code),
  );
}

export async function listPeople(): Promise<void> {
  const people = await readPeople(readSetup());
  if (people.persons.length === 0) {
    say('Nobody is known yet. Add somebody: countersign people add ana --name Ana');
    return;
  }
  sayTable([
    ['person', 'name', 'roles', 'accounts', 'tokens'],
    ...people.persons.map(({ id, name, roles, slack, discord, tokenSha256 }) => [
      id,
      name,
      roles.join(', '),
      [...slack.map((account) => `slack ${account}`), ...discord.map((account) => `discord ${account}`)].join(
        ', ',
      ),
      String(tokenSha256.length),
    ]),
  ]);
  for (const { name, slackGroups, discordRoles } of people.roles)
    for (const group of [...slackGroups, ...discordRoles]) say(`whoever is in ${group} holds ${name}`);
}

export interface AddOptions {
  readonly name?: string;
  readonly role: readonly string[];
  readonly slack: readonly string[];
  readonly discord: readonly string[];
  readonly token: boolean;
}

/** Adds somebody, or roles and accounts to somebody who is there. */
export function addPerson(id: string, options: AddOptions): void {
  const token = options.token ? newToken() : undefined;
  const path = change({
    id,
    ...(options.name !== undefined && { name: options.name }),
    roles: options.role,
    slack: options.slack,
    discord: options.discord,
    ...(token !== undefined && { tokenSha256: [sha256(token)] }),
  });
  say(`${id} is in ${path}.`);
  if (token !== undefined) say(`Token for ${id}, shown only now: ${token}`);
}

/** Prints a token once; only its hash goes into people.yaml. */
export function makeToken(id: string, options: { readonly save: boolean }): void {
  const token = newToken();
  const hash = sha256(token);
  if (options.save) {
    const path = change({ id, tokenSha256: [hash] });
    say(`Token for ${id}, shown only now: ${token}`);
    say(`Its hash is in ${path}.`);
    return;
  }
  say(`Token for ${id}, shown only now: ${token}`);
  say(`In people.yaml, under people › ${id}:`);
  say(`    tokenSha256: ["${hash}"]`);
}

/** Writes the changed file whole or not at all; answers its path. */
function change(person: PersonChange): string {
  const { peoplePath } = readSetup().config;
  writePeople(peoplePath, (text) => withPerson(text, person, basename(peoplePath)));
  return peoplePath;
}

/** Whoever has the file keeps his rights on it; a new one is its owner's alone. */
export function writePeople(path: Config['peoplePath'], edit: (text: string | undefined) => string): void {
  const isThere = existsSync(path);
  const text = edit(isThere ? readFileSync(path, 'utf8') : undefined);
  if (isThere) replaceFile(path, text);
  else writeFileSync(path, text, { mode: 0o600, flag: 'wx' });
}
