/**
 * Direct messages to one person: what runs that he follows have come to, and questions that he may decide.
 *
 * What is to be told is recorded first and told afterwards, all of it in one message, when the person may be disturbed;
 * so quiet hours, a platform that is away and a crash lose nothing. A crash between telling and recording it may tell
 * twice. Whoever is on call hears at once what waits for his vote, whatever the hour.
 */
import type { ChatAdapter } from '../chat/adapter.ts';
import { surfaceOf } from '../core/surface-of.ts';
import type { DeliveryStore } from '../chat/store.ts';
import type { Clock } from '../core/clock.ts';
import { AppError, describeError } from '../core/errors.ts';
import { sha256 } from '../core/hash.ts';
import { asApprovalId, asThreadId } from '../core/ids.ts';
import type { ActorId, ApprovalId, RunId, WorkerId } from '../core/ids.ts';
import type { Logger } from '../core/logger.ts';
import { outlookOf } from '../gate/decide-vote.ts';
import type { EventDraft } from '../ledger/fold.ts';
import { createSmallStream } from '../ledger/small-stream.ts';
import type { LedgerStore } from '../ledger/store.ts';
import { accountsOn } from '../people/accounts-on.ts';
import type { People, Person } from '../people/person.ts';
import type { OpenRuns } from '../runs/open-runs.ts';
import { isRouted } from '../runs/routed-approvals.ts';
import { waitsFor } from '../runs/project-run.ts';
import { isFinished } from '../runs/run-state.ts';
import type { ApprovalState, RunState } from '../runs/run-state.ts';
import { foldNotices, isKnown, wishesOf } from './notice-state.ts';
import type { DueNotice, NoticeState, PersonNotices } from './notice-state.ts';
import { isQuiet } from './quiet-hours.ts';
import type { QuietHours } from './quiet-hours.ts';
import { noticesOf } from './run-notices.ts';

/** Holders of this role are told what they may decide in their quiet hours too. */
export const onCallRole = 'on-call';

export interface Notices {
  wishes(person: ActorId): Promise<PersonNotices>;
  /** False while this person wants nothing to be written to him. */
  mayDisturb(person: ActorId): Promise<boolean>;
  /** Platforms that can write to this person. */
  waysTo(person: Person): readonly string[];
  /** False when no platform that works here can reach this person. */
  canReach(person: Person): boolean;
  follow(person: ActorId, state: RunState): Promise<void>;
  mute(person: ActorId, run: RunId): Promise<void>;
  muteUntil(person: ActorId, until: number): Promise<void>;
  unmute(person: ActorId): Promise<void>;
  setQuiet(person: ActorId, quiet: QuietHours | undefined): Promise<void>;
  /** Whether a card that this person may decide may be sent to him now; what is held is told later. */
  mayShow(person: Person, state: RunState, approval: ApprovalState): Promise<boolean>;
  /** He is told, with all else that waits for him, that this does. Once for each approval. */
  queue(person: Person, run: RunId, approval: ApprovalId): Promise<void>;
  /** True when somebody follows the run, as far as this process knows. */
  isFollowed(run: RunId): boolean;
  /** Tells those who follow the run what it has come to. */
  look(state: RunState): Promise<void>;
  /** Tells what may be told by now. */
  sweep(): Promise<void>;
}

export interface NoticeServices extends Notices {
  /** The zone of those who name none. */
  readonly zone: string;
}

export interface NoticesOptions {
  readonly ledger: LedgerStore;
  readonly deliveries: DeliveryStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly worker: WorkerId;
  readonly runs: () => Pick<OpenRuns, 'open' | 'close'>;
  adapters(): readonly ChatAdapter[];
  people(): People;
  linkTo(thread: RunState['thread']): string | undefined;
}

const staleClaimMs = 60_000;
/** How often one person is told at most of what waits for his vote. */
const votesEveryMs = 3_600_000;
/** By then it stands on a card of his, if it finds room on one, and more that came at once is told with it. */
const votesAfterMs = 15_000;
const mostLines = 20;
const mostLooked = 2_000;

