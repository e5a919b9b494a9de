/** Ledger events in words, numbered through the whole stream as in the audit trail. Pure. */
import type { CommitJson } from '../shapes.ts';

export interface NumberedEvent {
  /** From 1, over all commits. */
  readonly number: number;
  readonly seq: number;
  readonly kind: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly by: string;
  readonly at: string;
}

export function numberEvents(commits: readonly CommitJson[]): readonly NumberedEvent[] {
  return commits
    .flatMap((commit) =>
      commit.events.map(({ kind, data }) => ({
        seq: commit.seq,
        kind,
        data,
        by: commit.by,
        at: commit.landedAt,
      })),
    )
    .map((event, index) => ({ ...event, number: index + 1 }));
}

/** «approval.decided» as «Approval decided». */
export function kindWords(kind: string): string {
  const words = kind.replaceAll(/[.-]/gu, ' ');
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

// The fields that say most, in the order in which a person asks for them.
const telling = [
  'tool',
  'verdict',
  'vote',
  'decision',
  'state',
  'status',
  'outcome',
  'workflow',
  'title',
  'reason',
  'rule',
];

/** The few short facts of an event that tell it from others of its kind. */
export function eventDetail(data: Readonly<Record<string, unknown>>): string {
  return telling
    .flatMap((name) => shortWords(data[name]))
    .slice(0, 3)
    .join(' · ');
}

function shortWords(value: unknown): readonly string[] {
  if (typeof value === 'string' && value !== '')
    return [value.length > 60 ? `${value.slice(0, 59)}…` : value];
  if (typeof value === 'number' || typeof value === 'boolean') return [String(value)];
  if (typeof value === 'object' && value !== null && 'kind' in value && typeof value.kind === 'string')
    return [value.kind];
  return [];
}
