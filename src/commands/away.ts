/** Who is away, and who decides for him meanwhile. */
import { describeMoment } from '../schedule/describe-moment.ts';
import type { AbsenceDesk } from '../gate/absence-desk.ts';
import type { People, Person } from '../people/person.ts';
import type { CommandDefinition } from './command.ts';
import { parseAbsence } from './parse-absence.ts';

export interface AbsenceContext {
  readonly absences: AbsenceDesk;
  people(): People;
  readonly zone: string;
  readonly now: number;
  /** Who says so, when it is not the person. */
  readonly by?: string;
  tellPerson(person: Person, text: string): Promise<boolean>;
}

export const away: CommandDefinition = {
  name: 'away',
  usage: '[until <day> [delegate @person]]',
  help: 'says that you are away: nobody waits for you, and whom you name decides for you; alone it lists who is away',
  async run(services, { person }, rest) {
    const context = { ...services, zone: services.schedules.zone, now: services.now() };
    return { text: await answerAway(context, person, rest), cards: [] };
  },
};

export const back: CommandDefinition = {
  name: 'back',
  usage: '',
  help: 'says that you are back: whoever decided for you does not any more',
  async run(services, { person }) {
    return { text: await answerBack(services, person), cards: [] };
  },
};

export async function answerAway(context: AbsenceContext, person: Person, rest: string): Promise<string> {
  const { absences, zone, now } = context;
  await absences.read();
  const people = context.people();
  if (rest.trim() === '') return listAway(people, zone);
  const parsed = parseAbsence(rest, { people, now, zone });
  if (parsed.kind === 'refused') return parsed.why;
  const { until, delegate } = parsed;
  if (delegate?.id === person.id) return 'You cannot stand in for yourself. Nothing has changed.';
  await absences.begin(
    { person: person.id, until, ...(delegate !== undefined && { delegate: delegate.id }) },
    context.by ?? person.id,
  );
  const moment = `${describeMoment(until, zone)} (${zone})`;
  const said = `You are away until ${moment}. Nobody reminds you until then; \`/countersign back\` ends it.`;
  if (delegate === undefined) return `${said} Nobody decides for you.`;
  const isTold = await context.tellPerson(
    delegate,
    `${person.name} is away until ${moment} and has named you to decide for ${person.name} meanwhile, where ${person.name} may and you are not asked yourself. It counts as ${person.name}'s decision. What waits: \`/countersign approvals\`.`,
  );
  const isAway = people.absences.some((entry) => entry.person === delegate.id);
  return [
    said,
    `${delegate.name} decides for you where you may decide: together you count as one person, and ${delegate.name} cannot where either of you had a part in what is asked, nor hand it on.`,
    ...(isAway ? [`${delegate.name} is away too: until then nobody decides for you.`] : []),
    ...(isTold ? [`I have told ${delegate.name}.`] : []),
  ].join(' ');
}

export async function answerBack(
  { absences, by }: Pick<AbsenceContext, 'absences' | 'by'>,
  person: Person,
): Promise<string> {
  return (await absences.end(person.id, by ?? person.id))
    ? 'Welcome back. You decide for yourself again, and what nobody decided meanwhile waits: `/countersign approvals`.'
    : 'You were not away. Nothing has changed.';
}

function listAway(people: People, zone: string): string {
  const nameOf = (id: string): string => people.findPerson(id)?.name ?? id;
  const lines = people.absences.map(({ person, until, delegate }) => {
    const standIn =
      delegate === undefined ? 'nobody decides meanwhile' : `${nameOf(delegate)} decides meanwhile`;
    return `- ${nameOf(person)} until ${describeMoment(until, zone)}: ${standIn}`;
  });
  return lines.length === 0
    ? 'Nobody is away. Say that you are: `/countersign away until friday delegate @cho`.'
    : lines.join('\n');
}
