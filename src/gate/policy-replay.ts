/**
 * Recorded calls under another policy: which verdicts would flip. Pure.
 *
 * Each call is judged as it was then: its arguments, what the run had read and spent up to just before, the moment
 * of the judgement. Roles are today's: the ledger does not keep who held which role then.
 */
import { parseStrictJson } from '../core/canonical-json.ts';
import type { CallId, RunId } from '../core/ids.ts';
import { isJsonObject } from '../core/json.ts';
import type { Commit } from '../ledger/commit.ts';
import { foldStream } from '../ledger/fold.ts';
import type { FoldedEvent } from '../ledger/fold.ts';
import type { People } from '../people/person.ts';
import { foldRun } from '../runs/fold-run.ts';
import type { RunEventData } from '../runs/run-events.ts';
import { emptyRun } from '../runs/run-state.ts';
import type { RunState } from '../runs/run-state.ts';
import { decisionServer } from './ask-decision.ts';
import { questionFor } from './judge-call.ts';
import { describeDifference } from './outdated.ts';
import type { Policy, PolicyAnswer } from './policy.ts';
import { raisedRequirements } from './review.ts';

export interface ReplayedCall {
  readonly run: RunId;
  /** The number of its judgement in the run's ledger. */
  readonly number: number;
  readonly at: Date;
  readonly tool: string;
  readonly before: string;
  readonly after: PolicyAnswer['verdict'];
  /** What would be otherwise, in words; undefined when nothing would. */
  readonly difference: string | undefined;
  /** The rules that decide in the other policy. */
  readonly rules: readonly string[];
}

export interface ReplayOptions {
  readonly policy: Policy;
  readonly people: People;
  /** Whether an operator has accepted this very server. */
  isServerReviewed(server: string, identity: string): boolean;
}

/** The judged calls of one run; those whose arguments were erased, or that policy never saw, are left out. */
export function replayRun(
  run: RunId,
  commits: readonly Commit[],
  options: ReplayOptions,
): readonly ReplayedCall[] {
  const replayed: ReplayedCall[] = [];
  const { calls } = foldStream(commits, emptyRun(run), foldRun);
  foldStream(commits, emptyRun(run), (state, event) => {
    // The fold may alter the state it is given, so what held before is asked before.
    const judged = event.kind === 'call.judged' ? judgeThen(state, event, options) : undefined;
    // A second model wanted people to look: it would again.
    const isRaised = judged?.verdict === 'allow' && calls.get(judged.call)?.review?.isRaised === true;
    const answer = isRaised
      ? { ...judged, verdict: 'ask' as const, requirements: raisedRequirements(options.policy) }
      : judged;
    const after = foldRun(state, event);
    const call = answer === undefined ? undefined : after.calls.get(answer.call)?.call;
    if (answer === undefined || call === undefined) return after;
    replayed.push({
      run,
      number: event.number,
      at: event.stamp.at,
      tool: call.tool,
      before: call.verdict,
      after: answer.verdict,
      difference: describeDifference(call, call, answer),
      rules: answer.matched.map((rule) => rule.id),
    });
    return after;
  });
  return replayed;
}

function judgeThen(
  state: RunState,
  event: FoldedEvent,
  options: ReplayOptions,
): (PolicyAnswer & { readonly call: CallId }) | undefined {
  // Written by `runEvent` alone, in this very shape.
  const judged = event.data as unknown as RunEventData['call.judged'];
  const { call, tool, server, serverIdentity, policy } = judged;
  const text = event.text('args');
  const args = text === undefined ? undefined : parseStrictJson(text);
  if (policy === '' || !isJsonObject(args)) return undefined;
  const question = questionFor(state, options.people.findPerson(state.requester), tool, args, {
    isServerReviewed: server === decisionServer || options.isServerReviewed(server, serverIdentity),
    // What is new today was not listed then, or was asked about: the ledger of the run does not tell.
    isNewTool: false,
    now: event.stamp.at,
  });
  const answer = options.policy.resolve(question);
  return { ...(server === decisionServer ? asDecision(answer, judged) : answer), call };
}

/** Whom a workflow asks stays as the workflow has it; rules that name the decision come on top. */
function asDecision(
  answer: PolicyAnswer,
  { requirements, rules }: Pick<RunEventData['call.judged'], 'requirements' | 'rules'>,
): PolicyAnswer {
  const own = requirements.filter(({ rule }) => !rules.includes(rule));
  return {
    ...answer,
    effect: 'opaque',
    verdict: answer.verdict === 'deny' ? 'deny' : 'ask',
    requirements:
      own.length === 0
        ? answer.requirements
        : [...own, ...answer.requirements.filter(({ rule }) => rule !== 'default')],
  };
}

/** What flips, a line each, and what stays, as a number. */
export function describeReplay(replayed: readonly ReplayedCall[]): string {
  const flips = replayed.filter((entry) => entry.difference !== undefined);
  const lines = flips.map(
    ({ run, number, tool, difference = '', rules }) =>
      `${run} #${String(number)}  ${tool}  ${difference.replace(/^the rules changed: /u, '')}  (${rules.join(', ')})`,
  );
  const verdicts = new Map<string, number>();
  for (const { before, after } of flips) {
    if (before === after) continue;
    const flip = `${before} → ${after}`;
    verdicts.set(flip, (verdicts.get(flip) ?? 0) + 1);
  }
  const counts = [...verdicts].map(([flip, count]) => `${flip}: ${String(count)}`);
  return [
    ...lines,
    ...(lines.length === 0 ? [] : ['']),
    `${String(replayed.length)} recorded calls, ${String(flips.length)} would be decided otherwise${counts.length === 0 ? '' : ` (${counts.join(', ')})`}.`,
    'Roles are as they are today; everything else is as it was when each call was judged.',
  ].join('\n');
}
