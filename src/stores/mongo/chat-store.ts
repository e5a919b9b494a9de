/**
 * The inbox and the threads on MongoDB.
 *
 * A message is kept first. Then the thread is taken by compare-and-set, together with all it takes to begin the run,
 * so that whoever finds a beginning that was left behind completes that very run: the same commit with the same nonce.
 */
import { asRunId, asThreadId, newNonce } from '../../core/ids.ts';
import type { ActorId, RunId, ThreadId } from '../../core/ids.ts';
import { keepCommandsMs } from '../../chat/store.ts';
import type {
  ChatStore,
  CommandClaim,
  InboxMessage,
  Start,
  TakeResult,
  ThreadRow,
} from '../../chat/store.ts';
import type { Commit } from '../../ledger/commit.ts';
import type { LedgerStore } from '../../ledger/store.ts';
import { AppError } from '../../core/errors.ts';
import { ask, upsert } from './database.ts';
import { codeOf, duplicateKey } from './refusals.ts';
import { erased } from '../erased.ts';
import type { MongoDatabase } from './database.ts';
import type { InboxDocument, ThreadDocument } from './documents.ts';
import { before } from './run-store.ts';

export interface MongoChatStore extends ChatStore {
  /** Completes what processes that died had begun. */
  completeBeginnings(): Promise<void>;
  /** Forgets keys of messages that were taken long ago, and of commands. */
  forgetOldKeys(): Promise<void>;
}

interface Beginning {
  readonly key: string;
  readonly start: Start;
}

const leftAloneMs = 4_000;
const keepKeysMs = 14 * 24 * 3_600_000;

