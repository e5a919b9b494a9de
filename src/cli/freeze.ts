/** `countersign freeze | unfreeze | break-glass`: works beside a running bot, through the same ledger. */
import { asRunId } from '../core/ids.ts';
import { redactorOf } from '../guardrails-setup.ts';
import { freezeText } from '../commands/freeze.ts';
import { createFreezer } from '../gate/freezer.ts';
import type { FreezeAnswer, Freezer } from '../gate/freezer.ts';
import { openFreezeStream } from '../gate/freeze-state.ts';
import type { Person } from '../people/person.ts';
import { createRunsBeside } from '../runs/runs-beside.ts';
import { personOf, readSetup, say } from './command-setup.ts';

async function withFreezer<T>(action: (freezer: Freezer) => Promise<T>): Promise<T> {
  const setup = readSetup();
  return setup.withStore(async (store) => {
    const runs = createRunsBeside({ ledger: store.ledger, clock: setup.clock });
    const people = setup.people();
    const policy = setup.policy();
    return action(
      createFreezer({
        stream: openFreezeStream(store.ledger, redactorOf(setup.config)),
        runs,
        store: store.runs,
        clock: setup.clock,
        logger: setup.logger,
        people: () => people,
        policy: () => policy,
        wake: runs.leaveToSweep,
      }),
    );
  });
}

async function act(
  as: string,
  action: (freezer: Freezer, person: Person) => Promise<FreezeAnswer>,
): Promise<void> {
  const person = personOf(readSetup(), as);
  const done = await withFreezer((freezer) => action(freezer, person));
  say(done.text);
  if (done.kind === 'refused') process.exitCode = 1;
}

export function freeze(reason: string, options: { readonly as: string }): Promise<void> {
  return act(options.as, (freezer, person) => freezer.freeze(person, reason));
}

export function unfreeze(options: { readonly as: string }): Promise<void> {
  return act(options.as, (freezer, person) => freezer.unfreeze(person, ''));
}

export function askForGlass(
  run: string,
  options: { readonly as: string; readonly reason: string },
): Promise<void> {
  return act(options.as, (freezer, person) => freezer.askForGlass(person, asRunId(run), options.reason));
}

export function confirmGlass(glass: string, options: { readonly as: string }): Promise<void> {
  return act(options.as, (freezer, person) => freezer.breakGlass(person, glass));
}

export function reviewGlass(
  glass: string,
  options: { readonly as: string; readonly words: string },
): Promise<void> {
  return act(options.as, (freezer, person) => freezer.reviewGlass(person, glass, options.words));
}

export async function showFreeze(): Promise<void> {
  const people = readSetup().people();
  const state = await withFreezer((freezer) => freezer.state());
  say(freezeText(state, (id) => people.findPerson(id)?.name ?? id));
}
