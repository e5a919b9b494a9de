/**
 * Which commits of a stream an export is asked for: by time, by who caused them, and by tool and outcome. Pure.
 *
 * A tool's name stands only where its call is judged; later events of the call and of its approvals are about it
 * too. A commit is selected when one of its events meets every condition at once.
 */
import type { Commit, LedgerEvent } from './commit.ts';
import { erasureKind } from './verify.ts';

export interface Selection {
  readonly since?: Date;
  readonly until?: Date;
  readonly actor?: string;
  readonly tool?: string;
  readonly outcome?: Outcome;
}

/** How a call, an approval or a run ended. */
export const outcomes = [
  'result',
  'error',
  'unknown',
  'refused',
  'approved',
  'denied',
  'expired',
  'stale',
  'cancelled',
  'done',
  'failed',
  'stopped',
] as const;

export type Outcome = (typeof outcomes)[number];

/** Also selects the commits that say what was erased: without them the others would look tampered with. */
export function selectCommits(commits: readonly Commit[], selection: Selection): readonly Commit[] {
  const { since, until } = selection;
  const isAbout = selection.tool === undefined ? () => true : aboutTool(commits, selection.tool);
  const found = commits.filter(
    (commit) =>
      (since === undefined || commit.landedAt >= since) &&
      (until === undefined || commit.landedAt < until) &&
      commit.events.some(
        (event) => isBy(commit, event, selection) && isAbout(event) && hasOutcome(event, selection),
      ),
  );
  if (found.length === 0) return found;
  const isFound = new Set(found);
  return commits.filter(
    (commit) => isFound.has(commit) || commit.events.some((event) => event.kind === erasureKind),
  );
}

function isBy(commit: Commit, { data }: LedgerEvent, { actor }: Selection): boolean {
  return actor === undefined || commit.by === actor || data['by'] === actor || data['requester'] === actor;
}

function aboutTool(commits: readonly Commit[], tool: string): (event: LedgerEvent) => boolean {
  const ids = new Set<unknown>();
  for (const { kind, data } of commits.flatMap((commit) => commit.events)) {
    if (data['tool'] === tool && data['call'] !== undefined) ids.add(data['call']);
    else if (kind === 'approval.requested' && ids.has(data['call'])) ids.add(data['approval']);
  }
  return ({ data }) => data['tool'] === tool || ids.has(data['call']) || ids.has(data['approval']);
}

function hasOutcome(event: LedgerEvent, { outcome }: Selection): boolean {
  return outcome === undefined || outcomeOf(event) === outcome;
}

function outcomeOf({ kind, data }: LedgerEvent): unknown {
  switch (kind) {
    case 'tool.completed':
      return data['isError'] === true ? 'error' : 'result';
    case 'outcome.lost':
      return 'unknown';
    case 'call.refused':
      return 'refused';
    case 'approval.decided':
      return data['state'];
    case 'run.finished':
      return data['status'];
    default:
      return undefined;
  }
}