export function createMongoChatStore(database: MongoDatabase, ledger: LedgerStore): MongoChatStore {
  const { inbox, threads } = database;

  /** Keeps what has this key; undefined when this very call did, else what is there. */
  async function keep(
    key: string,
    rest: Pick<InboxDocument, 'thread' | 'state' | 'by' | 'row'>,
  ): Promise<InboxDocument | undefined> {
    const writer = newNonce();
    const filter = { _id: key, writer: { $exists: false } };
    try {
      await inbox.updateOne(
        filter,
        {
          $setOnInsert: { writer, ...rest, isErased: false },
          $currentDate: { takenAt: true },
        },
        { upsert: true },
      );
      return undefined;
    } catch (error) {
      const there = await inbox.findOne({ _id: key });
      // The answer may be lost although it was written.
      if (there === null || (codeOf(error) !== duplicateKey && there.writer !== writer)) throw error;
      return there.writer === writer ? undefined : there;
    }
  }

  async function openThread(message: InboxMessage): Promise<void> {
    const now = database.now();
    const fields = {
      channel: message.channel,
      activeRun: null,
      startedAt: now,
      startedBy: message.by,
      isErased: false,
      row: JSON.stringify(threadOf(message, now)),
    };
    await upsert(() =>
      threads.updateOne({ _id: message.thread }, { $setOnInsert: fields }, { upsert: true }),
    );
  }

  /** Takes the thread for a run if `owner` has it at present; true when this run has it now. */
  async function occupy(thread: ThreadId, owner: RunId | null, beginning: Beginning): Promise<boolean> {
    const { run } = beginning.start;
    await threads.updateOne(
      { _id: thread, activeRun: owner },
      {
        $set: { activeRun: run, beginning: JSON.stringify(beginning) },
        $currentDate: { beginningSince: true },
      },
    );
    const standing = await threads.findOne({ _id: thread });
    return standing?.activeRun === run;
  }

  /** Lands the first commit of the run that has the thread. Undefined when its message was taken meanwhile. */
  async function complete(thread: ThreadId, { key, start }: Beginning): Promise<Commit | undefined> {
    await inbox.updateOne({ _id: key, state: 'waiting' }, { $set: { state: start.run } });
    const message = await inbox.findOne({ _id: key });
    const begun = { beginning: 1, beginningSince: 1 } as const;
    if (message?.state !== start.run) {
      await threads.updateOne(
        { _id: thread, activeRun: start.run },
        { $set: { activeRun: null }, $unset: begun },
      );
      return undefined;
    }
    const result = await ledger.append(start.draft, start.rows);
    await threads.updateOne({ _id: thread, activeRun: start.run }, { $unset: begun });
    if (result.kind === 'landed') return result.commit;
    throw new AppError('store.corrupt', `The new run ${start.run} already has other commits.`);
  }

  async function takeNow(message: InboxMessage, start: Start): Promise<TakeResult> {
    const { key, thread: place, by } = message;
    const row = JSON.stringify(message);
    const seen = await keep(key, { thread: place, state: 'waiting', by, row });
    if (seen !== undefined) {
      const thread = asThreadId(seen.thread);
      return { kind: 'seen', thread, ...(seen.state.startsWith('run_') && { run: asRunId(seen.state) }) };
    }
    await openThread(message);
    if (await occupy(message.thread, null, { key: message.key, start })) {
      const commit = await complete(message.thread, { key: message.key, start });
      if (commit !== undefined) return { kind: 'started', commit, run: start.run };
    }
    const [there, mine] = await Promise.all([
      threads.findOne({ _id: message.thread }),
      inbox.findOne({ _id: message.key }),
    ]);
    if (mine?.state.startsWith('run_') === true)
      return { kind: 'seen', thread: message.thread, run: asRunId(mine.state) };
    // Freed in this very moment: the message waits, and whoever takes the thread next begins with it.
    return { kind: 'waiting', activeRun: asRunId(there?.activeRun ?? start.run) };
  }

  async function forgetOld(before: number, state: string | Record<string, string>): Promise<void> {
    for (let round = 0; round < 100; round += 1) {
      const found = await inbox
        .find({ takenAt: { $lt: new Date(before) }, state })
        .limit(500)
        .toArray();
      if (found.length === 0) return;
      await inbox.deleteMany({ _id: { $in: found.map(({ _id }) => _id) } });
    }
  }

  async function claimCommand(key: string, by: ActorId): Promise<CommandClaim> {
    const row = JSON.stringify({ key, by, text: '' });
    const there = await keep(key, { thread: '', state: 'command', by, row });
    if (there === undefined) return { kind: 'claimed' };
    if (there.state !== 'answered') return { kind: 'begun' };
    // The field holds what `answerCommand` wrote.
    const { answer: text } = JSON.parse(there.row) as { readonly answer?: string };
    return { kind: 'answered', ...(text !== undefined && { text }) };
  }

  return {
    take: (message, start) => ask(() => takeNow(message, start)),
    markTaken: (key, run) =>
      ask(async () => {
        await inbox.updateOne({ _id: key, state: 'waiting' }, { $set: { state: run } });
      }),
    putBack: (key, run) =>
      ask(async () => {
        await inbox.updateOne({ _id: key, state: run }, { $set: { state: 'waiting' } });
      }),
    setWaitingAside: () =>
      ask(async () => {
        const { modifiedCount } = await inbox.updateMany(
          { state: 'waiting' },
          { $set: { state: 'set-aside' } },
        );
        return modifiedCount;
      }),
    listWaiting: (thread) =>
      ask(async () => {
        const found = await inbox.find({ thread, state: 'waiting' }).sort({ takenAt: 1, _id: 1 }).toArray();
        return found.map(toMessage);
      }),
    handOver: (thread, finished, next) =>
      ask(async () => {
        const free = (): Promise<unknown> =>
          threads.updateOne({ _id: thread, activeRun: finished }, { $set: { activeRun: null } });
        const message = next === undefined ? null : await inbox.findOne({ _id: next.key });
        if (next === undefined || message?.state !== 'waiting') {
          await free();
          return undefined;
        }
        // A process that died after it had kept the message may not have opened its thread.
        await openThread(toMessage(message));
        const isMine = (await occupy(thread, finished, next)) || (await occupy(thread, null, next));
        return isMine ? complete(thread, next) : undefined;
      }),
    listIdleWithWaiting: (limit) =>
      ask(async () => {
        const idle = new Set<ThreadId>();
        const waiting = inbox
          .find({ state: 'waiting' })
          .project<Pick<InboxDocument, 'thread'>>({ _id: 0, thread: 1 })
          .sort({ state: 1, takenAt: 1 });
        const looked = new Set<string>();
        for await (const { thread } of waiting) {
          if (looked.has(thread)) continue;
          looked.add(thread);
          const there = await threads.findOne({ _id: thread });
          // A message without a thread was kept just before its process died.
          if (there === null || there.activeRun === null) idle.add(asThreadId(thread));
          if (idle.size === limit) break;
        }
        await waiting.close();
        return [...idle];
      }),
    countTextsOf: (person, except) =>
      ask(async () => {
        const said = await inbox.countDocuments(saidBy(person, except));
        return said + (await threads.countDocuments(titledBy(person, except)));
      }),
    eraseTextsOf: (person, except) =>
      ask(async () => {
        for (const document of await inbox.find(saidBy(person, except)).toArray())
          await eraseMessage(database, document);
        for (const document of await threads.find(titledBy(person, except)).toArray())
          await eraseTitle(database, document);
      }),
    claimCommand: (key, by) => ask(() => claimCommand(key, by)),
    answerCommand: (key, text) =>
      ask(async () => {
        const claimed = await inbox.findOne({ _id: key, state: 'command' });
        if (claimed === null) return;
        const row = JSON.stringify({
          key,
          by: claimed.by,
          text: '',
          ...(text !== undefined && { answer: text }),
        });
        await inbox.updateOne(
          { _id: key, state: 'command' },
          { $set: { state: 'answered', isErased: false, row } },
        );
      }),
    findThread: (thread) =>
      ask(async () => {
        const found = await threads.findOne({ _id: thread });
        return found === null ? undefined : toThread(found);
      }),
    listThreads: (channel, { cursor, limit }) =>
      ask(async () => {
        const found = await threads
          .find({ channel, ...before('startedAt', cursor) })
          .sort({ startedAt: -1, _id: -1 })
          .limit(limit)
          .toArray();
        return found.map(toThread);
      }),
    completeBeginnings: () =>
      ask(async () => {
        const left = await threads
          .find({ beginningSince: { $lt: new Date(database.now() - leftAloneMs) } })
          .sort({ beginningSince: 1 })
          .limit(100)
          .toArray();
        for (const { _id, beginning } of left) {
          // Written by `occupy` from a beginning.
          if (beginning !== undefined) await complete(asThreadId(_id), JSON.parse(beginning) as Beginning);
        }
      }),
    forgetOldKeys: () =>
      ask(async () => {
        const now = database.now();
        await forgetOld(now - keepKeysMs, { $gte: 'run_', $lt: 'run`' });
        for (const state of ['command', 'answered']) await forgetOld(now - keepCommandsMs, state);
      }),
  };
}

