/**
 * A person changes the arguments of a call that waits: checked against the tool's schema, judged by policy anew, and
 * asked anew. Votes for the old arguments are void; both versions stay in the ledger.
 *
 * A change never lets a call run that people were asked about: whatever policy says about the new arguments, somebody
 * decides on them.
 */
import { AppError } from '../core/errors.ts';
import { canonicalJson, parseStrictJson } from '../core/canonical-json.ts';
import { newApprovalId } from '../core/ids.ts';
import type { ApprovalId } from '../core/ids.ts';
import { isJsonObject } from '../core/json.ts';
import type { JsonObject } from '../core/json.ts';
import type { Person } from '../people/person.ts';
import type { OpenRun } from '../runs/open-runs.ts';
import { runEvent } from '../runs/run-events.ts';
import type { ApprovalState, CallState } from '../runs/run-state.ts';
import type { Tool } from '../tools/tool.ts';
import { outlookOf } from './decide-vote.ts';
import type { VoteAnswer } from './decide-vote.ts';
import { whyUnsendable } from './find-secret.ts';
import { lookAtFreeze } from './freeze-guard.ts';
import type { GateOptions } from './gate-options.ts';
import { judgeCall } from './judge-call.ts';
import type { Judgement } from './judge-call.ts';
import { readPreview } from './preview.ts';
import type { Verdict } from './policy.ts';
import { requestApproval } from './request-approval.ts';
import { raises, reviewEvent, reviewJudged } from './review.ts';
import type { ReviewFinding } from './review.ts';
import { whyDenied } from './why-denied.ts';

export interface EditRequest {
  readonly person: Person;
  readonly digest: string;
  readonly args: JsonObject;
  readonly surface: string;
}

export type EditAnswer =
  /** The question that stands in the place of the old one. */
  | { readonly kind: 'asked'; readonly approval: ApprovalId }
  | { readonly kind: 'refused'; readonly vote: Exclude<VoteAnswer, { readonly kind: 'counts' | 'again' }> }
  /** The new arguments cannot be asked about; the old question stands. */
  | {
      readonly kind: 'unfit';
      readonly why: 'unchanged' | 'schema' | 'policy' | 'tool';
      readonly detail: string;
    };

/** Changes of a stream that keeps moving are given up after this many tries. */
const tries = 5;

export async function editCall(
  options: GateOptions,
  run: OpenRun,
  id: ApprovalId,
  request: EditRequest,
): Promise<EditAnswer> {
  const { person } = request;
  let looked: { readonly finding: ReviewFinding | undefined } | undefined;
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const { calls, approvals } = run.state();
    const approval = approvals.get(id);
    const entry = approval === undefined ? undefined : calls.get(approval.call);
    if (approval === undefined || entry === undefined) return { kind: 'refused', vote: { kind: 'settled' } };
    const refused = refuse(options, approval, request);
    if (refused !== undefined) return { kind: 'refused', vote: refused };

    const judged = await judgeEdit(options, run, entry, approval, request.args);
    if (judged.kind !== 'judged') return judged;
    if (looked === undefined) {
      // It takes a while, in which everything may have moved: judged anew with what it found.
      looked = { finding: await reviewEdit(options, run, judged.judgement, approval) };
      if (looked.finding !== undefined) continue;
    }
    const { finding } = looked;
    const { answer } = judged.judgement;
    const preview = await readPreview(options, run.state(), answer.preview, request.args);
    const changes = await options.policyChanges.read();
    const findFrozen = await lookAtFreeze(options);
    const frozen = findFrozen(run.state(), entry, approval);
    if (frozen !== undefined) return { kind: 'refused', vote: { kind: 'frozen', why: frozen.why } };
    // Nothing yields from here to the appends: what is looked at is what is replaced.
    if (run.state().approvals.get(id)?.state !== 'pending') continue;

    const next = newApprovalId();
    run.stream.append({
      sort: 'decision',
      by: person.id,
      events: [
        runEvent('approval.edited', {
          approval: id,
          call: entry.call.id,
          by: person.id,
          surface: request.surface,
        }),
        runEvent(
          'approval.decided',
          { approval: id, state: 'stale', by: person.id },
          { reason: `${person.name} changed the arguments` },
        ),
        judged.judgement.event,
        ...(finding === undefined
          ? []
          : [reviewEvent(judged.judgement.proposal, finding, raises(finding, judged.byPolicy))]),
      ],
    });
    const now = run.state().calls.get(entry.call.id) ?? entry;
    run.stream.append({
      sort: 'decision',
      by: person.id,
      events: [
        requestApproval(run.state(), now, {
          approval: next,
          answer,
          now: options.clock.now().getTime(),
          claim: approval.claim,
          preview,
          changes,
        }),
      ],
    });
    await run.stream.durable();
    if (run.state().approvals.has(next)) return { kind: 'asked', approval: next };
  }
  return { kind: 'refused', vote: { kind: 'settled' } };
}

