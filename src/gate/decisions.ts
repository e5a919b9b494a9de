/**
 * What people decide: votes, withdrawals, and what happened to a call whose outcome nobody knows.
 *
 * Each is recorded as a fact and durable before it is acknowledged; what it settles is decided from the folded
 * state, so two people pressing in the same moment on two machines get one outcome.
 */
import type { Clock } from '../core/clock.ts';
import { sha256OfParts } from '../core/hash.ts';
import { asCallId } from '../core/ids.ts';
import type { ActorId, ApprovalId, CallId, RunId } from '../core/ids.ts';
import type { EventDraft } from '../ledger/fold.ts';
import type { People, Person } from '../people/person.ts';
import type { OpenRun, OpenRuns } from '../runs/open-runs.ts';
import { runEvent } from '../runs/run-events.ts';
import type { ApprovalState, RunState } from '../runs/run-state.ts';
import { isFinished, isWorn, wasDispatched } from '../runs/run-state.ts';
import { isUndo } from '../runs/undo-state.ts';
import type { RunStore } from '../runs/store.ts';
import { judgeVote, lookAgainAnswer, outlookOf, settleVotes } from './decide-vote.ts';
import type { VoteAnswer, VoteRequest } from './decide-vote.ts';
import type { Dispatcher } from './dispatch.ts';
import { lookAtFreeze } from './freeze-guard.ts';
import type { GateOptions } from './gate-options.ts';
import { findNudges } from './nudge.ts';
import { withApprovalRun } from './open-approval.ts';
import { findOutdated } from './outdated.ts';
import type { RulesToday } from './outdated.ts';
import { findVoided } from './stop-frozen.ts';
import { maySettle } from './who-may-settle.ts';
import type { EditAnswer, EditRequest } from './edit-call.ts';
import type { Freshness } from './preview.ts';

export interface DecisionsOptions {
  readonly runs: OpenRuns;
  readonly store: RunStore;
  readonly clock: Clock;
  readonly freeze: GateOptions['freeze'];
  people(): People;
  /** The policy and the guardrails in force, and which servers an operator has reviewed. */
  rules(): Pick<RulesToday, 'policy' | 'reviewOf' | 'redact' | 'argumentLimits'>;
  /** Looks up what roles these persons hold by a group on a chat platform; `people` knows it afterwards. */
  refreshRoles(persons: readonly ActorId[]): Promise<void>;
  dispatcher(): Dispatcher;
  edit(run: OpenRun, approval: ApprovalId, request: EditRequest): Promise<EditAnswer>;
  lookAgain(run: OpenRun, approval: ApprovalId): Promise<Freshness | undefined>;
  /** Goes on with a run after something was appended to it. */
  wake(run: OpenRun): void;
}

export type Settled =
  { readonly kind: 'done' } | { readonly kind: 'refused'; readonly why: 'settled' | 'not-entitled' };

export interface Decisions {
  /** Undefined when there is no such approval. The run's state is as it is after the answer. */
  vote(
    approval: ApprovalId,
    request: VoteRequest,
  ): Promise<{ readonly answer: VoteAnswer; readonly state: RunState } | undefined>;
  /** Changes the arguments of a waiting call; a new question stands in the place of the old one. */
  edit(
    approval: ApprovalId,
    request: EditRequest,
  ): Promise<{ readonly answer: EditAnswer; readonly state: RunState } | undefined>;
  /** Takes a question back; only its requester may. */
  withdraw(approval: ApprovalId, person: Person): Promise<Settled | undefined>;
  /** Says what happened to a call: it did, it did not and is asked again, or the run stops. */
  settleOutcome(
    run: OpenRun,
    call: CallId,
    person: Person,
    answer: 'happened' | 'ask-again' | 'stop',
  ): Promise<Settled>;
  /** Ends a run; pending questions are cancelled, calls on their way are waited for. */
  stop(run: OpenRun, person: Person, reason: string): Promise<void>;
  /** Settles what time and votes have settled: before each pass of the engine. */
  beforePass(run: OpenRun): Promise<void>;
  /** Looks at all open questions after policy or people have changed; those that would be asked otherwise are void. */
  reviseOpen(): Promise<readonly RunId[]>;
  /** Ends what is still open when a run ends. */
  settleOpenEnds(run: OpenRun): Promise<void>;
}

