/** What waits around one person: for whoever sees that a colleague waits, or is waited for. */
import { makeVisible } from '../core/visible-text.ts';
import { findNamed } from '../people/find-named.ts';
import { describeMoment } from '../schedule/describe-moment.ts';
import type { Person } from '../people/person.ts';
import type { CommandDefinition, CommandServices, WaitingAround } from './command.ts';

export const waits: CommandDefinition = {
  name: 'waits',
  usage: '<person>',
  isRare: true,
  help: 'what somebody asked for that waits, and what waits for that person, as far as you may see it',
  suggest: (services) =>
    Promise.resolve(services.people().persons.map(({ id, name }) => ({ value: id, label: name }))),
  async run(services, { person }, rest) {
    const named = rest.trim();
    const about = findNamed(services.people(), named);
    if (about === undefined) return { text: unknown(named), cards: [] };
    const found = await services.waitingAround(person, about);
    const asked = found.filter(({ part }) => part === 'asked');
    const decides = found.filter(({ part }) => part === 'decides');
    const cards = found.flatMap(({ card }) => card ?? []);
    return {
      text: [
        ...awayLines(services, about),
        ...section(`**${about.name}** asked for this, and it waits:`, asked, ({ needs }) => `needs ${needs}`),
        ...section(`This waits for **${about.name}**:`, decides, ({ askedBy }) => `asked by ${askedBy}`),
        ...(found.length === 0
          ? [`Nothing that you may see waits for ${about.name} or was asked by ${about.name}.`]
          : []),
        ...(cards.length > 0 ? ['What you may decide yourself follows, with its buttons.'] : []),
      ].join('\n'),
      cards,
    };
  },
};

function unknown(named: string): string {
  if (named === '') return 'Say whom: `/countersign waits @ben`.';
  return /^<@/u.test(named)
    ? 'I do not know this person: no account like this is in the list that `/countersign people` shows.'
    : 'I know nobody of that name. `/countersign people` lists everybody.';
}

function section(
  heading: string,
  entries: readonly WaitingAround[],
  more: (entry: WaitingAround) => string,
): readonly string[] {
  if (entries.length === 0) return [];
  return [heading, ...entries.map((entry) => `- ${literal(entry.title)} (${literal(more(entry))})`), ''];
}

/** Titles hold arguments, which may look like Markdown. */
function literal(text: string): string {
  return makeVisible(text).replace(/[\\`*_{}[\]()#+\-.!~|<>&]/gu, (mark) => `\\${mark}`);
}

function awayLines(services: CommandServices, { id, name }: Person): readonly string[] {
  const absence = services.people().absences.find(({ person }) => person === id);
  if (absence === undefined) return [];
  const until = describeMoment(absence.until, services.schedules.zone);
  const standIn =
    absence.delegate === undefined
      ? 'Nobody decides meanwhile.'
      : `${services.nameOf(absence.delegate)} decides meanwhile.`;
  return [`${name} is away until ${until}. ${standIn}`, ''];
}
