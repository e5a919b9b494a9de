/** Who is who, for everybody to read and for operators to change. */
import { changeCard } from '../story/change-card.ts';
import { describeChange, nothing } from '../gate/people-desk.ts';
import type { CommandDefinition, CommandResult, CommandServices } from './command.ts';

export const people: CommandDefinition = {
  name: 'people',
  usage: '[add <id> [role <role>] [slack <T01/U02>] [discord <number>] [name <name>] | remove <id> | token]',
  help: 'who is who; operators add people and roles, a second operator agrees; `token` is yours for the console',
  async run(services, { person }, rest) {
    const [verb = 'list', id = '', ...words] = rest.trim().split(/\s+/u);
    const { peopleDesk } = services;
    switch (verb.toLowerCase()) {
      case '':
      case 'list':
        return list(services, person.roles.includes('operator'));
      case 'add': {
        const change = readChange(id, words);
        return said(typeof change === 'string' ? change : (await peopleDesk.add(person, change)).text);
      }
      case 'remove':
        return said((await peopleDesk.remove(person, id)).text);
      case 'token': {
        if (id !== '' && id !== person.id)
          return said(
            'A token lets whoever has it act as its owner, so everybody makes his own: `/countersign people token`.',
          );
        const { text, token } = await peopleDesk.makeToken(person);
        return token === undefined ? said(text) : { ...said(`${text}\n\`${token}\``), isShownOnce: true };
      }
      default:
        return said(`I know \`people\` with ${people.usage}.`);
    }
  },
};

const mostShown = 50;

async function list(services: CommandServices, isOperator: boolean): Promise<CommandResult> {
  await services.peopleDesk.read();
  const now = services.people();
  const lines = now.persons
    .slice(0, mostShown)
    .map(
      ({ id, name, roles }) => `- ${name} (\`${id}\`): ${roles.length === 0 ? 'no role' : roles.join(', ')}`,
    );
  const more = now.persons.length - lines.length;
  if (more > 0) lines.push(`and ${String(more)} more`);
  const waiting = services.peopleDesk.proposed();
  return {
    text: [
      ...(lines.length === 0 ? ['Nobody is known yet.'] : lines),
      ...(services.peopleDesk.needsOperator()
        ? ['Nobody is an operator yet: whoever started the bot finds a code in its output, for `setup`.']
        : []),
    ].join('\n'),
    cards: isOperator
      ? waiting.map((entry) =>
          changeCard(entry.id, describeChange(entry.change, now), services.nameOf(entry.by)),
        )
      : [],
  };
}

/** `ben role approver role finance slack T01/U2 name Ben Miller`; a sentence for what it cannot read. */
function readChange(id: string, words: readonly string[]): ReturnType<typeof nothing> | string {
  if (id === '') return 'Say whom: `/countersign people add ben role approver name Ben`.';
  const roles: string[] = [];
  const slack: string[] = [];
  const discord: string[] = [];
  let name: string | undefined;
  for (let at = 0; at < words.length; at += 2) {
    const [key = '', value = ''] = words.slice(at, at + 2);
    if (key === 'name') {
      const rest = words.slice(at + 1);
      // Nobody reads what stands behind a name: a role there would be taken for part of it.
      const misplaced = rest.find((word) => ['role', 'slack', 'discord'].includes(word));
      if (misplaced !== undefined)
        return `The name comes last, and «${misplaced}» stands behind it: \`/countersign people add ${id} role approver name Ben Miller\`.`;
      name = rest.join(' ');
      break;
    }
    if (value === '') return `Nothing stands behind «${key}».`;
    if (key === 'role') roles.push(value);
    else if (key === 'slack') slack.push(value);
    else if (key === 'discord') discord.push(value);
    else return `I know role, slack, discord and name here, not «${key}».`;
  }
  return { ...nothing(id), roles, slack, discord, ...(name !== undefined && { name }) };
}

function said(text: string): CommandResult {
  return { text, cards: [] };
}
