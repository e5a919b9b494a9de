/** The text of `countersign policy explain`: what a policy says about one call, why, and who could agree. */
import { canonicalJson } from '../core/canonical-json.ts';
import { asActorId } from '../core/ids.ts';
import { makeVisible } from '../core/visible-text.ts';
import type { People } from '../people/person.ts';
import { fitsPattern } from './policy-data.ts';
import type { Policy, PolicyAnswer, PolicyQuestion } from './policy.ts';
import { renderTitle } from './title-template.ts';
import { whoMayDecide } from './who-may-decide.ts';

/** Several lines of plain text, without an end-of-line at its end. */
export function explainPolicy(policy: Policy, people: People, question: PolicyQuestion): string {
  const answer = policy.resolve(question);
  const { actor } = question;
  const roles = actor.roles.length === 0 ? 'no role' : `roles ${actor.roles.join(', ')}`;
  const lines = [
    `${question.tool} ${makeVisible(canonicalJson(question.args))}`,
    `asked by ${actor.id} (${roles}) in #${question.channel}${question.isTainted ? ', in a run that read untrusted content' : ''}`,
    '',
    `verdict       ${answer.verdict}${answer.deniedBy === undefined ? '' : ` (${answer.deniedBy})`}`,
    `effect class  ${answer.effect}${classDetail(answer)}`,
    `title         ${renderTitle(answer.title, question.tool, question.args)}`,
    ...counted(policy, answer),
    ...notCounted(policy, question, answer),
  ];
  if (answer.requirements.length > 0) lines.push(...needed(people, question, answer));
  return lines.join('\n');
}

function classDetail(answer: PolicyAnswer): string {
  if (answer.key !== undefined) return ` (key in ${answer.key})`;
  return answer.probe === undefined ? '' : ` (asked about by ${answer.probe})`;
}

function counted(policy: Policy, answer: PolicyAnswer): readonly string[] {
  const lines = answer.matched.map((matched) => {
    const line = policy.lines.find(({ id }) => id === matched.id);
    const when = line?.when === undefined ? '' : `: ${line.when}`;
    const place = line === undefined ? '' : `   ${policy.file}:${String(line.line)}`;
    return `  ${matched.verdict.padEnd(8)} ${matched.id}   ${matched.because}${when}${place}`;
  });
  return ['', 'what counted', ...lines];
}

function notCounted(policy: Policy, question: PolicyQuestion, answer: PolicyAnswer): readonly string[] {
  const others = policy.lines.filter(
    ({ id, kind, tool }) =>
      kind === 'rule' &&
      fitsPattern(question.tool, tool) &&
      answer.matched.every((matched) => matched.id !== id),
  );
  if (others.length === 0) return [];
  const lines = others.map(
    ({ id, verdict, when, line }) =>
      `  ${(verdict ?? '').padEnd(8)} ${id}   ${when ?? ''}   ${policy.file}:${String(line)}`,
  );
  return ['', 'rules for this tool that did not match', ...lines];
}

function needed(people: People, question: PolicyQuestion, answer: PolicyAnswer): readonly string[] {
  const outlook = whoMayDecide({
    requirements: answer.requirements,
    people,
    requester: asActorId(question.actor.id),
    excluded: [],
    votes: [],
  });
  const lines = outlook.requirements.map(({ requirement, need, left, isReachable }) => {
    const names = left.length === 0 ? 'nobody' : left.map((person) => person.name).join(', ');
    const who = requirement.excludeRequester ? ', not the requester' : '';
    const warning = isReachable ? '' : '   TOO FEW: nobody left could reach this';
    const { stage } = requirement;
    const place = stage === undefined ? '' : `stage ${String(stage.number)} of ${String(stage.of)}: `;
    const later = (requirement.escalate ?? []).map(
      ({ afterMs, to }) => `; after ${durationText(afterMs)} ${to.join(', ')} too`,
    );
    return `  ${place}${String(need)} of ${requirement.approvers.join(', ')}${who} (${requirement.rule}): ${names}${later.join('')}${warning}`;
  });
  return [
    '',
    'who must agree',
    ...lines,
    `  within ${durationText(answer.expiresInMs)}; the card goes to: ${answer.notify}`,
    `  reminders: ${answer.remindersMs.map(durationText).join(', ') || 'none'}`,
  ];
}

function durationText(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes % 1440 === 0 && minutes > 1440) return `${String(minutes / 1440)} days`;
  return minutes % 60 === 0 ? `${String(minutes / 60)} h` : `${String(minutes)} min`;
}
