/**
 * Grants: made by a vote, used by calls that fit, revoked at once, given back when a call never went out.
 *
 * A use is reserved in the tool's stream before its run hears of it, by call id, so a crash at any point leaves
 * either a reservation that the same call finds again, or one that the sweep gives back.
 */
import type { Clock } from '../core/clock.ts';
import { newGrantId } from '../core/ids.ts';
import type { CallId, GrantId } from '../core/ids.ts';
import type { EventDraft } from '../ledger/fold.ts';
import { createSharedAppend } from '../ledger/shared-append.ts';
import { createSmallStream } from '../ledger/small-stream.ts';
import type { SmallStream } from '../ledger/small-stream.ts';
import type { LedgerStore } from '../ledger/store.ts';
import { streamNames } from '../ledger/stream-names.ts';
import type { Person } from '../people/person.ts';
import type { OpenRuns } from '../runs/open-runs.ts';
import { isFinished } from '../runs/run-state.ts';
import type { ApprovalState, CallState, RunState } from '../runs/run-state.ts';
import { whyNotCovered } from './fit-grant.ts';
import type { GrantQuestion } from './fit-grant.ts';
import { foldGrants, hasUseLeft } from './grant-state.ts';
import type { Grant, GrantsState, GrantUse } from './grant-state.ts';
import type { Terms } from './grant-terms.ts';
import { moneyOf } from './plan-terms.ts';
import type { PlanLine } from './plan-terms.ts';

export interface Grants {
  /** Reserves a use of a grant that covers this call, durable; the same call always gets the same one. */
  reserve(call: CallId, question: GrantQuestion): Promise<Grant | undefined>;
  /** Reads the tool's grants: what is found afterwards holds for whatever is appended in the same turn. */
  look(tool: string): Promise<(id: GrantId) => Grant | undefined>;
  make(
    person: Person,
    about: { readonly state: RunState; readonly approval: ApprovalState; readonly call: CallState },
    terms: Extract<Terms, { readonly kind: 'terms' }>,
  ): Promise<Grant | undefined>;
  /** One for each line of an approved plan, once. */
  makeForPlan(plan: PlanToGrant): Promise<void>;
  /** Every grant ever made, latest first. */
  list(): Promise<readonly Grant[]>;
  revoke(person: Person, id: GrantId): Promise<'revoked' | 'already' | 'unknown'>;
  /** Settles uses whose calls were sent, and gives back those whose calls never will be. */
  sweep(): Promise<void>;
}

export interface PlanToGrant {
  readonly state: RunState;
  readonly approval: ApprovalState;
  readonly expiresAt: number;
  readonly lines: readonly (PlanLine & {
    readonly id: GrantId;
    readonly serverIdentity: string;
    readonly definitionHash: string;
  })[];
}

export interface GrantsOptions {
  readonly ledger: LedgerStore;
  readonly runs: OpenRuns;
  readonly clock: Clock;
}

interface Want {
  readonly call: CallId;
  readonly question: GrantQuestion;
}

interface ToolStream {
  readonly stream: SmallStream<GrantsState>;
  /** Reserves a use for this call, together with whoever else asks in the same moment. */
  reserve(want: Want): Promise<void>;
}

const prefix = 'grants/';
/** A reservation younger than this belongs to a call that is still being brought on its way. */
const leftAloneMs = 10_000;

