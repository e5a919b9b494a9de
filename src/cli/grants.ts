/** `countersign grants list | revoke`. */
import { AppError } from '../core/errors.ts';
import { asGrantId } from '../core/ids.ts';
import { grantText } from '../gate/grant-desk.ts';
import { createGrants } from '../gate/grants.ts';
import { createRunsBeside } from '../runs/runs-beside.ts';
import { personOf, readSetup, say } from './command-setup.ts';
import type { CommandSetup, Store } from './command-setup.ts';

function grantsOf(setup: CommandSetup, store: Store): ReturnType<typeof createGrants> {
  const beside = { ledger: store.ledger, clock: setup.clock };
  return createGrants({ ...beside, runs: createRunsBeside(beside) });
}

export async function listGrants(options: { readonly json: boolean }): Promise<void> {
  const setup = readSetup();
  const people = setup.people();
  const grants = await setup.withStore((store) => grantsOf(setup, store).list());
  if (options.json) say(JSON.stringify(grants, undefined, 2));
  else if (grants.length === 0) say('There are no grants.');
  for (const grant of options.json ? [] : grants)
    say(`${grant.id}  ${grantText(grant, people, setup.clock.now().getTime())}`);
}

export async function revokeGrant(id: string, options: { readonly as: string }): Promise<void> {
  const setup = readSetup();
  const person = personOf(setup, options.as);
  const done = await setup.withStore((store) => grantsOf(setup, store).revoke(person, asGrantId(id)));
  if (done === 'unknown') throw new AppError('config.invalid', `There is no grant ${id}.`);
  say(done === 'already' ? 'It was revoked before.' : 'Revoked. Nothing runs under it any more.');
}