/** Rows of the inbox that are read in one go when policy changes. */
const reviseAtOnce = 200;

export function createDecisions(options: DecisionsOptions): Decisions {
  const { runs, clock } = options;

  const withRun = <T>(approval: ApprovalId, action: (run: OpenRun) => Promise<T>): Promise<T | undefined> =>
    withApprovalRun(options, approval, action);

  function settle(run: OpenRun): void {
    const events = settleVotes(run.state(), options.people());
    if (events.length > 0) run.stream.append({ sort: 'decision', by: 'bot', events });
  }

  function expire(run: OpenRun): void {
    const now = clock.now().getTime();
    const events: EventDraft[] = [];
    for (const approval of run.state().approvals.values()) {
      if (approval.state !== 'pending' || approval.expiresAt > now) continue;
      events.push(
        ...closed(
          approval,
          'expired',
          'expired',
          `Nobody answered by ${new Date(approval.expiresAt).toISOString()}, so nothing ran.`,
        ),
      );
    }
    if (events.length > 0) run.stream.append({ sort: 'decision', by: 'bot', events });
  }

  /** Reminds people of what nobody has decided, and lets others decide as well, where the policy says so. */
  function nudge(run: OpenRun): void {
    const events = findNudges(run.state(), clock.now().getTime());
    if (events.length > 0) run.stream.append({ sort: 'decision', by: 'bot', events });
  }

  /** What today's policy would ask otherwise is void; the gate judges it anew. */
  function outdate(run: OpenRun): boolean {
    const events = findOutdated(run.state(), {
      ...options.rules(),
      people: options.people(),
      now: clock.now(),
    });
    if (events.length > 0) run.stream.append({ sort: 'decision', by: 'bot', events });
    return events.length > 0;
  }

  /** What was asked in the moment of a freeze, when nobody looked for it any more. */
  function voidLateAsks(run: OpenRun): void {
    const nameOf = (id: string): string => options.people().findPerson(id)?.name ?? id;
    const today = { now: clock.now().getTime(), words: { nameOf } };
    for (const { events } of findVoided(run.state(), options.freeze.known(), today)) {
      run.stream.append({ sort: 'decision', by: 'bot', events });
    }
  }

  return {
    vote: (approval, request) =>
      withRun(approval, async (run) => {
        const known = run.state().approvals.get(approval);
        await options.refreshRoles([request.person.id, ...(known?.votes ?? []).map((vote) => vote.by)]);
        let findFrozen = await lookAtFreeze(options);
        if (outdate(run)) {
          options.wake(run);
          await run.stream.durable();
        }
        const judge = (): VoteAnswer => {
          const asked = run.state().approvals.get(approval);
          const call = asked === undefined ? undefined : run.state().calls.get(asked.call);
          if (asked === undefined || call === undefined) return { kind: 'settled' };
          const frozen = findFrozen(run.state(), call, asked)?.why;
          const today = { people: options.people(), now: clock.now().getTime(), frozen };
          return judgeVote(run.state(), asked, request, today);
        };
        let answer = judge();
        let effect: Freshness | undefined;
        if (answer.kind === 'counts' && request.vote === 'approve') {
          effect = await options.lookAgain(run, approval);
          if (effect === 'changed') {
            options.wake(run);
            await run.stream.durable();
          }
          // Looking takes a while, in which others decide and freeze; and what was found is for the voter to see first.
          if (effect !== undefined) findFrozen = await lookAtFreeze(options);
          answer = judge();
        }
        const asked = run.state().approvals.get(approval);
        if (answer.kind === 'expired' && asked?.state === 'pending') {
          expire(run);
          options.wake(run);
          await run.stream.durable();
        }
        if (answer.kind !== 'counts') return { answer, state: run.state() };
        const by = request.person.id;
        const standsFor =
          asked === undefined ? undefined : outlookOf(asked, options.people()).standsInFor(by);
        run.stream.append({
          sort: 'fact',
          by,
          isKnown: (state) => hasVoted(state.approvals.get(approval), by),
          events: [
            runEvent(
              'approval.voted',
              {
                approval,
                by,
                vote: request.vote,
                surface: request.surface,
                // Nobody has seen what was not added yet: a press that claims more would outlast later words.
                seen: Math.min(request.seen ?? Infinity, asked?.additions ?? 0),
                ...(effect !== undefined && { effect }),
                ...(standsFor !== undefined && { for: standsFor }),
              },
              { reason: request.reason },
            ),
          ],
        });
        settle(run);
        options.wake(run);
        await run.stream.durable();
        // If the stream moved, the vote landed on a newer head and what it settles is decided there; and only now
        // the moment is known at which it landed.
        settle(run);
        expire(run);
        await run.stream.durable();
        options.wake(run);
        return { answer: whatBecameOf(run.state().approvals.get(approval), request), state: run.state() };
      }),

    edit: (approval, request) =>
      withRun(approval, async (run) => {
        await options.refreshRoles([request.person.id]);
        const answer = await options.edit(run, approval, request);
        options.wake(run);
        return { answer, state: run.state() };
      }),

    withdraw: (approval, person) =>
      withRun(approval, async (run): Promise<Settled> => {
        const asked = run.state().approvals.get(approval);
        if (asked?.requester !== person.id) return { kind: 'refused', why: 'not-entitled' };
        if (asked.state !== 'pending') return { kind: 'refused', why: 'settled' };
        run.stream.append({
          sort: 'fact',
          by: person.id,
          isKnown: (state) => state.approvals.get(approval)?.state !== 'pending',
          events: closed(
            asked,
            'cancelled',
            'cancelled',
            `Withdrawn by ${person.name}. Nothing ran.`,
            person,
          ),
        });
        options.wake(run);
        await run.stream.durable();
        return run.state().approvals.get(approval)?.state === 'cancelled'
          ? { kind: 'done' }
          : { kind: 'refused', why: 'settled' };
      }),

    async settleOutcome(run, id, person, answer) {
      const call = run.state().calls.get(id);
      if (call?.unknown === undefined) return { kind: 'refused', why: 'settled' };
      await options.refreshRoles([person.id]);
      if (!maySettle(run.state(), call, person, options.people()))
        return { kind: 'refused', why: 'not-entitled' };
      const next =
        answer === 'ask-again' ? asCallId(`call_${sha256OfParts([id, 'again']).slice(0, 26)}`) : undefined;
      const content =
        answer === 'happened'
          ? `${person.name} looked and says that it happened. It is not sent again.`
          : `${person.name} looked and says that it did not happen.`;
      const events = [
        runEvent(
          'outcome.settled',
          { call: id, by: person.id, happened: answer === 'happened', ...(next !== undefined && { next }) },
          { content },
        ),
      ];
      // Whoever stopped it first stands as the one who did.
      if (answer === 'stop' && run.state().stopped === undefined)
        events.push(runEvent('run.stopped', { by: person.id }, { reason: 'after an unknown outcome' }));
      run.stream.append({
        sort: 'fact',
        by: person.id,
        isKnown: (state) => state.calls.get(id)?.unknown === undefined,
        events,
      });
      // Before it is durable, so that the lease is saved with it.
      options.wake(run);
      await run.stream.durable();
      options.wake(run);
      return { kind: 'done' };
    },

    async stop(run, person, reason) {
      if (isFinished(run.state()) || run.state().stopped !== undefined) return;
      run.stream.append({
        sort: 'fact',
        by: person.id,
        isKnown: (state) => state.stopped !== undefined || isFinished(state),
        events: [runEvent('run.stopped', { by: person.id }, { reason })],
      });
      // Before it is durable, so that the lease is saved with it.
      options.wake(run);
      await run.stream.durable();
      options.wake(run);
    },

    async beforePass(run) {
      await options.refreshRoles(whoseRolesMatter(run.state()));
      // Votes that came in time count, however late somebody looks.
      settle(run);
      voidLateAsks(run);
      expire(run);
      outdate(run);
      nudge(run);
      await options.dispatcher().recordLost(run);
    },

    async reviseOpen() {
      const seen = new Set<RunId>();
      let cursor: string | undefined;
      do {
        const rows = await options.store.listApprovals({
          state: 'pending',
          limit: reviseAtOnce,
          ...(cursor !== undefined && { cursor }),
        });
        const last = rows.length === reviseAtOnce ? rows.at(-1) : undefined;
        cursor = last === undefined ? undefined : `${String(last.requestedAt)}/${last.id}`;
        // One at a time: many runs may wait, and each is held only while it is looked at.
        for (const { run: id } of rows) {
          if (seen.has(id)) continue;
          seen.add(id);
          const run = await runs.open(id);
          if (run === undefined) continue;
          try {
            if (outdate(run)) {
              options.wake(run);
              await run.stream.durable();
            }
          } finally {
            runs.close(run);
          }
        }
      } while (cursor !== undefined);
      return [...seen];
    },

    async settleOpenEnds(run) {
      await options.dispatcher().idle(run);
      const events: EventDraft[] = [];
      for (const approval of run.state().approvals.values()) {
        if (isUndo(run.state(), run.state().calls.get(approval.call)?.call.step ?? '')) continue;
        if (approval.state === 'pending')
          events.push(...closed(approval, 'cancelled', 'stopped', 'The run ended. Nothing ran.'));
        // What people decided about a drill stands: it was never to be sent.
        else if (run.state().drill !== undefined) continue;
        else if (approval.state === 'approved' && !wasDispatched(run.state(), approval)) {
          events.push(
            ...closed(approval, 'cancelled', 'stopped', 'The run ended before it was sent. Nothing ran.'),
          );
        }
      }
      if (events.length > 0) run.stream.append({ sort: 'decision', by: 'bot', events });
      await options.dispatcher().recordLost(run, true);
    },
  };
}