export function createNotices(options: NoticesOptions): Notices {
  const { clock, deliveries, logger } = options;
  const empty: NoticeState = new Map();
  const stream = createSmallStream({
    store: options.ledger,
    stream: 'people/notices',
    empty,
    fold: foldNotices,
  });

  const write = async (
    person: ActorId,
    kind: string,
    data: Readonly<Record<string, string | number | readonly string[]>> = {},
    isNeeded: (before: PersonNotices) => boolean = () => true,
  ): Promise<void> => {
    const event: EventDraft = { kind, v: 1, data: { person, ...data } };
    await stream.append(person, (state) => (isNeeded(wishesOf(state, person)) ? [event] : []));
  };

  const reachOf = (person: Person): readonly { readonly adapter: ChatAdapter; readonly account: string }[] =>
    options
      .adapters()
      .flatMap((adapter) =>
        adapter.sayDirectly === undefined
          ? []
          : accountsOn(person, adapter.name).map((account) => ({ adapter, account })),
      );

  function isDisturbable({ quiet, mutedUntil = 0 }: PersonNotices): boolean {
    const now = clock.now().getTime();
    return now >= mutedUntil && (quiet === undefined || !isQuiet(quiet, now));
  }

  const isOnCall = ({ roles }: Person): boolean => roles.includes(onCallRole);

  async function note(person: Person, entry: Omit<DueNotice, 'at'>): Promise<void> {
    const { key, run, sort, about } = entry;
    const data = { key, run, sort, ...(about !== undefined && { about }) };
    await write(person.id, 'notice.due', data, (before) => !isKnown(before, key) && !before.muted.has(run));
  }

  /** Whether the person may still know of the run: who asked for it, or who reads where it stands. */
  async function stillReads(person: Person, { requester, channel }: RunState): Promise<boolean> {
    if (requester === person.id || options.people().canRead(person.id, channel)) return true;
    const surface = surfaceOf(asThreadId(channel));
    const adapter = options.adapters().find(({ name }) => name === surface);
    const accounts = accountsOn(person, surface);
    if (adapter?.readersAmong === undefined || accounts.length === 0) return false;
    return (await adapter.readersAmong(channel, accounts)).length > 0;
  }

  /** One line about what is so now; undefined when there is nothing to tell any more. */
  async function lineOf(person: Person, { run: id, sort, about }: DueNotice): Promise<string | undefined> {
    const run = await options.runs().open(id);
    if (run === undefined) return undefined;
    try {
      const state = run.state();
      const address = options.linkTo(state.thread);
      const link = address === undefined ? '' : ` ${address}`;
      if (sort === 'vote') {
        const approval = state.approvals.get(asApprovalId(about ?? ''));
        if (approval?.state !== 'pending') return undefined;
        if (outlookOf(approval, options.people()).mayVote(person.id).kind !== 'may') return undefined;
        // By now it stands before him.
        if (isRouted(approval, { person: person.id })) return undefined;
        const asker = options.people().findPerson(approval.requester)?.name ?? approval.requester;
        return `${approval.title}, asked by ${asker}: waits for you to decide. /countersign approvals shows it with its buttons.`;
      }
      if (!(await stillReads(person, state))) return undefined;
      const title = `«${firstWords(state.text)}»`;
      if (sort === 'waits') {
        const waiting = waitsFor(state, (id) => options.people().findPerson(id)?.name ?? id);
        return waiting === undefined ? undefined : `${title} waits for ${waiting}.${link}`;
      }
      if (sort === 'parked')
        return isFinished(state) || state.parked === undefined
          ? undefined
          : `${title} needs somebody to look: ${state.parked.tell}${link}`;
      return `${title} is ${sort === 'done' ? 'done' : sort}.${link}`;
    } finally {
      options.runs().close(run);
    }
  }

  async function told(person: ActorId, entries: readonly DueNotice[]): Promise<void> {
    const keys = entries.map(({ key }) => key);
    await write(person, 'notice.told', { keys }, ({ due }) => due.some(({ key }) => keys.includes(key)));
    // What has ended is followed no more.
    for (const { run, key } of entries)
      if (key === `${run}/end`)
        await write(person, 'notice.unfollowed', { run }, ({ follows }) => follows.has(run));
  }

  /** All that is due to one person, in one message. */
  async function release(person: Person, entries: readonly DueNotice[]): Promise<void> {
    const ways = reachOf(person);
    if (ways.length === 0) return;
    // Several things of one run that read the same are one.
    const found = new Map<string, string>();
    for (const entry of entries) {
      const line = await lineOf(person, entry);
      if (line !== undefined) found.set(`${entry.about ?? entry.run} ${line}`, line);
    }
    const lines = [...found.values()];
    if (lines.length === 0) return told(person.id, entries);
    const marker = sha256(JSON.stringify([person.id, ...entries.map(({ key }) => key)])).slice(0, 24);
    const item = `notice/${marker}`;
    const claim = await deliveries.claim(item, asThreadId('notices'), options.worker, staleClaimMs);
    if (claim.kind === 'busy') return;
    if (claim.kind !== 'shown') await send(person, ways, textOf(lines), marker);
    await deliveries.save(item, 'told', '');
    await told(person.id, entries);
  }

  /** By the first way that works. What no way takes for good is logged and not tried again. */
  async function send(
    person: Person,
    ways: ReturnType<typeof reachOf>,
    text: string,
    marker: string,
  ): Promise<void> {
    for (const { adapter, account } of ways) {
      try {
        await adapter.sayDirectly?.(account, text, marker);
        return;
      } catch (error) {
        if (!(error instanceof AppError) || error.isRetryable) {
          await deliveries.abandon(`notice/${marker}`, options.worker);
          throw error;
        }
        logger.warn('notice.not-told', {
          person: person.id,
          platform: adapter.name,
          why: describeError(error),
        });
      }
    }
  }

  /** What is due to whom may be disturbed; questions also to those on call. */
  async function releaseTo(person: Person): Promise<void> {
    const wishes = wishesOf(stream.known(), person.id);
    const isFree = isDisturbable(wishes);
    const now = clock.now().getTime();
    const votes = wishes.due.filter(({ sort }) => sort === 'vote');
    const isVoteTime =
      now >= (wishes.votesToldAt ?? 0) + votesEveryMs && votes.some(({ at }) => now >= at + votesAfterMs);
    const entries = wishes.due.filter(({ sort }) =>
      sort === 'vote' ? isVoteTime && (isFree || isOnCall(person)) : isFree,
    );
    if (entries.length > 0) await release(person, entries);
  }

  /** What cannot be told now stays due, and the next sweep tries again. */
  async function releaseOrLog(person: Person): Promise<void> {
    try {
      await releaseTo(person);
    } catch (error) {
      logger.warn('notice.not-told', { person: person.id, why: describeError(error) });
    }
  }

  /** What another process wrote down a moment ago may have been true before this one knew of it. */
  const looked = new Set<string>();
  async function lookOnce(person: ActorId, id: RunId): Promise<void> {
    const key = `${person} ${id}`;
    if (looked.has(key)) return;
    if (looked.size >= mostLooked) looked.clear();
    looked.add(key);
    const run = await options.runs().open(id);
    if (run === undefined) return;
    try {
      await notices.look(run.state());
    } finally {
      options.runs().close(run);
    }
  }

  const notices: Notices = {
    async wishes(person) {
      return wishesOf(await stream.read(), person);
    },
    mayDisturb: async (person) => isDisturbable(wishesOf(await stream.read(), person)),
    waysTo: (person) => [...new Set(reachOf(person).map(({ adapter }) => adapter.name))],
    canReach: (person) => reachOf(person).length > 0,
    follow: (person, state) => write(person, 'notice.followed', { run: state.id, since: state.events }),
    mute: (person, run) => write(person, 'notice.muted', { run }, ({ muted }) => !muted.has(run)),
    muteUntil: (person, until) => write(person, 'notice.held-until', { until }),
    unmute: (person) => write(person, 'notice.unmuted'),
    setQuiet: (person, quiet) =>
      quiet === undefined
        ? write(person, 'notice.quiet-ended', {}, (before) => before.quiet !== undefined)
        : write(person, 'notice.quiet-set', { ...quiet }),
    async mayShow(person, state, approval) {
      const wishes = wishesOf(await stream.read(), person.id);
      if (wishes.muted.has(state.id)) return false;
      if (isDisturbable(wishes) || isOnCall(person)) return true;
      await notices.queue(person, state.id, approval.id);
      return false;
    },
    async queue(person, run, approval) {
      if (reachOf(person).length > 0)
        await note(person, { key: `${run}/${approval}/vote`, run, sort: 'vote', about: approval });
    },
    isFollowed: (run) => [...stream.known().values()].some(({ follows }) => follows.has(run)),
    async look(state) {
      const followers = [...stream.known()].filter(([, { follows }]) => follows.has(state.id));
      for (const [id, { follows }] of followers) {
        const person = options.people().findPerson(id);
        const since = follows.get(state.id) ?? 0;
        if (person === undefined) continue;
        for (const { key, sort, number } of noticesOf(state))
          if (number > since) await note(person, { key, run: state.id, sort });
        await releaseOrLog(person);
      }
    },
    async sweep() {
      for (const [id, { due, follows }] of await stream.read()) {
        for (const run of follows.keys()) await lookOnce(id, run);
        const person = due.length === 0 ? undefined : options.people().findPerson(id);
        if (person !== undefined) await releaseOrLog(person);
      }
    },
  };
  return notices;
}

function textOf(lines: readonly string[]): string {
  const [only = ''] = lines;
  if (lines.length === 1) return only;
  const left = lines.length - mostLines;
  return [
    `${String(lines.length)} things:`,
    ...lines.slice(0, mostLines).map((line) => `- ${line}`),
    ...(left > 0 ? [`… and ${String(left)} more.`] : []),
  ].join('\n');
}

function firstWords(text: string): string {
  const line = text.replaceAll(/\s+/gu, ' ').trim();
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}
