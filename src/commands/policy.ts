/**
 * The rules in force for one tool, for everybody to read, and changes of them for operators: one wants a change, another
 * one agrees, and it stands in the file.
 */
import { makeVisible } from '../core/visible-text.ts';
import { fitsPattern } from '../gate/policy-data.ts';
import type { Policy, PolicyLine, Requirement } from '../gate/policy.ts';
import { isOperator } from '../gate/people-desk.ts';
import type { PolicyChange } from '../gate/edit-policy.ts';
import { policyChangeCard } from '../story/change-card.ts';
import type { CommandDefinition, CommandResult } from './command.ts';

export const policy: CommandDefinition = {
  name: 'policy',
  usage:
    '<server/tool> | set <rule, server/tool or default> <key> <value> | add <rule> | remove <rule> [key] | changes',
  isRare: true,
  help: 'the rules in force for a tool; operators change them, and a second operator agrees',
  async run(services, { person, text }) {
    // As it was typed: a value may hold several spaces.
    const rest = text.trim().replace(/^\S+\s*/u, '');
    const [verb = ''] = rest.split(/\s+/u);
    const change = readChange(rest);
    if (change !== undefined)
      return said(
        typeof change === 'string' ? change : (await services.policyDesk.propose(person, change)).text,
      );
    if (verb.toLowerCase() !== 'changes') return said(describe(services.policy(), rest.trim()));
    if (!isOperator(services.people(), person))
      return said('Only operators see and agree to changes of policy.');
    const wanted = await services.policyDesk.wanted();
    return {
      text: wanted.length === 0 ? 'No change of policy waits.' : `${String(wanted.length)} waiting:`,
      cards: wanted.map((entry) => policyChangeCard(entry, services.nameOf(entry.by))),
    };
  },
};

/** What is asked for, a sentence for what cannot be read, or undefined where nothing is to change. */
function readChange(text: string): PolicyChange | string | undefined {
  const [, verb = '', rest = ''] = /^(\S+)\s*([\s\S]*)$/u.exec(text) ?? [];
  const written = rest.trim();
  switch (verb.toLowerCase()) {
    case 'add':
      return written === '' ? `Write the whole rule: ${example.add}` : { kind: 'add', rule: written };
    case 'set': {
      const [, target, key, value] = /^(\S+)\s+(\S+)\s+([\s\S]+)$/u.exec(written) ?? [];
      if (target === undefined || key === undefined || value === undefined)
        return `Write which line, its key and the value: ${example.set}`;
      return { kind: 'set', target, key, value };
    }
    case 'remove': {
      const [target, key, ...more] = written.split(/\s+/u);
      if (target === undefined || target === '' || more.length > 0)
        return 'Write which rule, or which key of it: `/countersign policy remove large-refund`';
      return { kind: 'remove', target, ...(key !== undefined && { key }) };
    }
    default:
      return undefined;
  }
}

const example = {
  set: '`/countersign policy set large-refund quorum 3`',
  add: '`/countersign policy add { id: large-refund, tool: billing/refund, when: "args.amount > 500", verdict: ask_two }`',
};

function said(text: string): CommandResult {
  return { text, cards: [] };
}

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