function saidBy(person: string, except: readonly RunId[]): Record<string, unknown> {
  return {
    by: person,
    isErased: false,
    $and: ['waiting', ...except].map((state) => ({ state: { $ne: state } })),
  };
}

function titledBy(person: string, except: readonly RunId[]): Record<string, unknown> {
  const others = except.map((run) => ({ activeRun: { $ne: run } }));
  return { startedBy: person, isErased: false, ...(others.length > 0 && { $and: others }) };
}

function threadOf(message: InboxMessage, now: number): ThreadRow {
  return {
    id: message.thread,
    channel: message.channel,
    startedBy: message.by,
    startedAt: now,
    title: message.text.slice(0, 120),
  };
}

export async function eraseMessage({ inbox }: MongoDatabase, document: InboxDocument): Promise<void> {
  // A command's row holds its answer.
  const kept: InboxMessage & { readonly answer?: string } = toMessage(document);
  const { files: _files, answer: _answer, ...message } = kept;
  const row = JSON.stringify({ ...message, text: erased });
  await inbox.updateOne({ _id: document._id }, { $set: { row, isErased: true } });
}

export async function eraseTitle({ threads }: MongoDatabase, document: ThreadDocument): Promise<void> {
  const row = JSON.stringify({ ...toThread(document), title: erased });
  await threads.updateOne({ _id: document._id }, { $set: { row, isErased: true } });
}

function toMessage({ row }: InboxDocument): InboxMessage {
  // The field holds what `take` wrote.
  return JSON.parse(row) as InboxMessage;
}

function toThread({ row, activeRun }: ThreadDocument): ThreadRow {
  // The field holds what `take` wrote; `activeRun` is a field of its own because it changes.
  const { activeRun: _, ...thread } = JSON.parse(row) as ThreadRow;
  return activeRun === null ? thread : { ...thread, activeRun: asRunId(activeRun) };
}
