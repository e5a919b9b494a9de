/**
 * What each person wants to be told directly, and what is still to be told: folded from the stream `people/notices`.
 * Pure.
 *
 * No words stand there: what is told is made from the run when it is told, so nothing outdated and nothing erased is.
 */
import { asActorId, asRunId } from '../core/ids.ts';
import type { ActorId, RunId } from '../core/ids.ts';
import type { FoldedEvent } from '../ledger/fold.ts';
import { numberField, textField } from '../ledger/small-stream.ts';
import type { QuietHours } from './quiet-hours.ts';

/** `vote`: this person may decide. The others are what a followed run has come to. */
export const noticeSorts = ['vote', 'waits', 'parked', 'done', 'failed', 'stopped'] as const;
export type NoticeSort = (typeof noticeSorts)[number];

export interface DueNotice {
  /** Unique for this person: the run and what of it. */
  readonly key: string;
  readonly run: RunId;
  readonly sort: NoticeSort;
  /** For `vote`: the approval. */
  readonly about?: string;
  /** Since when, in ms. */
  readonly at: number;
}

export interface PersonNotices {
  /** Runs that he follows, each with how many of its events he knew. */
  readonly follows: ReadonlyMap<RunId, number>;
  readonly muted: ReadonlySet<RunId>;
  readonly quiet?: QuietHours;
  /** Nothing until then, in ms. */
  readonly mutedUntil?: number;
  readonly due: readonly DueNotice[];
  /** When he was last told of what waits for his vote, in ms. */
  readonly votesToldAt?: number;
  /** Keys of what was told, the latest last. */
  readonly told: readonly string[];
}

export type NoticeState = ReadonlyMap<ActorId, PersonNotices>;

export const noWishes: PersonNotices = { follows: new Map(), muted: new Set(), due: [], told: [] };
const mostKept = 300;

export function wishesOf(state: NoticeState, person: ActorId): PersonNotices {
  return state.get(person) ?? noWishes;
}

export function foldNotices(state: NoticeState, event: FoldedEvent): NoticeState {
  if (event.v !== 1 || !event.kind.startsWith('notice.')) return state;
  const person = asActorId(textField(event, 'person'));
  const before = wishesOf(state, person);
  return new Map(state).set(person, change(before, event));
}

function change(before: PersonNotices, event: FoldedEvent): PersonNotices {
  const run = (): RunId => asRunId(textField(event, 'run'));
  switch (event.kind) {
    case 'notice.followed': {
      const muted = new Set(before.muted);
      muted.delete(run());
      return { ...before, muted, follows: new Map(before.follows).set(run(), numberField(event, 'since')) };
    }
    case 'notice.unfollowed': {
      const follows = new Map(before.follows);
      follows.delete(run());
      return { ...before, follows };
    }
    case 'notice.muted': {
      const follows = new Map(before.follows);
      follows.delete(run());
      const due = before.due.filter((entry) => entry.run !== run());
      return { ...before, follows, due, muted: new Set([...before.muted, run()].slice(-mostKept)) };
    }
    case 'notice.held-until':
      return { ...before, mutedUntil: numberField(event, 'until') };
    case 'notice.unmuted': {
      const { mutedUntil: _until, ...rest } = before;
      return { ...rest, muted: new Set() };
    }
    case 'notice.quiet-set': {
      const quiet = {
        ...{ from: numberField(event, 'from'), to: numberField(event, 'to') },
        zone: textField(event, 'zone'),
      };
      return { ...before, quiet };
    }
    case 'notice.quiet-ended': {
      const { quiet: _quiet, ...rest } = before;
      return rest;
    }
    case 'notice.due': {
      const sort = noticeSorts.find((entry) => entry === event.data['sort']);
      const key = textField(event, 'key');
      if (sort === undefined || isKnown(before, key)) return before;
      const about = event.data['about'];
      const at = event.stamp.at.getTime();
      const due: DueNotice = { key, run: run(), sort, at, ...(typeof about === 'string' && { about }) };
      return { ...before, due: [...before.due, due].slice(-mostKept) };
    }
    case 'notice.told': {
      // Written by `release` alone, as a list of texts.
      const keys = event.data['keys'] as readonly string[];
      return {
        ...before,
        due: before.due.filter(({ key }) => !keys.includes(key)),
        told: [...before.told, ...keys].slice(-mostKept),
        ...(before.due.some(({ key, sort }) => sort === 'vote' && keys.includes(key)) && {
          votesToldAt: event.stamp.at.getTime(),
        }),
      };
    }
    default:
      return before;
  }
}

export function isKnown({ due, told }: PersonNotices, key: string): boolean {
  return told.includes(key) || due.some((entry) => entry.key === key);
}
