/**
 * The backend of the HTTP interface: every answer is limited to what its asker may see.
 *
 * A thread is seen by whoever may read its channel. An approval is also seen, without its thread, by whoever may
 * decide it.
 */
import type { Clock } from '../core/clock.ts';
import {
  asActorId,
  asApprovalId,
  asCallId,
  asChannelId,
  asRunId,
  asThreadId,
  runStream,
} from '../core/ids.ts';
import type { ApprovalId, ChannelId, RunId } from '../core/ids.ts';
import type { ChatStore } from '../chat/store.ts';
import { outlookOf } from '../gate/decide-vote.ts';
import type { Decisions } from '../gate/decisions.ts';
import type { Policy } from '../gate/policy.ts';
import type { LedgerStore } from '../ledger/store.ts';
import type { People, Person } from '../people/person.ts';
import type { Router } from '../router.ts';
import type { OpenRuns } from '../runs/open-runs.ts';
import { pendingApprovals } from '../runs/run-state.ts';
import type { RunState } from '../runs/run-state.ts';
import type { RunStore } from '../runs/store.ts';
import { approvalCard, outcomeText } from '../story/approval-card.ts';
import type { ApprovalView, Precedent } from '../story/approval-card.ts';
import { runStory } from '../story/run-story.ts';
import type { StoryWords } from '../story/story-item.ts';
import type { ToolRegistry } from '../tools/tool.ts';
import { createAnnouncer } from './announcer.ts';
import type { Announcer } from './announcer.ts';
import type { ApiBackend, Refusal } from './backend.ts';
import { readMe } from './read-me.ts';
import { listTools } from './list-tools.ts';
import { approvalJson, commitJson, itemJson, runJson, runStateJson } from './render-json.ts';
import type { EventJson, HealthJson, ItemJson } from './shapes.ts';
import { refuseVote } from './vote-texts.ts';

export interface BackendOptions {
  readonly store: { readonly ledger: LedgerStore; readonly runs: RunStore; readonly chat: ChatStore };
  readonly runs: OpenRuns;
  readonly decisions: Decisions;
  readonly router: Router;
  readonly registry: ToolRegistry;
  readonly clock: Clock;
  readonly words: StoryWords;
  readonly model: string;
  people(): People;
  policy(): Policy;
  titleOf(workflow: string): string;
  health(): Promise<HealthJson>;
}

const pageSize = 30;
const threadRuns = 200;

