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

export interface GrantUse {
  readonly call: CallId;
  readonly run: RunId;
  readonly at: number;
  /** True once it is known that the call was sent. */
  readonly isSettled: boolean;
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
  readonly revoked?: { readonly by: ActorId; readonly at: number };
}

export type GrantsState = readonly Grant[];

export function foldGrants(state: GrantsState, event: FoldedEvent): GrantsState {
  const at = event.stamp.at.getTime();
  if (event.v === 1) {
    switch (event.kind) {
      case 'grant.made':
        return [...state, made(event, at)];
      case 'grant.revoked':
        return change(state, event, (grant) => ({
          ...grant,
          revoked: grant.revoked ?? { by: asActorId(textField(event, 'by')), at },
        }));
      case 'use.reserved':
        return change(state, event, (grant) => {
          const call = asCallId(textField(event, 'call'));
          if (!hasUseLeft(grant, at) || grant.taken.some((use) => use.call === call)) return grant;
          const use = { call, run: asRunId(textField(event, 'run')), at, isSettled: false };
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

/** Whether a use could be reserved at this moment. */
export function hasUseLeft(grant: Grant, now: number): boolean {
  return grant.revoked === undefined && now < grant.expiresAt && grant.taken.length < grant.uses;
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