function closed(
  approval: ApprovalState,
  state: 'expired' | 'cancelled',
  why: 'expired' | 'cancelled' | 'stopped',
  content: string,
  person?: Person,
): readonly EventDraft[] {
  return [
    runEvent('approval.decided', {
      approval: approval.id,
      state,
      ...(person !== undefined && { by: person.id }),
    }),
    runEvent(
      'call.refused',
      { call: approval.call, why, ...(person !== undefined && { by: person.id }) },
      { content },
    ),
  ];
}

function hasVoted(approval: ApprovalState | undefined, by: ActorId): boolean {
  return approval?.votes.some((vote) => vote.by === by && !isWorn(approval, vote)) === true;
}

/** What a vote that has landed came to: it may have landed behind another decision, or too late. */
function whatBecameOf(approval: ApprovalState | undefined, request: VoteRequest): VoteAnswer {
  const counted = approval?.votes.find((vote) => vote.by === request.person.id);
  const isLate = counted !== undefined && counted.mark.stamp.at.getTime() >= (approval?.expiresAt ?? 0);
  if (approval?.state === 'expired' || (approval?.state === 'pending' && isLate)) return { kind: 'expired' };
  // A withdrawal or a freeze that landed first, or in between, has taken the question back.
  if (approval?.state === 'cancelled' && request.vote === 'approve') return { kind: 'settled' };
  if (approval?.state === 'pending' && isWorn(approval, counted)) return lookAgainAnswer(approval);
  return counted?.vote === request.vote ? { kind: 'counts' } : { kind: 'settled' };
}

/** Who asks, and whoever has voted on what was not sent yet. */
function whoseRolesMatter(state: RunState): readonly ActorId[] {
  const open = [...state.approvals.values()].filter(
    (approval) =>
      approval.state === 'pending' || (approval.state === 'approved' && !wasDispatched(state, approval)),
  );
  return [state.requester, ...open.flatMap((approval) => approval.votes.map((vote) => vote.by))];
}
