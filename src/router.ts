/**
 * The router: what a person says becomes a run, steers one, or waits its turn.
 *
 * Commands and triggers first, else the `assistant` workflow. One run at a time per thread: the requester's later
 * words steer the run at work and everybody else's wait until it is over, unless its workflow has another rule.
 */
import type { AttachedFile } from './core/attached-file.ts';
import type { Clock } from './core/clock.ts';
import { canonicalJson } from './core/canonical-json.ts';
import { botActor, newRunId, newThreadName, asThreadId } from './core/ids.ts';
import type { ActorId, ChannelId, RunId, ThreadId } from './core/ids.ts';
import { redactKept } from './core/redact.ts';
import type { ChatStore, InboxMessage, Quote, Start } from './chat/store.ts';
import type { Commit } from './ledger/commit.ts';
import type { EventDraft } from './ledger/fold.ts';
import { beginRun } from './runs/begin-run.ts';
import type { Engine } from './runs/engine.ts';
import type { OpenRun, OpenRuns } from './runs/open-runs.ts';
import { runEvent } from './runs/run-events.ts';
import { isFinished } from './runs/run-state.ts';
import type { RunState } from './runs/run-state.ts';
import type { Lease } from './runs/store.ts';
import { asksForInput } from './ask-missing.ts';
import { route } from './route-message.ts';
import type { WhileBusy, Workflow } from './workflow-kit.ts';

export interface InboundMessage {
  /** The surface's own id of this message, with the surface and workspace in front: unique for ever. */
  readonly key: string;
  readonly channel: ChannelId;
  /** Absent for a message that opens a thread. */
  readonly thread?: ThreadId;
  readonly by: ActorId;
  readonly text: string;
  /** What others wrote and this message is about: the run that reads it is tainted. */
  readonly quotes?: readonly Quote[];
  /** Files that came with it: the run that reads one is tainted. */
  readonly files?: readonly AttachedFile[];
  /** What a program starts: the workflow and its input, already checked. Never steers a run. */
  readonly start?: InboxMessage['start'];
}

export interface Taken {
  readonly thread: ThreadId;
  readonly run?: RunId;
  readonly turn: Turn;
}

/** `now`: a run has the message. `next`: it waits for the run at work. `never`: the workflow at work declines it. */
export type Turn = 'now' | 'next' | 'never';

/** What people read whose words wait or are declined. */
export const turnTexts: Readonly<Record<Exclude<Turn, 'now'>, string>> = {
  next: 'I am still on your first question; I will take this one next.',
  never:
    'I am still at work here and take nothing else meanwhile. Ask again when it is done, or in a new thread.',
};

export interface Router {
  /** Keeps a message durably and sets going what follows from it. The same key twice is one message. */
  take(message: InboundMessage): Promise<Taken>;
  /** The thread of a finished run goes on with what waits in it. */
  goOn(run: RunState): Promise<void>;
  /** Threads where something waits and nothing works: after a crash. */
  sweep(): Promise<void>;
}

export interface RouterOptions {
  readonly store: ChatStore;
  readonly runs: OpenRuns;
  readonly engine: () => Engine;
  readonly clock: Clock;
  readonly organisation: string;
  readonly workflows: readonly Workflow[];
  /** Takes secrets out of what people write, before anything is kept. */
  readonly redact: (text: string) => string;
  /** What a message asks about the calls that wait for its author's vote; empty when it asks nothing. */
  questionsOf(state: RunState, message: InboxMessage): readonly EventDraft[];
  newLease(): Lease;
  /** A run's first commit has landed. */
  onStarted(state: RunState, commit: Commit): void;
}

