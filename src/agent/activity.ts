/**
 * What happened in a channel, or to a person, as far as the readers of one channel may be told.
 *
 * A channel's summary is made of that channel alone. A person's is made of the channel where it is read and of those
 * whose content may be used there, so a digest carries nothing from one room into another. Where a person alone reads
 * it, it is made of what he asked for, decided or may decide, and of questions to him in channels that he reads.
 */
import { isDirectPlace } from '../core/direct-place.ts';
import { asActorId } from '../core/ids.ts';
import type { ActorId, ChannelId, RunId, ThreadId } from '../core/ids.ts';
import type { Audience } from '../memory/sight.ts';
import type { OfferedCard } from './offer-cards.ts';
import type { Reading } from '../memory/containers.ts';
import { mayUse, workspaceOf } from '../memory/sight.ts';
import type { ActivityStore, ApprovalRow, OpenQuestion, RunRow, RunStore, RunTally } from '../runs/store.ts';

export interface ActivityRequest {
  /** A person's id; the channel itself when absent. */
  readonly person?: string;
  /** How many days back; 1 when absent. */
  readonly days?: number;
}

/** Plain JSON: it is kept in the ledger of the run that asked. */
export interface Activity {
  readonly of: string;
  /** What the person is called; absent in a channel's summary and in older records. */
  readonly name?: string;
  /** There is no such person today; absent otherwise. */
  readonly isUnknown?: true;
  readonly days: number;
  /** ISO 8601. */
  readonly until: string;
  readonly runs: RunCounts;
  /** The stretch of time before. */
  readonly before: { readonly started: number; readonly usd: number };
  /** Runs of each stretch, the oldest first; the last one is this one. */
  readonly trend: readonly number[];
  readonly workflows: readonly { readonly title: string; readonly runs: number }[];
  readonly usd: number;
  readonly tokens: number;
  /** What waits for people to decide; of one person what he may decide. The oldest first. */
  readonly waiting: readonly ActivityEntry[];
  /** True when more waits than is listed. */
  readonly waitsMore: boolean;
  readonly decisions: readonly ActivityDecision[];
  readonly troubles: readonly ActivityEntry[];
  /** Questions that nobody has answered; of one person what he may answer. Absent in older records. */
  readonly questions?: readonly ActivityEntry[];
  /** A person's own requests that wait for others; absent in a channel's summary and in older records. */
  readonly requests?: readonly ActivityEntry[];
  /**
   * What waits in this channel to be decided or answered, the oldest first; of one person what he may do, and only
   * where he alone reads it. Absent elsewhere and in older records.
   */
  readonly offers?: readonly OfferedCard[];
}

export interface RunCounts {
  readonly started: number;
  readonly done: number;
  readonly failed: number;
  readonly stopped: number;
  readonly open: number;
}

export interface ActivityEntry {
  readonly what: string;
  readonly requester: string;
  readonly hours: number;
  /** Absent when this installation has no address that people reach. */
  readonly link?: string;
}

export interface ActivityDecision {
  readonly tool: string;
  /** What was asked; absent in older records. */
  readonly title?: string;
  readonly state: string;
  readonly by?: string;
  readonly reason?: string;
  readonly link?: string;
}

export interface ActivityOptions {
  readonly store: ActivityStore;
  readonly runs: Pick<RunStore, 'find'>;
  now(): number;
  nameOf(person: string): string;
  titleOf(workflow: string): string;
  linkTo(thread: ThreadId): string | undefined;
  /** Persons that these roles and ids stand for. */
  expand(rolesOrPersons: readonly string[]): readonly { readonly id: ActorId }[];
  audienceOf(reading: Reading, sources: readonly ChannelId[]): Promise<Audience>;
  /** Whether the person reads a channel himself. */
  reads(person: ActorId, channel: ChannelId): Promise<boolean>;
}

/** The summary, and a source of words in it that nobody vouches for. */
export interface ReadActivity {
  readonly activity: Activity;
  readonly taintedBy?: string;
}

export type ReadsActivity = (
  /** Runs of `except` are left out: a digest does not report on digests. */
  reading: Reading & { readonly except: string },
  request: ActivityRequest,
) => Promise<ReadActivity>;

const hourMs = 3_600_000;
const stretches = 7;
const shown = 12;
const searched = 500;
/** A digest is no inbox. */
const mostOffers = 3;
/** Channels that a person is looked up in, for questions of others' runs. */
const mostLookedInto = 20;
/** No approval waits longer than a week. */
const longestWaitMs = 8 * 24 * hourMs;

