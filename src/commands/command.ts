/** A slash command: one file each, listed in `index.ts`; the same on every surface. */
import type { Suggestion } from '../chat/adapter.ts';
import type { Card } from '../chat/card.ts';
import type { DirectStart } from '../agent/start-directly.ts';
import type { ChannelId, ThreadId } from '../core/ids.ts';
import type { Recall } from '../context/recall.ts';
import type { AbsenceDesk } from '../gate/absence-desk.ts';
import type { AccountLinks } from '../gate/account-links.ts';
import type { GrantDesk } from '../gate/grant-desk.ts';
import type { PeopleDesk } from '../gate/people-desk.ts';
import type { PolicyDesk } from '../gate/policy-desk.ts';
import type { Policy } from '../gate/policy.ts';
import type { Freezer } from '../gate/freezer.ts';
import type { Memories } from '../memory/memories.ts';
import type { People, Person } from '../people/person.ts';
import type { OpenRuns } from '../runs/open-runs.ts';
import type { RunStore } from '../runs/store.ts';
import type { Workflow } from '../workflow-kit.ts';
import type { NoticeServices } from '../notices/notices.ts';
import type { ScheduleServices } from './schedule-services.ts';

export interface CommandRequest {
  readonly person: Person;
  /** `console`, `slack`, `discord`. */
  readonly surface: string;
  readonly channel: ChannelId;
  /** The thread that it was called in, if it was in one. */
  readonly thread?: ThreadId;
  /** What stands after `/countersign`. */
  readonly text: string;
  /** The platform's channels that its words name. */
  readonly places?: ReadonlyMap<string, ChannelId>;
}

export interface CommandResult {
  /** Markdown, shown to the asker alone. */
  readonly text: string;
  readonly cards: readonly Card[];
  /** It holds a secret: whoever asks again is not told it, and it is kept nowhere. */
  readonly isShownOnce?: true;
}

export interface KnowledgeDesk {
  /** Lines of Markdown: documents, messages, threads and channels. */
  list(channel: ChannelId): Promise<readonly string[]>;
  /** An address of the web, or the link of a message. */
  learn(channel: ChannelId, address: string): Promise<string>;
  learnThread(channel: ChannelId, link: string): Promise<string>;
  /** The thread that this was said in. */
  learnHere(channel: ChannelId, thread: ThreadId): Promise<string>;
  forget(channel: ChannelId, address: string): Promise<string>;
}

/** An approval that waits, seen from a person who asked for it or may decide it. */
export interface WaitingAround {
  readonly part: 'asked' | 'decides';
  readonly title: string;
  readonly askedBy: string;
  /** «1 of finance». */
  readonly needs: string;
  /** For a reader who may decide it. */
  readonly card?: Card;
}

/** What commands may use. */
export interface CommandServices {
  readonly runs: RunStore;
  readonly workflows: readonly Workflow[];
  readonly freezer: Freezer;
  readonly memories: Memories;
  readonly recall: Recall;
  /** What people teach the bot in a channel; each answers what they read. */
  readonly knowledge: KnowledgeDesk;
  readonly openRun: Pick<OpenRuns, 'open' | 'close'>;
  readonly grantDesk: GrantDesk;
  /** Puts a drill to approvers; answers what the person reads. */
  readonly drills: { plant(person: Person, name: string): Promise<string> };
  readonly links: AccountLinks;
  readonly absences: AbsenceDesk;
  /** Says something to a person directly; false when no platform takes it. */
  tellPerson(person: Person, text: string): Promise<boolean>;
  /** The same, on this platform first; answers which platforms did not take it. Never throws. */
  tellDirectly(person: Person, surface: string | undefined, text: string): Promise<readonly string[]>;
  readonly peopleDesk: PeopleDesk;
  readonly policyDesk: PolicyDesk;
  people(): People;
  /** The rules in force. */
  policy(): Policy;
  /** Takes out what nobody shall read. */
  redact(text: string): string;
  now(): number;
  readonly schedules: ScheduleServices;
  /** Starts a person's own digest where the bot talks with him alone; answers where that is. */
  sendDigest(person: Person, surface: string): Promise<DirectStart | undefined>;
  readonly notices: NoticeServices;
  nameOf(person: string): string;
  /** Cards of approvals that wait for this person. */
  waitingCards(person: Person): Promise<readonly Card[]>;
  /** What this person asked for and what waits for that person, as far as the reader may see it. */
  waitingAround(reader: Person, about: Person): Promise<readonly WaitingAround[]>;
  /** Keeps or drops what a run would have remembered, as this person; answers what he reads. */
  settleHeld(
    person: Person,
    surface: string,
    what: { readonly run: string; readonly call: string; readonly verb: 'keep' | 'drop' },
  ): Promise<string>;
  /** Stops a run as this person; answers what he reads. */
  stop(
    person: Person,
    surface: string,
    what: { readonly run: string; readonly reason: string },
  ): Promise<string>;
  /** Pauses a run, lets it go on or try again, or leaves what it could not take back, as this person; answers what he reads. */
  operate(
    person: Person,
    surface: string,
    what: {
      readonly run: string;
      readonly verb: 'pause' | 'resume' | 'retry' | 'leave';
      readonly reason: string;
      /** For a retry: from this recorded step on; without it, whatever failed. */
      readonly step?: string;
    },
  ): Promise<string>;
}

export interface CommandDefinition {
  readonly name: string;
  /** What may follow the name: `<run>`. */
  readonly usage: string;
  readonly help: string;
  /** Needed seldom: where a platform has room for few commands, these share one. */
  readonly isRare?: true;
  run(services: CommandServices, request: CommandRequest, rest: string): Promise<CommandResult>;
  /** What could follow the name, for this person in this channel, whatever is typed so far. */
  suggest?(services: CommandServices, person: Person, channel: ChannelId): Promise<readonly Suggestion[]>;
}
