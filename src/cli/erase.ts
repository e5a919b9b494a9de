/** `countersign erase --person …`: shows what goes and what stays, asks, and removes it. Safe while the bot runs. */
import { createInterface } from 'node:readline/promises';
import { membersStream, namesToErase } from '../gate/member-state.ts';
import { isKept } from '../runs/kept-files.ts';
import { runOfStream } from '../core/ids.ts';
import type { MemoryId, RunId } from '../core/ids.ts';
import { countTexts, eraseTexts } from '../ledger/erase-texts.ts';
import type { TextsBySeq } from '../ledger/erase-texts.ts';
import { foldStream } from '../ledger/fold.ts';
import { sourceOfStore } from '../ledger/verify-ledger.ts';
import { operatorSight } from '../memory/sight.ts';
import type { OperatorSight } from '../memory/sight.ts';
import type { People } from '../people/person.ts';
import { eraseRun } from '../runs/erase-run.ts';
import { foldRun } from '../runs/fold-run.ts';
import { allTexts, personalTexts, summaryTexts } from '../runs/personal-texts.ts';
import { emptyRun, isFinished } from '../runs/run-state.ts';
import { readSetup, say } from './command-setup.ts';
import type { Store } from './command-setup.ts';

export interface EraseCommand {
  readonly person: string;
  readonly as: string;
  readonly yes: boolean;
}

interface Plan {
  readonly over: ReadonlyMap<RunId, TextsBySeq>;
  /** Runs with texts of his that are not over. */
  readonly atWork: readonly RunId[];
  /** Files that he attached at the console, by stream. */
  readonly files: ReadonlyMap<string, TextsBySeq>;
  /** Of the chat's own records: messages and titles. */
  readonly said: number;
  /** His names, as operators wrote them in chat. */
  readonly names: TextsBySeq;
  /** What he had remembered, by workspace: past versions too. */
  readonly memories: readonly { readonly sight: OperatorSight; readonly id: MemoryId }[];
  /** Messages of his that were learnt, and files that came with them. */
  readonly learnt: readonly { readonly sight: OperatorSight; readonly source: string }[];
}

const mostMemories = 1_000_000;

export async function erase(options: EraseCommand): Promise<void> {
  const setup = readSetup();
  await setup.withStore(async (store) => {
    const plan = await makePlan(store, options.person, accountsOf(setup.people(), options.person));
    const texts = [...plan.over.values()].reduce((sum, found) => sum + countTexts(found), 0);
    show(options.person, plan, texts);
    if (plan.atWork.length > 0) process.exitCode = 1;
    if (sizeOf(plan) > 0) {
      if (!options.yes && !(await isConfirmed(options.person))) {
        say('Nothing was erased.');
        process.exitCode = 1;
        return;
      }
      for (const [run, found] of plan.over)
        await eraseRun(store.ledger, run, {
          texts: found,
          by: options.as,
          why: 'person',
          person: options.person,
          isPending: true,
        });
      await eraseTexts(store.ledger, {
        stream: membersStream,
        texts: plan.names,
        by: options.as,
        why: 'person',
        person: options.person,
        isPending: false,
      });
      for (const { sight, id } of plan.memories) await store.memories.forget(sight, id);
      for (const { sight, source } of plan.learnt) await store.passages.removeDocuments(sight, [source]);
      for (const [stream, found] of plan.files)
        await eraseTexts(store.ledger, {
          ...{
            stream,
            texts: found,
            by: options.as,
            why: 'person',
            person: options.person,
            isPending: false,
          },
        });
      await store.chat.eraseTextsOf(options.person, plan.atWork);
      say(
        `Erased: ${String(texts)} texts in ${String(plan.over.size)} runs, ${String(plan.said)} messages and titles, ${String(plan.memories.length)} memories, ${String(plan.learnt.length)} learnt messages and files, ${String(plan.files.size)} attached files.`,
      );
    }
    if (!(await store.ledger.purge())) {
      say('The store was busy: parts of its files may still hold them. Run this command again.');
      process.exitCode = 1;
    }
  });
}