export function createGrants(options: GrantsOptions): Grants {
  const { ledger, clock } = options;
  const streams = new Map<string, ToolStream>();

  function toolStream(tool: string): ToolStream {
    const known = streams.get(tool);
    if (known !== undefined) return known;
    const stream = createSmallStream<GrantsState>({
      store: ledger,
      stream: `${prefix}${tool}`,
      empty: [],
      fold: foldGrants,
    });
    const reserve = createSharedAppend<GrantsState, Want>(stream, (state, wants) =>
      reservations(state, wants, clock.now().getTime()),
    );
    const made = { stream, reserve };
    streams.set(tool, made);
    return made;
  }

  const streamOf = (tool: string): SmallStream<GrantsState> => toolStream(tool).stream;

  async function readAll(): Promise<readonly Grant[]> {
    const found: Grant[] = [];
    for await (const name of streamNames(ledger, prefix))
      found.push(...(await streamOf(name.slice(prefix.length)).read()));
    return found;
  }

  async function outcomeOf(grant: Grant, use: GrantUse): Promise<EventDraft | undefined> {
    const run = await options.runs.open(use.run);
    try {
      const what = run === undefined ? 'released' : whatBecameOf(run.state(), grant, use);
      if (what === undefined) return undefined;
      return { kind: `use.${what}`, v: 1, data: { grant: grant.id, call: use.call } };
    } finally {
      if (run !== undefined) options.runs.close(run);
    }
  }

  return {
    async reserve(call, question) {
      const { name } = question.tool;
      const state = await streamOf(name).read();
      // Without a grant that fits nothing is written, and most calls have none.
      if (findFor(state, { call, question }, clock.now().getTime()) === undefined) return undefined;
      await toolStream(name).reserve({ call, question });
      const held = findTaken(streamOf(name).known(), call);
      return held?.revoked === undefined ? held : undefined;
    },

    async look(tool) {
      const state = await streamOf(tool).read();
      return (id) => state.find((grant) => grant.id === id);
    },

    async make(person, { state, approval, call }, terms) {
      const id = newGrantId();
      const after = await streamOf(call.call.tool).append(person.id, (grants) =>
        // Pressed twice is one grant.
        grants.some((grant) => grant.approval === approval.id)
          ? []
          : [
              {
                kind: 'grant.made',
                v: 1,
                data: {
                  grant: id,
                  tool: call.call.tool,
                  serverIdentity: call.call.serverIdentity,
                  definitionHash: call.call.definitionHash,
                  by: person.id,
                  requester: state.requester,
                  workflow: state.workflow,
                  channel: state.channel,
                  run: state.id,
                  approval: approval.id,
                  uses: terms.uses,
                  expiresAt: clock.now().getTime() + terms.lastsMs,
                },
                texts: { terms: JSON.stringify(terms.constraints) },
              },
            ],
      );
      return after.find((grant) => grant.approval === approval.id);
    },

    async makeForPlan({ state, approval, expiresAt, lines }) {
      const votes = approval.votes.filter(({ vote }) => vote === 'approve').map(({ by }) => by);
      const [by] = votes;
      if (by === undefined) return;
      for (const { id, tool, serverIdentity, definitionHash, times, constraints, money } of lines) {
        const made: EventDraft = {
          kind: 'plan.granted',
          v: 1,
          data: {
            grant: id,
            tool,
            serverIdentity,
            definitionHash,
            by,
            votes,
            requester: state.requester,
            workflow: state.workflow,
            channel: state.channel,
            run: state.id,
            approval: approval.id,
            uses: times,
            expiresAt,
            ...(money !== undefined && { money: { ...money } }),
          },
          texts: { terms: JSON.stringify(constraints) },
        };
        await streamOf(tool).append(by, (grants) => (grants.some((grant) => grant.id === id) ? [] : [made]));
      }
    },

    async list() {
      return [...(await readAll())].sort((a, b) => b.at - a.at);
    },

    async revoke(person, id) {
      const all = await readAll();
      const grant = all.find((entry) => entry.id === id);
      if (grant === undefined) return 'unknown';
      const already = grant.revoked;
      const revokeOne = ({ id: one, tool }: Grant): Promise<GrantsState> =>
        streamOf(tool).append(person.id, (grants) =>
          grants.some((entry) => entry.id === one && entry.revoked === undefined)
            ? [{ kind: 'grant.revoked', v: 1, data: { grant: one, by: person.id } }]
            : [],
        );
      const after = await revokeOne(grant);
      // A plan is one thing: it ends with any of its lines.
      if (grant.plan !== undefined)
        for (const line of all) if (line.approval === grant.approval && line.id !== id) await revokeOne(line);
      const revoked = after.find((entry) => entry.id === id)?.revoked;
      return already === undefined && revoked?.by === person.id ? 'revoked' : 'already';
    },

    async sweep() {
      const before = clock.now().getTime() - leftAloneMs;
      for (const grant of await readAll()) {
        const open = grant.taken.filter((use) => !use.isSettled && use.at < before);
        const events: EventDraft[] = [];
        for (const use of open) {
          const event = await outcomeOf(grant, use);
          if (event !== undefined) events.push(event);
        }
        if (events.length > 0) await streamOf(grant.tool).append('bot', () => events);
      }
    },
  };
}

/** The grant that a call holds a use of. */
function findTaken(state: GrantsState, call: CallId): Grant | undefined {
  return state.find((grant) => grant.taken.some((use) => use.call === call));
}

/** The grant this call holds, else one that fits and has a use left: the one that ends first. */
function findFor(state: GrantsState, want: Want, now: number): Grant | undefined {
  // A grant that was set aside for this call once is not taken up again.
  const dropped = want.question.state.calls.get(want.call)?.droppedGrant;
  const mayStand = (grant: Grant): boolean =>
    grant.id !== dropped && grant.revoked === undefined && whyNotCovered(grant, want.question) === undefined;
  const held = findTaken(state, want.call);
  if (held !== undefined) return mayStand(held) ? held : undefined;
  return state
    .filter((grant) => hasUseLeft(grant, now, amountIn(grant, want)) && mayStand(grant))
    .sort((a, b) => a.expiresAt - b.expiresAt)[0];
}

/** What a call counts for in the sum of this grant's line. */
function amountIn({ plan }: Grant, { question }: Want): number {
  return moneyOf(plan?.money, question.args) ?? Infinity;
}

function reservations(before: GrantsState, wants: readonly Want[], now: number): readonly EventDraft[] {
  const events: EventDraft[] = [];
  let state = before;
  for (const want of wants) {
    if (findTaken(state, want.call) !== undefined) continue;
    const grant = findFor(state, want, now);
    if (grant === undefined) continue;
    const amount = amountIn(grant, want);
    const { call, question } = want;
    const run = question.state.id;
    const use = { call, run, at: now, isSettled: false, amount };
    state = state.map((entry) => (entry === grant ? { ...grant, taken: [...grant.taken, use] } : entry));
    const counted = amount > 0 ? { amount } : {};
    events.push({ kind: 'use.reserved', v: 1, data: { grant: grant.id, call, run, ...counted } });
  }
  return events;
}

/** Undefined while the call may still be sent under the grant. */
function whatBecameOf(state: RunState, grant: Grant, use: GrantUse): 'settled' | 'released' | undefined {
  const call = state.calls.get(use.call);
  if (call === undefined) return isFinished(state) ? 'released' : undefined;
  const isSent = call.dispatches.some((dispatch) => dispatch.grant === grant.id);
  // Announced, and then certainly not sent: the use is free again.
  if (isSent) return call.result?.kind === 'not-run' ? 'released' : 'settled';
  const isOver = isFinished(state) || call.result !== undefined;
  return isOver || call.approval !== undefined || call.droppedGrant === grant.id ? 'released' : undefined;
}