export function createActivity(options: ActivityOptions): ReadsActivity {
  const { store } = options;

  const names = (who: readonly string[]): string =>
    who.map((id) => options.nameOf(id)).join(', ') || 'nobody';
  const link = (row: RunRow | undefined): { readonly link?: string } => {
    const address = row === undefined ? undefined : options.linkTo(row.thread);
    return address === undefined ? {} : { link: address };
  };

  return async (reading, { person, days = 1 }) => {
    const until = options.now();
    const about = (row: RunRow, what: string, since: number): ActivityEntry => ({
      what,
      requester: options.nameOf(row.startedBy),
      hours: Math.floor((until - since) / hourMs),
      ...link(row),
    });
    const entry = (row: RunRow): ActivityEntry =>
      about(
        row,
        row.waitingFor ?? `${options.titleOf(row.workflow)}: ${row.title}`.slice(0, 160),
        row.startedAt,
      );
    const approvalEntry = (row: RunRow, approval: ApprovalRow): ActivityEntry => {
      const { title, tool, approvers = [], requestedAt } = approval;
      const what = title === undefined ? row.waitingFor : `${names(approvers)} to decide: ${title}`;
      return about(row, what ?? tool, requestedAt);
    };
    const questionEntry = (row: RunRow, { title, who, askedAt }: OpenQuestion): ActivityEntry =>
      about(row, `${names(who)} to answer: ${title}`, askedAt);
    const stretchMs = days * 24 * hourMs;
    const since = until - stretchMs;
    const isPersonal = person !== undefined;
    const place = isPersonal ? {} : { channel: reading.channel };
    const party = isPersonal ? { person: asActorId(person) } : {};
    const mine = isPersonal ? { startedBy: asActorId(person) } : {};
    /** Channels of these runs that the person does not read; those past the first few are not looked into. */
    const unreadOf = async (asking: readonly RunRow[]): Promise<ReadonlySet<ChannelId>> => {
      const all = [...new Set(asking.map(({ channel }) => channel))];
      const looked = all.slice(0, mostLookedInto);
      const isRead = await Promise.all(
        looked.map((channel) => options.reads(asActorId(person ?? ''), channel)),
      );
      return new Set(all.filter((_channel, index) => isRead[index] !== true));
    };
    const [tallies, decisions, asked, others, ...rows] = await Promise.all([
      store.tally({ until, stretchMs, stretches, ...place, ...mine }),
      store.listDecisions({ askedSince: since - longestWaitMs, since, ...place, ...party, limit: searched }),
      store.listOpenApprovals({ ...place, limit: isPersonal ? searched : shown + 1 }),
      // What a person is asked stands in runs of others.
      isPersonal ? store.listRuns({ status: 'waiting', limit: searched }) : Promise.resolve([]),
      store.listRuns({ status: 'waiting', ...place, ...mine, limit: searched }),
      store.listRuns({ status: 'parked', ...place, ...mine, limit: shown }),
      store.listRuns({ status: 'failed', since, ...place, ...mine, limit: shown }),
    ]);
    const isFor = (who: readonly string[] = []): boolean =>
      !isPersonal || who.includes(person) || options.expand(who).some(({ id }) => id === person);
    const approvals = asked.filter(({ approvers }) => isFor(approvers));
    const askedRuns = await findAll(
      options.runs,
      approvals.slice(0, shown + 1).map(({ run }) => run),
    );
    const decidedRuns = await findAll(
      options.runs,
      decisions.slice(0, shown).map(({ run }) => run),
    );

    const channels = [...tallies, ...decisions, ...approvals, ...others, ...rows.flat()].flatMap(
      ({ channel }) => channel ?? [],
    );
    const isAlone = isPersonal && reading.person === person && isDirectPlace(reading.channel);
    const audience = isAlone
      ? undefined
      : await options.audienceOf(
          isPersonal ? { ...reading, person: asActorId(person) } : reading,
          isPersonal ? channels : [],
        );
    const isSeen = (channel: ChannelId | undefined): boolean =>
      channel !== undefined &&
      (audience === undefined ||
        mayUse(audience, { workspace: workspaceOf(channel), channel, scope: 'channel' }));
    const isMeant = (row: { readonly channel: ChannelId; readonly workflow: string }): boolean =>
      row.workflow !== reading.except && isSeen(row.channel);

    const [waits = [], parked = [], failed = []] = rows.map((list) => list.filter(isMeant));
    const decidable = approvals.flatMap((approval) => {
      const row = askedRuns.get(approval.run);
      return row === undefined || !isMeant(row) ? [] : [{ row, approval }];
    });
    const allQuestions = unique(waits, others.filter(isMeant))
      .flatMap((row) => (row.questions ?? []).map((question) => ({ row, question })))
      .filter(({ question }) => isFor(question.who))
      .toSorted((a, b) => a.question.askedAt - b.question.askedAt);
    const elsewhere = isAlone
      ? await unreadOf(allQuestions.map(({ row }) => row).filter(({ startedBy }) => startedBy !== person))
      : new Set();
    const questions = allQuestions.filter(
      ({ row }) => !elsewhere.has(row.channel) || row.startedBy === person,
    );
    const told = new Set([...decidable, ...questions].map(({ row }) => row.id));
    const rest = waits.filter((row) => row.waitsAlone !== true && !told.has(row.id));
    const undecided = isPersonal ? [] : rest;
    const waiting = [
      ...decidable.map(({ row, approval }) => approvalEntry(row, approval)),
      ...undecided.map(entry),
    ];
    const counted = tallies.filter((tally) => isMeant(tally) && (!isPersonal || tally.startedBy === person));
    const troubles = [...parked, ...failed].slice(0, shown);
    const now = counted.filter(({ ago }) => ago === 0);
    const activity: Activity = {
      of: person ?? reading.channel,
      ...(isPersonal && { name: options.nameOf(person) }),
      ...(isPersonal && !options.expand([person]).some(({ id }) => id === person) && { isUnknown: true }),
      days,
      until: new Date(until).toISOString(),
      runs: countsOf(now),
      before: total(counted.filter(({ ago }) => ago === 1)),
      trend: Array.from(
        { length: stretches },
        (_, index) => total(counted.filter(({ ago }) => ago === stretches - 1 - index)).started,
      ),
      workflows: byWorkflow(now).map(([name, runs]) => ({ title: options.titleOf(name), runs })),
      usd: total(now).usd,
      tokens: now.reduce((sum, { tokens }) => sum + tokens, 0),
      waiting: waiting.toSorted((a, b) => b.hours - a.hours).slice(0, shown),
      waitsMore: waiting.length > shown,
      decisions: decisions
        .filter((row) => isSeen(row.channel) && row.isDrill !== true)
        .map((row) => ({
          ...{ tool: row.tool, state: row.state },
          ...(row.title !== undefined && { title: row.title }),
          ...(row.decidedBy !== undefined && { by: options.nameOf(row.decidedBy) }),
          ...(row.reason !== undefined && { reason: row.reason }),
          ...link(decidedRuns.get(row.run)),
        })),
      troubles: troubles.map(entry),
      questions: questions.slice(0, shown).map(({ row, question }) => questionEntry(row, question)),
      ...(isPersonal && { requests: rest.slice(0, shown).map(entry) }),
      ...((isAlone || !isPersonal) && {
        offers: [
          ...approvals
            .filter(({ channel, requester }) =>
              isAlone ? requester !== person : channel === reading.channel,
            )
            .toSorted((a, b) => a.requestedAt - b.requestedAt)
            .slice(0, mostOffers)
            .map(({ run, id }) => ({ run, approval: id })),
          ...questions
            .filter(({ row }) => isAlone || row.channel === reading.channel)
            .flatMap(({ row, question: { item } }) =>
              item === undefined ? [] : [{ run: row.id, question: item }],
            )
            .slice(0, mostOffers),
        ],
      }),
    };
    const taintedBy = [...decidable, ...questions]
      .map(({ row }) => row)
      .concat(rest, troubles)
      .find((row) => row.taintedBy !== undefined)?.taintedBy;
    return { activity, ...(taintedBy !== undefined && { taintedBy }) };
  };
}