export function createRouter(options: RouterOptions): Router {
  const { store, runs, clock } = options;

  function prepare(message: InboxMessage): Start {
    const { workflow, input } = message.start ?? route(options.workflows, message.text);
    const requested = runEvent(
      'run.requested',
      {
        organisation: options.organisation,
        workflow,
        thread: message.thread,
        channel: message.channel,
        requester: message.by,
        message: message.key,
      },
      {
        text: textOf(message),
        input: redactKept(JSON.stringify(input), options.redact),
        files: filesOf(message, options.redact),
      },
    );
    return beginRun(newRunId(), {
      by: message.by,
      events: [requested, ...drillOf(message), ...taintOf(message)],
      at: clock.now(),
      lease: options.newLease(),
    });
  }

  function begin(run: RunId, commit: Commit): void {
    const open = runs.adopt(run, [commit]);
    open.lease = options.newLease();
    options.onStarted(open.state(), commit);
    options.engine().wake(open);
    runs.close(open);
  }

  const ruleOf = ({ workflow }: RunState): WhileBusy =>
    options.workflows.find(({ name }) => name === workflow)?.whileBusy ?? 'steer';

  /** True for what this run would not take: neither what began it, nor what it heard, nor a question about a call. */
  function isDeclined(state: RunState, { key, by, text }: InboxMessage): boolean {
    if (ruleOf(state) !== 'reject' || state.messageKey === key) return false;
    const isHeard = state.messages.some((entry) => entry.key === key);
    const isQuestion = [...state.approvals.values()].some(({ questions }) =>
      questions.some((question) => question.by === by && question.text === text.trim()),
    );
    return !isHeard && !isQuestion;
  }

  /**
   * A message that comes once more hears what it heard the first time, or would have heard: the process that kept it
   * may have died before it declined it.
   */
  async function answerAgain(
    message: InboxMessage,
    thread: ThreadId,
    known: RunId | undefined,
  ): Promise<Turn> {
    const id = known ?? (await store.findThread(thread))?.activeRun;
    const run = id === undefined ? undefined : await runs.open(id);
    if (run === undefined) return 'now';
    try {
      const isForIt = known !== undefined || !isFinished(run.state());
      if (!isForIt || !isDeclined(run.state(), message)) return 'now';
      await store.markTaken(message.key, run.id);
      return 'never';
    } finally {
      runs.close(run);
    }
  }

  /** What was said to a run that declines everything, by its end, and was not declined: its process died before. */
  async function declineLeft(state: RunState): Promise<void> {
    if (ruleOf(state) !== 'reject') return;
    const end = state.finished?.stamp.at.getTime() ?? 0;
    for (const message of await store.listWaiting(state.thread))
      if (message.sentAt < end && isDeclined(state, message)) await store.markTaken(message.key, state.id);
  }

  /** Hands a later message to the run at work, as its workflow has it. A message waits also when the run is over. */
  async function steer(message: InboxMessage, active: RunId): Promise<Turn> {
    const run = await runs.open(active);
    if (run === undefined) return 'next';
    try {
      const state = run.state();
      if (isFinished(state)) return 'next';
      if (message.start !== undefined && ruleOf(state) !== 'reject') return 'next';
      const isRequesters = state.requester === message.by;
      if (!isRequesters && (await putQuestion(message, run))) return 'now';
      if (state.drill !== undefined) {
        await endFor(run, 'Somebody wrote in the thread of this drill.');
        return 'next';
      }
      if (isRequesters && asksForInput(state)) {
        await endFor(run, 'It was said again.');
        return 'next';
      }
      const rule = ruleOf(state);
      if (rule === 'reject') {
        await store.markTaken(message.key, active);
        return 'never';
      }
      if (rule === 'queue' || !isRequesters) return 'next';
      run.stream.append({
        sort: 'fact',
        by: message.by,
        isKnown: ({ messages }) => messages.some((entry) => entry.key === message.key),
        events: [
          runEvent(
            'message.received',
            { message: message.key, by: message.by },
            { text: textOf(message), files: filesOf(message, options.redact) },
          ),
          ...taintOf(message),
        ],
      });
      // Before it is durable, so that the lease is saved with it.
      options.engine().wake(run);
      await run.stream.durable();
      await store.markTaken(message.key, active);
      options.engine().wake(run);
      return 'now';
    } finally {
      runs.close(run);
    }
  }

  /** Whoever wants something in the thread of a run that does nothing for him does not wait for it. */
  async function endFor(run: OpenRun, reason: string): Promise<void> {
    run.stream.append({
      sort: 'fact',
      by: botActor,
      isKnown: (state) => state.stopped !== undefined || isFinished(state),
      events: [runEvent('run.stopped', { by: botActor, isFinal: true }, { reason })],
    });
    options.engine().wake(run);
    await run.stream.durable();
    options.engine().wake(run);
  }

  /** What somebody says whose vote is awaited is a question about it. False for everybody else's words. */
  async function putQuestion(message: InboxMessage, run: OpenRun): Promise<boolean> {
    const events = options.questionsOf(run.state(), message);
    if (events.length === 0) return false;
    run.stream.append({ sort: 'fact', by: message.by, isKnown: () => false, events });
    options.engine().wake(run);
    await run.stream.durable();
    await store.markTaken(message.key, run.id);
    options.engine().wake(run);
    return true;
  }

  async function startNext(thread: ThreadId, finished: RunId | undefined): Promise<void> {
    const [next] = await store.listWaiting(thread);
    if (next === undefined) return;
    const start = prepare(next);
    const commit = await store.handOver(thread, finished ?? start.run, { key: next.key, start });
    if (commit !== undefined) begin(start.run, commit);
  }

  return {
    async take(message) {
      const inbox: InboxMessage = {
        key: message.key,
        thread: message.thread ?? asThreadId(`${message.channel}/${newThreadName()}`),
        channel: message.channel,
        by: message.by,
        text: options.redact(message.text),
        ...(message.quotes !== undefined && {
          quotes: message.quotes.map((quote) => ({ ...quote, text: options.redact(quote.text) })),
        }),
        ...(message.files !== undefined && { files: message.files }),
        ...(message.start !== undefined && { start: message.start }),
        sentAt: clock.now().getTime(),
      };
      const start = prepare(inbox);
      const result = await store.take(inbox, start);
      switch (result.kind) {
        case 'started':
          begin(result.run, result.commit);
          return { thread: inbox.thread, run: result.run, turn: 'now' };
        case 'seen':
          return {
            thread: result.thread,
            ...(result.run !== undefined && { run: result.run }),
            turn: await answerAgain(inbox, result.thread, result.run),
          };
        case 'waiting': {
          const turn = await steer(inbox, result.activeRun);
          if (turn === 'next') await startNext(inbox.thread, undefined);
          return { thread: inbox.thread, run: result.activeRun, turn };
        }
        default:
          return result satisfies never;
      }
    },
    async goOn(run) {
      // What the run never saw is routed again, as a message of its own.
      for (const message of run.messages) {
        // A process that died while it handed a message over may not have marked it.
        if (message.isSeen) await store.markTaken(message.key, run.id);
        else await store.putBack(message.key, run.id);
      }
      await declineLeft(run);
      await startNext(run.thread, run.id);
    },
    async sweep() {
      for (const thread of await store.listIdleWithWaiting(50)) await startNext(thread, undefined);
    },
  };
}

/** What the agent reads: the person's words, then what they are about. */
function textOf({ text, quotes = [] }: InboxMessage): string {
  const parts = quotes.map(({ by, text: quoted, link }) => {
    const lines = quoted.split('\n').map((line) => `> ${line}`);
    return [`${by} wrote${link === undefined ? '' : ` (${link})`}:`, ...lines].join('\n');
  });
  return [text, ...parts].join('\n\n');
}

/** Names and places of files, erasable like words. */
function filesOf({ files = [] }: InboxMessage, redact: (text: string) => string): string | undefined {
  return files.length === 0 ? undefined : redactKept(JSON.stringify(files), redact);
}

function taintOf({ quotes = [] }: InboxMessage): readonly EventDraft[] {
  const by = quotes[0]?.by;
  return by === undefined ? [] : [runEvent('run.tainted', { by: `a message by ${by}, quoted` })];
}

function drillOf({ start }: InboxMessage): readonly EventDraft[] {
  if (start?.drill === undefined) return [];
  const { name, tool, args, why, claim } = start.drill;
  return [runEvent('drill.planted', { drill: name, tool }, { args: canonicalJson(args), why, claim })];
}
