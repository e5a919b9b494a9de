/** Threads of the console as they are learnt from: what people said in them, read from the record of their runs. */
import type { ActorId, ThreadId } from '../core/ids.ts';
import { asThreadId } from '../core/ids.ts';
import type { SaidHistory, SaidMessage } from '../core/said-message.ts';
import type { OpenRuns } from '../runs/open-runs.ts';
import type { RunStore } from '../runs/store.ts';
import type { Platform } from './said-desk.ts';

export interface ConsoleHistoryParts {
  readonly store: Pick<RunStore, 'list'>;
  readonly runs: () => Pick<OpenRuns, 'open' | 'close'>;
  nameOf(person: string): string;
  /** Where a person opens the thread. */
  linkTo(thread: ThreadId): string | undefined;
}

const mostRuns = 500;

export function createConsoleHistory(parts: ConsoleHistoryParts): Platform {
  async function readThread(thread: ThreadId): Promise<readonly SaidMessage[]> {
    const rows = (await parts.store.list({ thread, limit: mostRuns })).toReversed();
    const said: SaidMessage[] = [];
    for (const row of rows) {
      const run = await parts.runs().open(row.id);
      if (run === undefined) continue;
      try {
        const state = run.state();
        const about = { thread, channel: state.channel, at: row.startedAt };
        said.push(messageOf(parts, { ...about, key: row.id, by: state.requester, text: state.text }));
        for (const { key, by, text } of state.messages)
          said.push(messageOf(parts, { ...about, key: `${row.id}/${key}`, by, text }));
      } finally {
        parts.runs().close(run);
      }
    }
    return said;
  }

  const history: SaidHistory = {
    find(written) {
      const found = /(?:^|\/t\/)(console:[\w-]+\/[\w-]+)$/u.exec(decoded(written));
      if (found?.[1] === undefined) return Promise.resolve(undefined);
      return parts.store
        .list({ thread: asThreadId(found[1]), limit: 1 })
        .then(([row]) =>
          row === undefined
            ? undefined
            : { kind: 'thread' as const, channel: row.channel, thread: row.thread },
        );
    },
    async readMessage(source) {
      const thread = /^(console:[^/]+\/[^/]+)\//u.exec(source)?.[1];
      const messages = thread === undefined ? [] : await readThread(asThreadId(thread));
      return messages.find((message) => message.source === source);
    },
    readThread,
    // Nothing is said there outside of threads.
    readPage: () => Promise.resolve({ said: [] }),
  };
  return { name: 'console', history };
}

function messageOf(
  parts: ConsoleHistoryParts,
  said: Pick<SaidMessage, 'thread' | 'channel' | 'at' | 'text'> & {
    readonly key: string;
    readonly by: ActorId;
  },
): SaidMessage {
  const { thread, channel, at, text, key, by } = said;
  return {
    ...{ thread, channel, at, text },
    source: `${thread}/${key}`,
    by: parts.nameOf(by),
    account: `console:${by}`,
    link: parts.linkTo(thread) ?? `thread:${thread}`,
    files: [],
    replies: '',
  };
}

function decoded(written: string): string {
  try {
    return decodeURIComponent(written);
  } catch {
    return written;
  }
}