/** True when there is nothing to tell. */
export function isQuiet({
  runs,
  waiting,
  decisions,
  troubles,
  questions = [],
  requests = [],
}: Activity): boolean {
  const lists = [waiting, decisions, troubles, questions, requests];
  return runs.started === 0 && lists.every(({ length }) => length === 0);
}

async function findAll(
  runs: Pick<RunStore, 'find'>,
  ids: readonly RunId[],
): Promise<ReadonlyMap<RunId, RunRow>> {
  const rows = await Promise.all([...new Set(ids)].map((id) => runs.find(id)));
  return new Map(rows.flatMap((row) => (row === undefined ? [] : [[row.id, row] as const])));
}

/** Each run once, the oldest first. */
function unique(...lists: readonly (readonly RunRow[])[]): readonly RunRow[] {
  const rows = new Map(lists.flat().map((row) => [row.id, row]));
  return [...rows.values()].toSorted((a, b) => a.startedAt - b.startedAt);
}

function countsOf(tallies: readonly RunTally[]): RunCounts {
  const of = (...statuses: readonly RunTally['status'][]): number =>
    tallies.filter(({ status }) => statuses.includes(status)).reduce((sum, { runs }) => sum + runs, 0);
  return {
    started: total(tallies).started,
    done: of('done'),
    failed: of('failed'),
    stopped: of('stopped'),
    open: of('queued', 'running', 'waiting', 'parked'),
  };
}

function total(tallies: readonly RunTally[]): { readonly started: number; readonly usd: number } {
  return tallies.reduce((sum, { runs, usd }) => ({ started: sum.started + runs, usd: sum.usd + usd }), {
    started: 0,
    usd: 0,
  });
}

function byWorkflow(tallies: readonly RunTally[]): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const { workflow, runs } of tallies) counts.set(workflow, (counts.get(workflow) ?? 0) + runs);
  return [...counts].toSorted(([, a], [, b]) => b - a).slice(0, 8);
}
