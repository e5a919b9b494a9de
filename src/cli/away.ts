/** `countersign people away|back`: the same as in chat, for whoever runs the bot. */
import { answerAway, answerBack } from '../commands/away.ts';
import { createAbsenceDesk } from '../gate/absence-desk.ts';
import type { Person } from '../people/person.ts';
import { AppError } from '../core/errors.ts';
import { readPeople, readSetup, say } from './command-setup.ts';

export async function sayAway(id: string, words: readonly string[]): Promise<void> {
  await withDesk(id, (context, person) => answerAway(context, person, words.join(' ')));
}

export async function sayBack(id: string): Promise<void> {
  await withDesk(id, answerBack);
}

async function withDesk(
  id: string,
  answer: (context: Parameters<typeof answerAway>[0], person: Person) => Promise<string>,
): Promise<void> {
  const setup = readSetup();
  const people = await readPeople(setup);
  const person = people.findPerson(id);
  if (person === undefined)
    throw new AppError(
      'config.invalid',
      `There is no ${id}. Fix: \`countersign people list\` names everybody.`,
    );
  await setup.withStore(async ({ ledger }) => {
    const absences = createAbsenceDesk({ ledger, clock: setup.clock, onChanged: () => undefined });
    const context = {
      absences,
      by: 'cli',
      people: () => absences.over(people),
      zone: setup.config.timeZone,
      now: setup.clock.now().getTime(),
      tellPerson: () => Promise.resolve(false),
    };
    say(await answer(context, person));
  });
}
