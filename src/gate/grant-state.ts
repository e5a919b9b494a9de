/**
 * The grants of one tool, folded from its stream `grants/<tool>`. Pure.
 *
 * A use is reserved by call id before the call is sent. The fold itself refuses what would exceed a grant: one use
 * too many, one after its end or its revocation. So the count holds whatever any process believed.
 */
import { AppError } from '../core/errors.ts';
import { asActorId, asApprovalId, asCallId, asChannelId, asGrantId, asRunId } from '../core/ids.ts';
import type { ActorId, ApprovalId, CallId, ChannelId, GrantId, RunId } from '../core/ids.ts';
import type { FoldedEvent } from '../ledger/fold.ts';
import { numberField, textField } from '../ledger/small-stream.ts';
import type { Constraints } from './grant-terms.ts';
import { inMillionths } from './plan-terms.ts';

export interface GrantUse {
  readonly call: CallId;
  readonly run: RunId;
  readonly at: number;
  /** True once it is known that the call was sent. */
  readonly isSettled: boolean;
  /** What it counts for in the sum of a plan's line, in whole millionths. */
  readonly amount?: number;
}

/** What a line of an approved plan has beyond a grant: it holds for its run alone. */
export interface PlannedBy {
  /** Who approved the plan, in the order in which they did. */
  readonly votes: readonly ActorId[];
  readonly money?: { readonly argument: string; readonly most: number };
}

export interface Grant {
  readonly id: GrantId;
  readonly tool: string;
  readonly serverIdentity: string;
  readonly definitionHash: string;
  /** Who approved, and answers for every use. */
  readonly by: ActorId;
  readonly requester: ActorId;
  readonly workflow: string;
  readonly channel: ChannelId;
  readonly run: RunId;
  readonly approval: ApprovalId;
  /** Undefined once erased: then nothing fits. */
  readonly constraints: Constraints | undefined;
  readonly uses: number;
  readonly at: number;
  readonly expiresAt: number;
  readonly taken: readonly GrantUse[];
  readonly plan?: PlannedBy;
  readonly revoked?: { readonly by: ActorId; readonly at: number };
}

export type GrantsState = readonly Grant[];

export function foldGrants(state: GrantsState, event: FoldedEvent): GrantsState {
  const at = event.stamp.at.getTime();
  if (event.v === 1) {
    switch (event.kind) {
      case 'grant.made':
        return [...state, made(event, at)];
      case 'plan.granted':
        return [...state, { ...made(event, at), plan: plannedBy(event) }];
      case 'grant.revoked':
        return change(state, event, (grant) => ({
          ...grant,
          revoked: grant.revoked ?? { by: asActorId(textField(event, 'by')), at },
        }));
      case 'use.reserved':
        return change(state, event, (grant) => {
          const call = asCallId(textField(event, 'call'));
          const { amount } = event.data;
          const sum = typeof amount === 'number' ? amount : 0;
          if (!hasUseLeft(grant, at, sum) || grant.taken.some((use) => use.call === call)) return grant;
          const run = asRunId(textField(event, 'run'));
          const use = { call, run, at, isSettled: false, ...(sum > 0 && { amount: sum }) };
          return { ...grant, taken: [...grant.taken, use] };
        });
      case 'use.settled':
        return change(state, event, (grant) => ({
          ...grant,
          taken: grant.taken.map((use) =>
            use.call === event.data['call'] ? { ...use, isSettled: true } : use,
          ),
        }));
      case 'use.released':
        return change(state, event, (grant) => ({
          ...grant,
          taken: grant.taken.filter((use) => use.isSettled || use.call !== event.data['call']),
        }));
      default:
    }
  }
  throw new AppError('ledger.unknown-event', `A stream of grants holds ${event.kind} v${String(event.v)}.`);
}

/** Whether a use that counts for `amount` could be reserved at this moment. */
export function hasUseLeft(grant: Grant, now: number, amount = 0): boolean {
  const isLive = grant.revoked === undefined && now < grant.expiresAt && grant.taken.length < grant.uses;
  const money = grant.plan?.money;
  if (!isLive || money === undefined) return isLive;
  const taken = grant.taken.reduce((sum, use) => sum + (use.amount ?? 0), 0);
  return taken + amount <= inMillionths(money.most);
}

function change(state: GrantsState, event: FoldedEvent, alter: (grant: Grant) => Grant): GrantsState {
  const id = textField(event, 'grant');
  return state.map((grant) => (grant.id === id ? alter(grant) : grant));
}

function made(event: FoldedEvent, at: number): Grant {
  const terms = event.text('terms');
  return {
    id: asGrantId(textField(event, 'grant')),
    tool: textField(event, 'tool'),
    serverIdentity: textField(event, 'serverIdentity'),
    definitionHash: textField(event, 'definitionHash'),
    by: asActorId(textField(event, 'by')),
    requester: asActorId(textField(event, 'requester')),
    workflow: textField(event, 'workflow'),
    channel: asChannelId(textField(event, 'channel')),
    run: asRunId(textField(event, 'run')),
    approval: asApprovalId(textField(event, 'approval')),
    // Written by `makeGrant` from constraints, and covered by the event's commitment.
    constraints: terms === undefined ? undefined : (JSON.parse(terms) as Constraints),
    uses: numberField(event, 'uses'),
    at,
    expiresAt: numberField(event, 'expiresAt'),
    taken: [],
  };
}

function plannedBy(event: FoldedEvent): PlannedBy {
  const { votes, money } = event.data;
  return {
    // Written by `makeForPlan` in this very shape.
    votes: (votes ?? []) as unknown as PlannedBy['votes'],
    ...(money !== undefined && { money: money as unknown as NonNullable<PlannedBy['money']> }),
  };
}