async function makePlan(store: Store, person: string, accounts: readonly string[]): Promise<Plan> {
  const over = new Map<RunId, TextsBySeq>();
  const atWork: RunId[] = [];
  const threads = new Set<string>();
  const summaries: {
    readonly run: RunId;
    readonly thread: string;
    readonly texts: TextsBySeq;
    readonly isOver: boolean;
  }[] = [];
  const files = new Map<string, TextsBySeq>();
  const inUse = new Set<string>();
  for await (const [stream, commits] of sourceOfStore(store.ledger).streams()) {
    if (isKept(stream) && commits[0]?.by === person) files.set(stream, allTexts(commits));
    const run = runOfStream(stream);
    if (run === undefined) continue;
    const texts = personalTexts(commits, person);
    const summary = summaryTexts(commits);
    if (texts.size + summary.size === 0) continue;
    const state = foldStream(commits, emptyRun(run), foldRun);
    const isOver = isFinished(state);
    if (summary.size > 0) summaries.push({ run, thread: state.thread, texts: summary, isOver });
    if (texts.size === 0) continue;
    threads.add(state.thread);
    if (isOver) over.set(run, texts);
    else {
      atWork.push(run);
      for (const { file } of state.files) inUse.add(file.reference);
    }
  }
  // A summary of a thread in which he had a part may hold his words, whoever's run it stands in.
  for (const { run, thread, texts, isOver } of summaries) {
    if (!threads.has(thread)) continue;
    if (isOver) over.set(run, joinTexts(over.get(run), texts));
    else if (!atWork.includes(run)) atWork.push(run);
  }
  return {
    over,
    atWork,
    files: new Map([...files].filter(([stream, texts]) => texts.size > 0 && !inUse.has(stream))),
    names: namesToErase(await store.ledger.read(membersStream), person),
    said: await store.chat.countTextsOf(person, atWork),
    memories: await memoriesOf(store, person),
    learnt: await learntOf(store, accounts),
  };
}

function joinTexts(left: TextsBySeq = new Map(), right: TextsBySeq): TextsBySeq {
  const joined = new Map(left);
  for (const [seq, names] of right) joined.set(seq, [...new Set([...(joined.get(seq) ?? []), ...names])]);
  return joined;
}

/** In every workspace. Forgetting one takes along what it had replaced, whoever had said that. */
async function memoriesOf(store: Store, person: string): Promise<Plan['memories']> {
  const found: Plan['memories'][number][] = [];
  for (const workspace of await store.sources.listWorkspaces()) {
    const sight = operatorSight(workspace);
    const filter = { author: person, isWithPast: true, limit: mostMemories };
    for (const { id } of await store.memories.list(sight, filter, 0)) found.push({ sight, id });
  }
  return found;
}

/** As messages name their writers. */
function accountsOf(people: People, person: string): readonly string[] {
  const { slack = [], discord = [] } = people.findPerson(person) ?? {};
  return [
    `console:${person}`,
    ...slack.map((account) => `slack:${account}`),
    ...discord.map((account) => `discord:${account}`),
  ];
}

async function learntOf(store: Store, accounts: readonly string[]): Promise<Plan['learnt']> {
  const found: Plan['learnt'][number][] = [];
  for (const workspace of await store.sources.listWorkspaces()) {
    const sight = operatorSight(workspace);
    for (const { source, said } of await store.passages.listDocuments(sight))
      if (said !== undefined && accounts.includes(said.account)) found.push({ sight, source });
  }
  return found;
}

/** How much there is to erase. */
function sizeOf({ over, said, names, memories, learnt, files }: Plan): number {
  return over.size + said + names.size + memories.length + learnt.length + files.size;
}

function show(person: string, plan: Plan, texts: number): void {
  const { over, atWork, said, names, memories, learnt, files } = plan;
  say(`Of ${person} these go, with their salts, for ever:`);
  say(
    `  ${String(texts)} texts in the ledgers of ${String(over.size)} runs: requests, arguments, what model and tools made of them, reasons, summaries of these threads`,
  );
  say(`  ${String(said)} messages and thread titles`);
  if (names.size > 0) say('  the name under which operators added this person in chat');
  say(`  ${String(memories.length)} memories, with their vectors and what they had replaced`);
  say(`  ${String(learnt.length)} messages of his that were learnt, and files that came with them`);
  say(`  ${String(files.size)} files that were attached at the console`);
  say('These remain:');
  say(
    `  that ${person} asked, voted and stopped, when, which tools, how it ended, digests and hashes; every chain still verifies`,
  );
  say('  what others said, also about it; reasons given for a freeze; what tool servers recorded themselves');
  say(
    '  the name in people.yaml, or in chat while the person is known there: `/countersign people remove` first',
  );
  say('  backups and exports made before; what a chat platform keeps of a message that was edited');
  say('  messages in channels of knowledge.yaml: they are learnt again unless they are deleted there');
  if (atWork.length > 0) {
    say(
      `${String(atWork.length)} runs are still at work and are left alone. Wait or stop them, then run this command again:`,
    );
    for (const run of atWork) say(`  ${run}`);
  }
  if (sizeOf(plan) === 0) say('So there is nothing to erase.');
}

async function isConfirmed(person: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await Promise.race([
      lines.question(`Type ${person} to erase: `),
      new Promise<string>((resolve) =>
        lines.once('close', () => {
          resolve('');
        }),
      ),
    ]);
    return answer.trim() === person;
  } finally {
    lines.close();
  }
}
