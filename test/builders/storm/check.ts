/**
 * What holds after a storm: the exported ledger, the company's books and what people see are compared with what was
 * acknowledged. Shares no code with the bot.
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import type { CommitJson } from '../../../src/api/shapes.ts';
import { buttonsOf } from '../../fakes/discord/fake-discord.ts';
import { seeMessage } from '../../fakes/slack/seen.ts';
import { findLedgerFaults } from '../recompute-ledger.ts';
import { runCommand } from '../running-bot.ts';
import type { Books } from './books.ts';
import { readStory } from './report.ts';
import type { StormReport } from './report.ts';
import type { Request } from './request.ts';
import type { Surroundings } from './setup.ts';

type Found = Omit<
  StormReport,
  'injected' | 'races' | 'rowFaults' | 'unclean' | 'endings' | 'seconds' | keyof Seen
>;

/** Every run's commits, from the ledger as it is exported. */
async function readExport({ dataDir, folder, env }: Surroundings): Promise<readonly CommitJson[][]> {
  const file = join(dataDir, 'export.jsonl');
  const exported = await runCommand(['audit', 'export', '--out', file], { dataDir, cwd: folder, env });
  if (exported.code !== 0) throw new Error(`The ledger cannot be exported: ${exported.output}`);
  const streams = new Map<string, CommitJson[]>();
  for await (const line of createInterface({ input: createReadStream(file) })) {
    if (line === '') continue;
    // A line of an export is a commit; what is wrong in it is found below.
    const commit = JSON.parse(line) as CommitJson;
    if (!commit.stream.startsWith('run/')) continue;
    const commits = streams.get(commit.stream) ?? [];
    commits.push(commit);
    streams.set(commit.stream, commits);
  }
  return [...streams.values()];
}

export async function checkLedger(
  around: Surroundings,
  wanted: readonly Request[],
  books: Books,
): Promise<Found> {
  const lost: string[] = [];
  const doubles: string[] = [];
  const unapproved: string[] = [];
  const unexplained: string[] = [];
  const chainFaults: string[] = [];
  const statuses: Record<string, number> = {};
  let effects = 0;
  let withoutEffect = 0;
  let unknowns = 0;
  let settledByProbe = 0;
  let settledByPeople = 0;
  let unsureProbes = 0;

  /** The runs of each message: `console:ana/r7`, or the thread that a platform's message opened. */
  const runsOf = new Map<string, CommitJson[][]>();
  for (const commits of await readExport(around)) {
    chainFaults.push(...findLedgerFaults(commits));
    const requested = commits[0]?.events.find(({ kind }) => kind === 'run.requested')?.data;
    const message = String(requested?.['message']);
    runsOf.set(message, [...(runsOf.get(message) ?? []), commits]);
  }
  const verified = await runCommand(['audit', 'verify'], {
    dataDir: around.dataDir,
    cwd: around.folder,
    env: around.env,
  });
  if (verified.code !== 0) chainFaults.push(verified.output);

  const keyOf = ({ place, id, thread }: Request): string => {
    switch (place) {
      case 'console':
        return `/${id}`;
      case 'slack':
      case 'discord':
        return `/${String(thread)}`;
      default:
        return place satisfies never;
    }
  };
  const byEnd = new Map<string, CommitJson[][]>();
  for (const [message, runs] of runsOf) {
    const end = message.slice(message.lastIndexOf('/'));
    byEnd.set(end, [...(byEnd.get(end) ?? []), ...runs]);
  }

  for (const request of wanted) {
    const runs = byEnd.get(keyOf(request)) ?? [];
    const name = `${request.id} (${request.place})`;
    if (runs.length > 1) doubles.push(`${name}: ${String(runs.length)} runs of one message`);
    const [commits] = runs;
    const own = books.count(request.tool, request.amount);
    effects += own;
    if (own > 1) doubles.push(`${name}: ${request.tool} took effect ${String(own)} times`);
    if (commits === undefined) {
      if (request.isAcknowledged) lost.push(`${name}: no run`);
      else lost.push(...(request.saidAt === 0 ? [`${name}: never said`] : []));
      if (own > 0) unapproved.push(`${name}: an effect without a run`);
      continue;
    }
    const run = commits[0]?.stream ?? '';
    const finished = commits.flatMap(({ events }) => events).findLast(({ kind }) => kind === 'run.finished');
    const status = finished === undefined ? 'open' : String(finished.data['status']);
    statuses[status] = (statuses[status] ?? 0) + 1;
    if (finished === undefined) {
      const last = commits.at(-1)?.events.map(({ kind }) => kind) ?? [];
      lost.push(`${name} ${run}: not at its end, last ${last.join(', ')}`);
    }
    const story = readStory(commits);
    if (own > 0 && !story.isApproved) unapproved.push(`${name} ${run}: an effect without an approval`);
    unapproved.push(...story.repeated.map((call) => `${name} ${run}: ${call} was sent twice`));
    if (finished !== undefined && own === 0) withoutEffect += 1;
    if (own === 0 && story.isSaidDone)
      unexplained.push(`${name} ${run}: said to be done, and nothing happened`);
    unexplained.push(...story.unexplained.map((call) => `${name} ${run}: ${call}`));
    unknowns += story.unknowns;
    settledByProbe += story.settledByProbe;
    settledByPeople += story.settledByPeople;
    unsureProbes += story.unsureProbes;
  }
  const toEffect = wanted.flatMap(({ votedAt, effectAt }) =>
    votedAt === undefined || effectAt === undefined ? [] : [Math.max(0, effectAt - votedAt)],
  );
  return {
    acknowledged: wanted.filter(({ isAcknowledged }) => isAcknowledged).length,
    lost,
    effects,
    withoutEffect,
    doubles,
    unapproved,
    unexplained,
    chainFaults,
    statuses,
    unknowns,
    settledByProbe,
    settledByPeople,
    unsureProbes,
    toEffect,
  };
}

export interface Seen {
  readonly openCards: readonly string[];
  readonly silentThreads: readonly string[];
  readonly twinCards: readonly string[];
}

/** What people see in the threads of both platforms. */
export function lookAtThreads({ slack, discord }: Surroundings, wanted: readonly Request[]): Seen {
  const openCards: string[] = [];
  const silentThreads: string[] = [];
  const twinCards: string[] = [];
  const onSlack = new Map<string, { words: string; labels: readonly string[] }[]>();
  for (const message of slack.workspace.messages) {
    if (message.threadTs === undefined || message.isDeleted || message.ephemeralTo !== undefined) continue;
    if (message.user !== slack.botUserId) continue;
    const { text, labels } = seeMessage(slack.workspace, message);
    const seen = onSlack.get(message.threadTs) ?? [];
    seen.push({ words: text, labels });
    onSlack.set(message.threadTs, seen);
  }
  for (const { place, id, thread, isAcknowledged } of wanted) {
    if (place === 'console' || thread === undefined || !isAcknowledged) continue;
    const shown =
      place === 'slack'
        ? (onSlack.get(thread) ?? [])
        : discord.shown(thread).map((message) => ({
            words: message.content,
            labels: buttonsOf(message),
          }));
    if (shown.length === 0) silentThreads.push(`${id} (${place})`);
    const open = shown.filter(({ labels }) => labels.includes('Approve'));
    if (open.length > 0) openCards.push(`${id} (${place})`);
    if (open.length > 1) twinCards.push(`${id} (${place})`);
  }
  return { openCards, silentThreads, twinCards };
}
