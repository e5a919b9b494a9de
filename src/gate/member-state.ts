/**
 * Whom operators added in chat, and who became the first of them, folded from the stream `people/members`. Pure.
 *
 * Only hashes of codes and tokens stand there. A change that one operator wants and no second one has agreed to yet
 * changes nothing.
 */
import { asActorId } from '../core/ids.ts';
import type { ActorId } from '../core/ids.ts';
import type { Commit } from '../ledger/commit.ts';
import { textsWhere } from '../ledger/erase-texts.ts';
import type { TextsBySeq } from '../ledger/erase-texts.ts';
import { foldStream } from '../ledger/fold.ts';
import type { FoldedEvent } from '../ledger/fold.ts';
import { createSmallStream, numberField, textField } from '../ledger/small-stream.ts';
import type { SmallStream } from '../ledger/small-stream.ts';
import type { LedgerStore } from '../ledger/store.ts';
import type { Member } from '../people/with-members.ts';

export const membersStream = 'people/members';

/** What is added to a person. */
export type MemberChange = Member;

export interface ProposedChange {
  readonly id: string;
  readonly by: ActorId;
  readonly change: MemberChange;
  readonly at: number;
}

export interface MemberState {
  readonly members: readonly Member[];
  readonly proposed: readonly ProposedChange[];
  /** Codes that make the first operator. */
  readonly codes: readonly { readonly code: string; readonly until: number }[];
  /** Wrong codes, the latest last. */
  readonly misses: readonly { readonly from: string; readonly at: number }[];
}

const nobody: MemberState = { members: [], proposed: [], codes: [], misses: [] };
const missesKept = 200;
const codesKept = 20;

export function openMemberStream(store: LedgerStore): SmallStream<MemberState> {
  return createSmallStream({ store, stream: membersStream, empty: nobody, fold: foldMembers });
}

export function foldMembers(state: MemberState, event: FoldedEvent): MemberState {
  if (event.v !== 1) return state;
  const at = event.stamp.at.getTime();
  switch (event.kind) {
    case 'setup.offered': {
      const offer = { code: textField(event, 'code'), until: numberField(event, 'until') };
      return { ...state, codes: [...state.codes, offer].slice(-codesKept) };
    }
    case 'setup.missed':
      return {
        ...state,
        misses: [...state.misses, { from: textField(event, 'from'), at }].slice(-missesKept),
      };
    case 'setup.done':
      // Whoever entered it is an operator: no other code makes one any more.
      return { ...withChange(state, changeOf(event)), codes: [] };
    case 'person.added':
      return withChange(state, changeOf(event));
    case 'person.proposed': {
      const proposal = { id: textField(event, 'id'), by: asActorId(event.by), change: changeOf(event), at };
      return { ...state, proposed: [...state.proposed, proposal] };
    }
    case 'person.confirmed': {
      const { proposed } = state;
      const found = proposed.find(({ id }) => id === textField(event, 'id'));
      return found === undefined ? state : withChange(without(state, found.id), found.change);
    }
    case 'person.turned-down':
      return without(state, textField(event, 'id'));
    case 'person.removed': {
      const person = textField(event, 'person');
      return {
        ...state,
        members: state.members.filter((member) => member.person !== person),
        proposed: state.proposed.filter(({ change }) => change.person !== person),
      };
    }
    // What a newer version writes here does not concern this one.
    default:
      return state;
  }
}

/** Names of a person that were written down when he was added, those still in use left out. */
export function namesToErase(commits: readonly Commit[], person: string): TextsBySeq {
  const { members } = foldStream(commits, nobody, foldMembers);
  // Without his name nobody would know him, and he could not do anything any more.
  if (members.some((member) => member.person === person)) return new Map();
  return textsWhere(commits, ({ data }) => data['person'] === person);
}

function without(state: MemberState, id: string): MemberState {
  return { ...state, proposed: state.proposed.filter((entry) => entry.id !== id) };
}

function withChange(state: MemberState, change: MemberChange): MemberState {
  const known = state.members.find(({ person }) => person === change.person);
  const both = (list: 'roles' | 'slack' | 'discord' | 'tokenSha256'): readonly string[] => [
    ...new Set([...(known?.[list] ?? []), ...change[list]]),
  ];
  const name = change.name ?? known?.name;
  const member: Member = {
    person: change.person,
    ...(name !== undefined && { name }),
    roles: both('roles'),
    slack: both('slack'),
    discord: both('discord'),
    tokenSha256: both('tokenSha256'),
  };
  return { ...state, members: [...state.members.filter((entry) => entry !== known), member] };
}

function changeOf(event: FoldedEvent): MemberChange {
  const name = event.text('name');
  return {
    person: asActorId(textField(event, 'person')),
    ...(name !== undefined && { name }),
    roles: textsOf(event, 'roles'),
    slack: textsOf(event, 'slack'),
    discord: textsOf(event, 'discord'),
    tokenSha256: textsOf(event, 'tokenSha256'),
  };
}

function textsOf(event: FoldedEvent, field: string): readonly string[] {
  const found = event.data[field];
  return Array.isArray(found) ? found.filter((entry) => typeof entry === 'string') : [];
}
