/**
 * Finds a card in a person's direct messages that another question can stand on as well: of the same tool, as it was
 * defined then, with every argument shown.
 *
 * The card that gives room records it first, so whoever shows it again shows both.
 */
import type { ApprovalId, RunId, ThreadId } from './core/ids.ts';
import type { AskLimit } from './notices/ask-limit.ts';
import type { Person } from './people/person.ts';
import type { OpenRuns } from './runs/open-runs.ts';
import { joinedTo } from './runs/routed-approvals.ts';
import { runEvent } from './runs/run-events.ts';
import { argumentsOf } from './runs/run-state.ts';
import type { ApprovalState, RunState } from './runs/run-state.ts';

export interface CardPlace {
  readonly run: RunId;
  readonly approval: ApprovalId;
}

/** Undefined where no card has room. */
export type JoinCard = (
  person: Person,
  thread: ThreadId,
  asked: { readonly state: RunState; readonly approval: ApprovalState },
) => Promise<CardPlace | undefined>;

/** How many calls stand on one card, and how long they are together: one message holds them whole. */
const mostCalls = 3;
const mostCharacters = 1_500;

export function createJoinCard(options: {
  readonly runs: Pick<OpenRuns, 'open' | 'close'>;
  readonly limit: Pick<AskLimit, 'lately'>;
}): JoinCard {
  return async (person, thread, { state, approval }) => {
    const characters = lengthOf(state, approval);
    for (const place of await options.limit.lately(person.id)) {
      const run = await options.runs.open(place.run);
      if (run === undefined) continue;
      try {
        await run.stream.catchUp();
        const holder = run.state().approvals.get(place.approval);
        if (holder === undefined || !isSameTool(run.state(), holder, state, approval)) continue;
        const route = holder.routes.find((entry) => entry.person === person.id);
        if (route?.thread !== thread || route.on !== undefined || route.unreached !== undefined) continue;
        const there = joinedTo(holder, person.id);
        if (there.some((entry) => entry.approval === approval.id)) return place;
        const length = there.reduce(
          (sum, entry) => sum + entry.characters,
          lengthOf(run.state(), holder) + characters,
        );
        const hasRoom = there.length + 1 < mostCalls && length <= mostCharacters;
        if (holder.state !== 'pending' || !hasRoom) continue;
        const joined = runEvent('approval.joined', {
          ...{ approval: holder.id, person: person.id },
          ...{ run: state.id, other: approval.id, characters },
        });
        run.stream.append({ sort: 'fact', by: 'bot', events: [joined] });
        await run.stream.durable();
        return place;
      } finally {
        options.runs.close(run);
      }
    }
    return undefined;
  };
}

function isSameTool(
  state: RunState,
  holder: ApprovalState,
  other: RunState,
  approval: ApprovalState,
): boolean {
  const there = state.calls.get(holder.call)?.call;
  const here = other.calls.get(approval.call)?.call;
  return (
    holder.id !== approval.id &&
    there !== undefined &&
    there.tool === here?.tool &&
    there.serverIdentity === here.serverIdentity &&
    there.definitionHash === here.definitionHash
  );
}

function lengthOf(state: RunState, approval: ApprovalState): number {
  return approval.title.length + (argumentsOf(state, approval) ?? '').length;
}