export function createBackend(options: BackendOptions): ApiBackend & { readonly announcer: Announcer } {
  const { store, runs, decisions, router, words } = options;

  const mayRead = (person: Person, channel: ChannelId): boolean =>
    options.people().canRead(person.id, channel);

  /** A run as it stands, durable, then let go. */
  async function withState<T>(id: RunId, read: (state: RunState) => T | Promise<T>): Promise<T | undefined> {
    const run = await runs.open(id);
    if (run === undefined) return undefined;
    try {
      await run.stream.durable();
      return await read(run.state());
    } finally {
      runs.close(run);
    }
  }

  async function precedentsFor(state: RunState): Promise<ReadonlyMap<string, readonly Precedent[]>> {
    const tools = new Set(
      pendingApprovals(state).map((approval) => state.calls.get(approval.call)?.call.tool ?? ''),
    );
    const found = new Map<string, readonly Precedent[]>();
    for (const tool of tools) {
      const rows = await store.runs.listApprovals({ tool, limit: 20 });
      found.set(
        tool,
        rows.flatMap(({ state: decided, run, decidedBy = asActorId('bot'), reason }) =>
          run !== state.id && (decided === 'approved' || decided === 'denied')
            ? [{ state: decided, by: decidedBy, ...(reason !== undefined && { reason }) }]
            : [],
        ),
      );
    }
    return found;
  }

  async function itemsOf(state: RunState, person: Person): Promise<readonly ItemJson[]> {
    const precedents = await precedentsFor(state);
    const items = runStory(state, {
      people: options.people(),
      words,
      reader: { id: person.id, mayReadThread: true },
      titleOf: options.titleOf,
      precedentsOf: (tool) => precedents.get(tool) ?? [],
    });
    return items.map((item) => itemJson(item, state.id));
  }

  async function viewOf(state: RunState, id: ApprovalId, person: Person): Promise<ApprovalView | undefined> {
    const approval = state.approvals.get(id);
    const call = approval === undefined ? undefined : state.calls.get(approval.call);
    if (approval === undefined || call === undefined) return undefined;
    const mayReadThread = mayRead(person, state.channel);
    const may = outlookOf(approval, options.people()).mayVote(person.id).kind;
    if (!mayReadThread && may !== 'may' && approval.requester !== person.id) return undefined;
    const precedents = await precedentsFor(state);
    const reader = { id: person.id, mayReadThread };
    return {
      state,
      approval,
      call,
      people: options.people(),
      words,
      reader,
      precedents: precedents.get(call.call.tool) ?? [],
    };
  }

  const announcer = createAnnouncer({
    clock: options.clock,
    mayRead: (person, state) => mayRead(person, state.channel),
    async render(state, person) {
      const events: EventJson[] = [];
      for (const approval of state.approvals.values()) {
        const mayDecide = outlookOf(approval, options.people()).mayVote(person.id).kind === 'may';
        if (!mayDecide && !mayRead(person, state.channel)) continue;
        events.push({ event: 'approval', data: { id: approval.id, state: approval.state, run: state.id } });
      }
      if (!mayRead(person, state.channel)) return { items: [], events };
      return {
        items: await itemsOf(state, person),
        events: [...events, { event: 'run', data: runStateJson(state) }],
      };
    },
  });

  async function vote(
    person: Person,
    id: ApprovalId,
    input: { vote: 'approve' | 'deny'; digest?: string; reason?: string | undefined },
  ): ReturnType<ApiBackend['vote']> {
    const row = await store.runs.findApproval(id);
    if (row === undefined) return notFound('approval');
    const digest =
      input.digest ?? (await withState(row.run, (state) => state.approvals.get(id)?.digest)) ?? '';
    const done = await decisions.vote(id, {
      person,
      vote: input.vote,
      digest,
      surface: 'console',
      ...(input.reason !== undefined && input.reason.trim() !== '' && { reason: input.reason.trim() }),
    });
    if (done === undefined) return notFound('approval');
    const view = await viewOf(done.state, id, person);
    if (done.answer.kind !== 'counts' && done.answer.kind !== 'again') {
      return refuseVote(done.answer.kind, done.state, id, {
        people: options.people(),
        words,
        person,
        settled: view === undefined ? undefined : outcomeText(view),
      });
    }
    if (view === undefined) return notFound('approval');
    const card = approvalCard(view);
    return {
      kind: 'counted',
      approval: approvalJson(view.state, view.approval, view.people, card, view.reader.mayReadThread),
      text: outcomeText(view) ?? 'Your vote is counted.',
    };
  }

  async function act(
    person: Person,
    action: string,
    text: string | undefined,
  ): ReturnType<ApiBackend['act']> {
    const [version, subject = '', verb = '', last = ''] = action.split(':');
    if (version !== 'v1') return notFound('action');
    if (subject.startsWith('apr_')) return actOnApproval(person, asApprovalId(subject), verb, text);
    if (subject.startsWith('run_') && verb === 'stop') return stop(person, asRunId(subject), text);
    if (subject.startsWith('run_') && verb.startsWith('call_'))
      return settle(person, asRunId(subject), verb, last);
    return notFound('action');
  }

  async function actOnApproval(
    person: Person,
    id: ApprovalId,
    verb: string,
    text: string | undefined,
  ): ReturnType<ApiBackend['act']> {
    if (verb === 'approve' || verb === 'deny') {
      const done = await vote(person, id, { vote: verb, reason: text });
      return done.kind === 'refused' ? done : { kind: 'done', text: done.text };
    }
    if (verb === 'withdraw') {
      const done = await decisions.withdraw(id, person);
      if (done === undefined) return notFound('approval');
      if (done.kind === 'done') return { kind: 'done', text: `Withdrawn by ${person.name}. Nothing ran.` };
      return done.why === 'settled'
        ? refusal(409, 'approval.settled', 'This was settled before.')
        : refusal(403, 'approval.not-yours', 'Only whoever asked for this can withdraw it.');
    }
    if (verb === 'ask-again') {
      const row = await store.runs.findApproval(id);
      const again =
        row === undefined
          ? undefined
          : await withState(row.run, (state) => ({
              thread: state.thread,
              channel: state.channel,
              text: state.text,
              requester: state.requester,
              state: state.approvals.get(id)?.state,
            }));
      if (again === undefined) return notFound('approval');
      if (again.requester !== person.id)
        return refusal(403, 'approval.not-yours', 'Only whoever asked for this can ask again.');
      if (again.state !== 'expired')
        return refusal(409, 'approval.settled', 'Only what nobody answered can be asked again.');
      const taken = await router.take({
        key: `console:again/${id}`,
        channel: again.channel,
        thread: again.thread,
        by: person.id,
        text: again.text,
      });
      return {
        kind: 'done',
        text: 'Asked again.',
        thread: taken.thread,
        ...(taken.run !== undefined && { run: taken.run }),
      };
    }
    return notFound('action');
  }

  async function stop(person: Person, id: RunId, reason: string | undefined): ReturnType<ApiBackend['act']> {
    const done = await stopRun(person, id, reason);
    return done.kind === 'refused'
      ? done
      : { kind: 'done', text: 'Stopped. What was already sent is not undone.', run: id };
  }

  async function stopRun(
    person: Person,
    id: RunId,
    reason: string | undefined,
  ): ReturnType<ApiBackend['stopRun']> {
    const run = await runs.open(id);
    if (run === undefined) return notFound('run');
    try {
      if (!mayRead(person, run.state().channel)) return notFound('run');
      if (run.state().finished !== undefined) return refusal(409, 'run.finished', 'This run is over.');
      await decisions.stop(run, person, reason ?? '');
      return { kind: 'stopped', run: runStateJson(run.state()) };
    } finally {
      runs.close(run);
    }
  }

  async function settle(
    person: Person,
    id: RunId,
    call: string,
    verb: string,
  ): ReturnType<ApiBackend['act']> {
    if (verb !== 'happened' && verb !== 'ask-again' && verb !== 'stop') return notFound('action');
    const run = await runs.open(id);
    if (run === undefined) return notFound('run');
    try {
      const done = await decisions.settleOutcome(run, asCallId(call), person, verb);
      if (done.kind === 'done') return { kind: 'done', text: 'Noted.', run: id };
      return done.why === 'settled'
        ? refusal(409, 'outcome.settled', 'Somebody has settled this already.')
        : refusal(
            403,
            'outcome.not-entitled',
            'Only somebody who may approve this call can say what happened to it.',
          );
    } finally {
      runs.close(run);
    }
  }

  return {
    announcer,
    findByToken: (token) => options.people().findByToken(token),
    me: (person) => readMe(options, person),

    async sendMessage(person, input) {
      const channel = channelId(input.channel);
      if (!mayRead(person, channel))
        return refusal(404, 'channel.unknown', `There is no channel ${input.channel} for you.`);
      const thread = input.thread === undefined ? undefined : asThreadId(input.thread);
      if (thread !== undefined) {
        const known = await store.chat.findThread(thread);
        if (known?.channel !== channel)
          return refusal(404, 'thread.unknown', 'There is no such thread in this channel.');
      }
      const id = input.id ?? `${String(options.clock.monotonicMs())}-${Math.random().toString(36).slice(2)}`;
      const taken = await router.take({
        key: `console:${person.id}/${id}`,
        channel,
        ...(thread !== undefined && { thread }),
        by: person.id,
        text: input.text,
      });
      return { kind: 'taken', thread: taken.thread, ...(taken.run !== undefined && { run: taken.run }) };
    },

    async listThreads(person, channel, cursor) {
      const id = channelId(channel);
      if (!mayRead(person, id)) return undefined;
      const rows = await store.chat.listThreads(id, {
        limit: pageSize,
        ...(cursor !== undefined && { cursor }),
      });
      const last = rows.length === pageSize ? rows.at(-1) : undefined;
      const items = [];
      for (const row of rows) {
        const [run] = await store.runs.list({ thread: row.id, limit: 1 });
        const { startedAt, startedBy, title } = row;
        items.push({
          id: row.id,
          channel: row.channel,
          title,
          startedBy,
          at: new Date(startedAt).toISOString(),
          ...(run !== undefined && { status: run.status }),
        });
      }
      return { items, ...(last !== undefined && { next: `${String(last.startedAt)}/${last.id}` }) };
    },

    async readThread(person, id) {
      const thread = await store.chat.findThread(asThreadId(id));
      if (thread === undefined || !mayRead(person, thread.channel)) return undefined;
      const rows = await store.runs.list({ thread: thread.id, limit: threadRuns });
      const items: ItemJson[] = [];
      for (const row of [...rows].reverse()) {
        items.push(...((await withState(row.id, (state) => itemsOf(state, person))) ?? []));
      }
      for (const message of await store.chat.listWaiting(thread.id)) {
        items.push({
          id: message.key,
          kind: 'message',
          by: message.by,
          at: new Date(message.sentAt).toISOString(),
          text: message.text,
        });
        items.push({
          id: `${message.key}/waits`,
          kind: 'message',
          by: 'bot',
          at: new Date(message.sentAt).toISOString(),
          text: 'I am still on your first question; I will take this one next.',
        });
      }
      return { id: thread.id, channel: thread.channel, items };
    },

    async listRuns(person, { status, workflow, cursor }) {
      const rows = await store.runs.list({
        limit: pageSize,
        ...(status !== undefined && { status }),
        ...(workflow !== undefined && { workflow }),
        ...(cursor !== undefined && { cursor }),
      });
      const last = rows.length === pageSize ? rows.at(-1) : undefined;
      return {
        items: rows.filter((row) => mayRead(person, row.channel)).map(runJson),
        ...(last !== undefined && { next: `${String(last.startedAt)}/${last.id}` }),
      };
    },

    readRun: (person, id) =>
      withState(asRunId(id), (state) => (mayRead(person, state.channel) ? runStateJson(state) : undefined)),

    async readLedger(person, id) {
      const isVisible = await withState(asRunId(id), (state) => mayRead(person, state.channel));
      if (isVisible !== true) return undefined;
      return { items: (await store.ledger.read(runStream(asRunId(id)))).map(commitJson) };
    },

    stopRun: (person, id, reason) => stopRun(person, asRunId(id), reason),

    async listApprovals(person, { state, cursor }) {
      const rows = await store.runs.listApprovals({
        limit: pageSize,
        ...(state !== undefined && { state }),
        ...(cursor !== undefined && { cursor }),
      });
      const items = [];
      for (const row of rows) {
        const view = await withState(row.run, (run) => viewOf(run, row.id, person));
        if (view === undefined) continue;
        if (state !== undefined && view.approval.state !== state) continue;
        items.push(
          approvalJson(view.state, view.approval, view.people, approvalCard(view), view.reader.mayReadThread),
        );
      }
      const last = rows.length === pageSize ? rows.at(-1) : undefined;
      return { items, ...(last !== undefined && { next: `${String(last.requestedAt)}/${last.id}` }) };
    },

    async readApproval(person, id) {
      const row = await store.runs.findApproval(asApprovalId(id));
      if (row === undefined) return undefined;
      const view = await withState(row.run, (state) => viewOf(state, row.id, person));
      return view === undefined
        ? undefined
        : approvalJson(view.state, view.approval, view.people, approvalCard(view), view.reader.mayReadThread);
    },

    vote(person, id, input) {
      if (input.arguments !== undefined) {
        return Promise.resolve(
          refusal(
            422,
            'arguments.not-editable',
            'Arguments cannot be changed in a vote. Deny with a reason that says what to change.',
          ),
        );
      }
      return vote(person, asApprovalId(id), input);
    },
    act: (person, { action, text }) => act(person, action, text),
    listTools: () => listTools(options),
    health: () => options.health(),
    subscribe: (person, send) => announcer.subscribe(person, send),
    async whyNotReady() {
      const { checks } = await options.health();
      const failed = checks.filter((check) => check.state === 'failed');
      return failed.length === 0
        ? undefined
        : failed.map((check) => `${check.name}: ${check.detail}`).join('; ');
    },
  };
}

/** A console channel by its plain name or by its full id. */
function channelId(name: string): ChannelId {
  return asChannelId(name.includes(':') ? name : `console:${name}`);
}

export function refusal(status: Refusal['status'], code: string, detail: string): Refusal {
  return { kind: 'refused', status, code, detail };
}

function notFound(what: string): Refusal {
  return refusal(404, `${what}.unknown`, `There is no such ${what}, or it is not for you.`);
}