/** Whoever may vote may change; and whoever changed it last may change it again. */
function refuse(
  options: GateOptions,
  approval: ApprovalState,
  { person, digest }: EditRequest,
): Exclude<VoteAnswer, { readonly kind: 'counts' | 'again' }> | undefined {
  if (approval.state === 'expired') return { kind: 'expired' };
  if (approval.state !== 'pending') return { kind: 'settled' };
  if (approval.expiresAt <= options.clock.now().getTime()) return { kind: 'expired' };
  const may = outlookOf(approval, options.people()).mayVote(person.id);
  if (may.kind === 'requester') return { kind: 'requester' };
  if (may.kind === 'excluded' && may.why !== 'editor') return { kind: 'excluded', why: may.why };
  if (may.kind === 'not-entitled') return { kind: 'not-entitled' };
  if (may.kind === 'early') return { kind: 'early', first: may.first };
  return digest === approval.digest ? undefined : { kind: 'wrong-digest' };
}

async function judgeEdit(
  options: GateOptions,
  run: OpenRun,
  entry: CallState,
  approval: ApprovalState,
  args: JsonObject,
): Promise<
  | {
      readonly kind: 'judged';
      readonly judgement: Judgement;
      /** What policy alone says about the new arguments. */
      readonly byPolicy: Verdict;
    }
  | Extract<EditAnswer, { kind: 'unfit' }>
> {
  const { registry } = options;
  const { call } = entry;
  if (canonicalJson(args) === call.argsJson)
    return unfit('unchanged', 'Nothing was changed. Approve it as it is, or deny it with a reason.');
  const found = await registry.find(call.tool, { fresh: true });
  if (found.kind === 'unreachable') {
    throw new AppError(
      'tool-server.unreachable',
      `The tool server ${found.server} does not answer: ${found.why}`,
    );
  }
  if (found.kind !== 'ready') return unfit('tool', `${call.tool} is not there as it was accepted.`);
  const misfit = findMisfit(options, found.tool, args);
  if (misfit !== undefined) return unfit('schema', `${misfit} Nothing was changed.`);
  const state = run.state();
  const { tool } = found;
  const judge = (askAnyhow?: ApprovalState['requirements']): Judgement =>
    judgeCall(
      state,
      options.people().findPerson(state.requester),
      {
        id: call.id,
        step: call.step,
        tool: call.tool,
        args,
        ...(call.modelCall !== undefined && { modelCall: call.modelCall }),
        ...(call.turn !== undefined && { turn: call.turn }),
      },
      tool,
      {
        policy: options.policy(),
        ...registry.reviewOf(tool.name),
        now: options.clock.now(),
      },
      askAnyhow,
    );
  const judgement = judge(approval.requirements);
  return judgement.answer.verdict === 'deny'
    ? unfit(
        'policy',
        `Policy does not allow these arguments${whyDenied(judgement.answer)}. Nothing was changed.`,
      )
    : { kind: 'judged', judgement, byPolicy: judge().answer.verdict };
}

/**
 * The second model looks at the arguments as they are now, as it looked at those the agent proposed: before anybody's
 * fresh vote can count.
 */
function reviewEdit(
  { review }: GateOptions,
  run: OpenRun,
  { proposal, ...judgement }: Judgement,
  { claim }: ApprovalState,
): Promise<ReviewFinding | undefined> {
  const claimed = { ...proposal, ...(claim !== undefined && { claim }) };
  return reviewJudged(review, run, { ...judgement, proposal: claimed }, new AbortController().signal);
}

function findMisfit(options: GateOptions, tool: Tool, args: JsonObject): string | undefined {
  const key = options.policy().keyOf(tool.name);
  if (key !== undefined && Object.hasOwn(args, key))
    return `Leave out ${key}: it is set when the call is sent.`;
  const unsendable = whyUnsendable({ tool: tool.name, args }, options.redact, options.argumentLimits?.());
  if (unsendable !== undefined) return unsendable;
  const misfit = options.registry.findMisfit(tool, args);
  return misfit === undefined ? undefined : `The arguments do not fit ${tool.name}: ${misfit}.`;
}

function unfit(
  why: Extract<EditAnswer, { kind: 'unfit' }>['why'],
  detail: string,
): Extract<EditAnswer, { kind: 'unfit' }> {
  return { kind: 'unfit', why, detail };
}

/** The arguments of a call as a person left them; undefined when nobody changed them. */
export function editedArguments(entry: CallState): JsonObject | undefined {
  if (entry.edits.length === 0 || entry.call.argsJson === undefined) return undefined;
  const args = parseStrictJson(entry.call.argsJson);
  return isJsonObject(args) ? args : undefined;
}
