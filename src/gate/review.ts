/**
 * A second model looks at a call before it runs or is asked about. It can bring people in where policy would not, and
 * put a warning on their card; it lowers nothing, and when it is slow, fails or answers nonsense, policy stands alone.
 */
import type { CallId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import type { EventDraft } from '../ledger/fold.ts';
import type { OpenRun } from '../runs/open-runs.ts';
import { runEvent } from '../runs/run-events.ts';
import type { CallState } from '../runs/run-state.ts';
import type { Tool } from '../tools/tool.ts';
import type { Judgement, ProposedCall } from './judge-call.ts';
import type { Policy, Requirement } from './policy.ts';

export interface ReviewQuestion {
  readonly call: CallId;
  readonly tool: Pick<Tool, 'name' | 'server'>;
  readonly args: JsonObject;
  readonly effect: string;
  readonly claim?: string;
}

export interface ReviewFinding {
  readonly model: string;
  /** `none`: it said nothing that counts, and `why`. */
  readonly says: 'fine' | 'ask' | 'none';
  /** Its words: untrusted, as any model's. */
  readonly warning?: string;
  readonly why?: string;
  readonly tokens?: number;
  readonly usd?: number;
}

/** Undefined when nobody is to look at this call. Throws only when `signal` is aborted. */
export type ReviewCall = (
  run: OpenRun,
  question: ReviewQuestion,
  signal: AbortSignal,
) => Promise<ReviewFinding | undefined>;

/** Everything that is known to its reader about a call as it is judged; what is denied or only reads is not looked at. */
export async function reviewJudged(
  review: ReviewCall | undefined,
  run: OpenRun,
  { proposal, tool, answer }: Judgement,
  signal: AbortSignal,
): Promise<ReviewFinding | undefined> {
  if (review === undefined || !isReviewed({ answer })) return undefined;
  const { id: call, args, claim } = proposal;
  const question = { call, tool, args, effect: answer.effect, ...(claim !== undefined && { claim }) };
  return review(run, question, signal);
}

/** Whether somebody has to look whatever was granted in advance: whoever granted it did not see what the warning is about. */
export function wantsPeople(entry: Pick<CallState, 'review'> | undefined): boolean {
  return entry?.review?.says === 'ask';
}

/** What only reads, and what is denied anyway, is not looked at. */
function isReviewed({ answer: { verdict, effect } }: Pick<Judgement, 'answer'>): boolean {
  return verdict !== 'deny' && (effect !== 'read' || verdict !== 'allow');
}

export function raises(finding: ReviewFinding | undefined, verdict: string): boolean {
  return finding?.says === 'ask' && verdict === 'allow';
}

/** Whom the policy names when nothing else does. */
export function raisedRequirements(policy: Policy): readonly Requirement[] {
  return policy.lines.find(({ kind }) => kind === 'default')?.requirements ?? [];
}

export function reviewEvent(
  { id }: ProposedCall,
  { model, says, tokens, usd, warning, why }: ReviewFinding,
  isRaised: boolean,
): EventDraft {
  return runEvent(
    'call.reviewed',
    {
      call: id,
      model,
      says,
      ...(isRaised && { isRaised }),
      ...(tokens !== undefined && { tokens }),
      ...(usd !== undefined && { usd }),
    },
    { warning, why },
  );
}
