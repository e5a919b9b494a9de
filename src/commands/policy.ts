/** The rules in force for one tool, for everybody to read. They are changed in their file, by whoever runs the bot. */
import { makeVisible } from '../core/visible-text.ts';
import { fitsPattern } from '../gate/policy-data.ts';
import type { Policy, PolicyLine, Requirement } from '../gate/policy.ts';
import type { CommandDefinition } from './command.ts';

export const policy: CommandDefinition = {
  name: 'policy',
  usage: '<server/tool>',
  isRare: true,
  help: 'the rules in force for a tool: what runs, what is asked, and of whom',
  run(services, _request, rest) {
    return Promise.resolve({ text: describe(services.policy(), rest.trim()), cards: [] });
  },
};

const mostShown = 20;
const toolName = /^[^/\s]+\/[^/\s*]+$/u;

function describe(rules: Policy, tool: string): string {
  if (!toolName.test(tool)) {
    const named = rules.lines.filter(({ kind }) => kind === 'tool').map(({ tool: name }) => `\`${name}\``);
    return `Say which tool, as \`/countersign policy server/tool\`. ${rules.file} names ${inShort(named)}.`;
  }
  const own = ownLine(rules.lines, tool);
  const applying = rules.lines.filter((line) => line.kind === 'rule' && fitsPattern(tool, line.tool));
  const byDefault = rules.lines.filter(({ kind }) => kind === 'default');
  const deciding = own?.verdict === undefined ? applying : [own, ...applying];
  const shown = deciding.length === 0 ? byDefault : deciding;
  return [
    `\`${tool}\` (effect class ${rules.effectOf(tool)}), by ${rules.file}:`,
    ...shown.slice(0, mostShown).map((line) => `- ${lineText(line, rules.file)}`),
    ...(shown.length > mostShown ? [`and ${String(shown.length - mostShown)} more`] : []),
    ...(deciding.length > 0 && own?.verdict === undefined && byDefault[0] !== undefined
      ? [`Where none of them matches: ${lineText(byDefault[0], rules.file)}`]
      : []),
    'Of what matches the strictest counts, and everybody it names must agree. A call is asked about all the same when its run has read what nobody vouches for, or nobody has reviewed its server.',
  ].join('\n');
}

/** The one that names it exactly, else the one with the longest pattern that fits. */
function ownLine(lines: readonly PolicyLine[], tool: string): PolicyLine | undefined {
  const fitting = lines.filter((line) => line.kind === 'tool' && fitsPattern(tool, line.tool));
  const longest = fitting.toSorted((left, right) => right.tool.length - left.tool.length)[0];
  return fitting.find((line) => line.tool === tool) ?? longest;
}

function lineText({ id, kind, line, verdict, when, requirements }: PolicyLine, file: string): string {
  const condition = when === undefined ? '' : ` when \`${makeVisible(when)}\``;
  const isAsking = verdict === 'ask' || verdict === 'ask_two';
  const who = isAsking ? `: ${requirements.map(requirementText).join(', then ')}` : '';
  const name = kind === 'rule' ? `rule ${id}` : kind === 'tool' ? 'its own line' : 'the default';
  return `\`${verdict ?? ''}\`${condition}${who} (${name}, ${file}:${String(line)})`;
}

function requirementText({ quorum, approvers, excludeRequester }: Requirement): string {
  const who = approvers.length === 0 ? 'nobody, so it never runs' : approvers.join(' or ');
  return `${String(quorum)} of ${who}${excludeRequester ? '' : ', the requester too'}`;
}

function inShort(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const more = names.length - mostShown;
  return `${names.slice(0, mostShown).join(', ')}${more > 0 ? ` and ${String(more)} more` : ''}`;
}
