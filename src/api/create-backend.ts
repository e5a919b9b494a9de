/**
 * The backend of the HTTP interface: every answer is limited to what its asker may see.
 *
 * A thread is seen by whoever may read its channel. An approval is also seen, without its thread, by whoever may
 * decide it.
 */
import { withoutChannelTokens } from '../core/channel-token.ts';
import type { Clock } from '../core/clock.ts';
import { isOutside, ownRoomOf, roomOfDirect } from '../core/direct-place.ts';
import type { ChannelId } from '../core/ids.ts';
import { asApprovalId, channelNamed, asRunId, asThreadId, newNonce, runStream } from '../core/ids.ts';
import type { RunId } from '../core/ids.ts';
import type { Card, CardAction } from '../chat/card.ts';
import { isKept } from '../runs/kept-files.ts';
import type { KeptFiles } from '../runs/kept-files.ts';
import type { ChatStore } from '../chat/store.ts';
import type { CommandRequest, CommandResult } from '../commands/command.ts';
import type { completeLine, TypedLine } from '../commands/complete-line.ts';
import { outlookOf } from '../gate/decide-vote.ts';
import type { Decisions } from '../gate/decisions.ts';
import { imageTypeOf } from '../context/read-attachment.ts';
import type { Recall } from '../context/recall.ts';
import type { AttachedFile } from '../core/attached-file.ts';
import { AppError } from '../core/errors.ts';
import type { GrantDesk } from '../gate/grant-desk.ts';
import type { PeopleDesk } from '../gate/people-desk.ts';
import type { PolicyDesk } from '../gate/policy-desk.ts';
import type { Questions } from '../gate/questions.ts';
import type { Freezer } from '../gate/freezer.ts';
import type { Policy } from '../gate/policy.ts';
import type { LedgerStore } from '../ledger/store.ts';
import type { Memories } from '../memory/memories.ts';
import type { JsonObject } from '../core/json.ts';
import { makeVisible } from '../core/visible-text.ts';
import type { People, Person } from '../people/person.ts';
import { turnTexts } from '../router.ts';
import type { Router } from '../router.ts';
import type { OpenRun, OpenRuns } from '../runs/open-runs.ts';
import type { RunState } from '../runs/run-state.ts';
import type { Signals } from '../runs/signals.ts';
import type { ActivityStore, RunStore, SignalStore } from '../runs/store.ts';
import { approvalCard } from '../story/approval-card.ts';
import type { StoryItem, StoryWords } from '../story/story-item.ts';
import type { ToolReview } from '../tools/registry.ts';
import type { ToolRegistry } from '../tools/tool.ts';
import { createAnnouncer } from './announcer.ts';
import type { Announcer } from './announcer.ts';
import type { ApiBackend, ScheduleBoard } from './backend.ts';
import { createNoticeDesk } from './notice-desk.ts';
import type { NoticeServices } from '../notices/notices.ts';
import { listOutcomes } from './list-outcomes.ts';
import { listTools } from './list-tools.ts';
import { createLookDesk } from './look/look-desk.ts';
import { findRunForm } from './answer-form.ts';
import { findRetryForm } from './retry-form.ts';
import { createCommandOnce } from './command-once.ts';
import { createEdits } from './edits.ts';
import { createPresses, findAction, findCard } from './presses.ts';
import { createWaiting } from './waiting.ts';
import type { Waiting } from './waiting.ts';
import type { Typed } from './presses.ts';
import { createMcpDesk } from './mcp/mcp-desk.ts';
import type { McpDesk, McpDeskOptions } from './mcp/mcp-desk.ts';
import { createHeldPresses } from './held-presses.ts';
import { createMemoryDesk } from './memory-desk.ts';
import { createMemoryPresses } from './memory-presses.ts';
import { readMe } from './read-me.ts';
import { refusal } from './refusal.ts';
import { createReviewDesk } from './review-desk.ts';
import { approvalJson, commitJson, grantJson, itemJson, runJson, runStateJson } from './render-json.ts';
import { createKnownSources } from './known-sources.ts';
import { createRunViews } from './run-views.ts';
import type { RunViews } from './run-views.ts';
import type { ApprovalJson, EventJson, FileJson, HealthJson, ItemJson } from './shapes.ts';

export interface BackendOptions {
  readonly store: {
    readonly ledger: LedgerStore;
    readonly runs: RunStore;
    readonly activity: ActivityStore;
    readonly chat: ChatStore;
    readonly signals: SignalStore;
  };
  readonly runs: OpenRuns;
  readonly decisions: Decisions;
  readonly questions: Questions;
  readonly freezer: Freezer;
  readonly grantDesk: GrantDesk;
  readonly peopleDesk: PeopleDesk;
  readonly policyDesk: PolicyDesk;
  readonly follow: (person: Person, run: RunId) => Promise<string>;
  readonly notices: () => NoticeServices;
  readonly router: Router;
  readonly keptFiles: KeptFiles;
  readonly memories: Memories;
  readonly recall: Recall;
  readonly signals: Signals;
  readonly registry: ToolRegistry;
  /** Absent when no server is of `mcp.json`. */
  readonly toolReview?: ToolReview | undefined;
  readonly clock: Clock;
  readonly words: StoryWords;
  /** Takes out what nobody shall read: what people typed may come back in an answer. */
  readonly redact: (text: string) => string;
  readonly model: string;
  readonly scheduleBoard: ScheduleBoard;
  /** Where programs of others may ask. */
  readonly outside: Pick<McpDeskOptions, 'workflows' | 'isOpen' | 'openThread' | 'linkTo'>;
  people(): People;
  policy(): Policy;
  titleOf(workflow: string): string;
  health(): Promise<HealthJson>;
  answerCommand(request: CommandRequest): Promise<CommandResult>;
  completeLine(line: TypedLine): ReturnType<typeof completeLine>;
  /** Goes on with a run after something was appended to it. */
  wake(run: OpenRun): void;
}

/** The backend, and what the chat surfaces share with it. */
export interface Backend extends ApiBackend {
  readonly announcer: Announcer;
  /** What programs of others may ask. */
  readonly mcp: McpDesk;
  /** A button pressed on any surface. */
  press(person: Person, surface: string, action: string, typed: Typed): ReturnType<ApiBackend['act']>;
  /** The action of a card that is still offered. */
  findAction(action: string): Promise<CardAction | undefined>;
  /** The card that offers an action. */
  findCard(action: string, channel: ChannelId | undefined): Promise<Card | undefined>;
  /** Cards of approvals that wait for this person, wherever they were asked. */
  waitingCards: Waiting['cardsFor'];
  /** What somebody asked for and what waits for that person, as far as a reader may see it. */
  waitingAround: Waiting['around'];
  /** What a run's thread shows on a chat platform, where everybody in the channel sees the same. */
  sharedStory(state: RunState): Promise<readonly StoryItem[]>;
  copiesOf: RunViews['copiesOf'];
  routedOf: RunViews['routedOf'];
}

const pageSize = 30;
const threadRuns = 200;

export function createBackend(options: BackendOptions): Backend {
  const { store, router } = options;

  const knownTo = createKnownSources({ recall: options.recall, linkTo: options.outside.linkTo });
  const views = createRunViews({ ...options, knownTo });
  const { mayRead, withState, viewOf, storyFor } = views;
  const edits = createEdits({ ...options, views });
  const memoryPresses = createMemoryPresses({ runs: options.runs, memories: options.memories, views });
  const heldPresses = createHeldPresses({ ...options, views });
  const presses = createPresses({
    ...{ ...options, views, edits, memoryPresses, heldPresses },
    commandText: async (person, surface, text) =>
      (await options.answerCommand({ person, surface, text, channel: ownRoomOf(person.id) })).text,
  });
  const waiting = createWaiting({ runs: store.runs, people: options.people, views });

  async function itemsOf(state: RunState, person: Person): Promise<readonly ItemJson[]> {
    return (await storyFor(state, person.id)).map((item) => {
      const attached = attachedOf(state, item.id);
      return { ...itemJson(item, state.id), ...(attached.length > 0 && { attached }) };
    });
  }

  async function readApproval(person: Person, id: string): Promise<ApprovalJson | undefined> {
    const row = await store.runs.findApproval(asApprovalId(id));
    if (row === undefined) return undefined;
    const view = await withState(row.run, (state) => viewOf(state, row.id, person));
    return view === undefined
      ? undefined
      : approvalJson(view.state, view.approval, view.people, approvalCard(view), view.reader.mayReadThread);
  }

  /** What somebody typed may come back in the answer, also in why it was refused. */
  async function said<Answer extends { readonly kind: string }>(answer: Promise<Answer>): Promise<Answer> {
    const given = await answer;
    const texts = ['text', 'detail'].flatMap((field) => {
      const value: unknown = Object.entries(given).find(([name]) => name === field)?.[1];
      return typeof value === 'string' ? [[field, options.redact(value)] as const] : [];
    });
    return { ...given, ...Object.fromEntries(texts) };
  }

  const memoryDesk = createMemoryDesk({ ...options, mayRead });
  const once = createCommandOnce(store.chat);
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
      const mayReadHere = mayRead(person, state.channel);
      const copies = (await views.copiesOf(state, person.id))
        .filter(({ thread }) =>
          isOutside(thread, state.channel) ? mayRead(person, roomOfDirect(thread)) : mayReadHere,
        )
        .map(({ thread, item }) => ({ thread, item: itemJson(item, state.id) }));
      if (!mayReadHere) return { items: [], copies, events };
      return {
        items: await itemsOf(state, person),
        copies,
        events: [...events, { event: 'run', data: runStateJson(state) }],
      };
    },
  });

  return {
    announcer,
    freezer: options.freezer,
    scheduleBoard: options.scheduleBoard,
    memoryDesk,
    mcp: createMcpDesk({
      ...options,
      ...options.outside,
      views,
      memoryDesk,
      readApproval,
    }),
    async publishSignal(person, { name, id, data }) {
      // The body was read as JSON, so the object is one of JSON values; the type says only that it is an object.
      const sent = {
        name,
        id: `${person.id}/${id ?? newNonce()}`,
        by: person.id,
        data: data as JsonObject,
      };
      return options.signals.publish(sent);
    },
    grant: (person, id, input) =>
      said(presses.grants.grant(person, asApprovalId(id), { ...input, surface: 'console' })),
    revokeGrant: (person, id) => presses.grants.revoke(person, id),
    listGrants: async (person) =>
      (await options.grantDesk.list(person)).map((grant) => grantJson(grant, options.clock.now().getTime())),
    findByToken: (token) => options.people().findByToken(token),
    me: (person) => readMe(options, person),

    async sendMessage(person, input) {
      const channel = channelNamed(input.channel);
      if (!mayRead(person, channel))
        return refusal(404, 'channel.unknown', `There is no channel ${input.channel} for you.`);
      const thread = input.thread === undefined ? undefined : asThreadId(input.thread);
      if (thread !== undefined) {
        const known = await store.chat.findThread(thread);
        if (known?.channel !== channel)
          return refusal(404, 'thread.unknown', 'There is no such thread in this channel.');
      }
      const files: AttachedFile[] = [];
      for (const reference of input.files ?? []) {
        const file = await options.keptFiles.find(person.id, reference);
        if (file === undefined)
          return refusal(
            422,
            'file.unknown',
            'You did not attach such a file, or it is erased. Attach it again.',
          );
        files.push(file);
      }
      const id = input.id ?? newNonce();
      const taken = await router.take({
        key: `console:${person.id}/${id}`,
        channel,
        ...(thread !== undefined && { thread }),
        by: person.id,
        text: input.text,
        ...(files.length > 0 && { files }),
      });
      if (taken.turn === 'never') return refusal(409, 'thread.busy', turnTexts.never);
      return { kind: 'taken', thread: taken.thread, ...(taken.run !== undefined && { run: taken.run }) };
    },

    async keepFile(person, name, bytes) {
      if (bytes.length === 0) return refusal(422, 'file.empty', `${options.redact(name)} is empty.`);
      const mediaType = imageTypeOf(bytes) ?? 'application/octet-stream';
      const { reference, ...kept } = await options.keptFiles.keep(person.id, { name, mediaType, bytes });
      return { kind: 'kept', file: { id: reference, name: kept.name, mediaType, size: kept.size } };
    },

    async command(person, input) {
      const channel = channelNamed(input.channel);
      if (!mayRead(person, channel))
        return refusal(404, 'channel.unknown', `There is no channel ${input.channel} for you.`);
      const thread = input.thread === undefined ? undefined : asThreadId(input.thread);
      if (thread !== undefined && (await store.chat.findThread(thread))?.channel !== channel)
        return refusal(404, 'thread.unknown', 'There is no such thread in this channel.');
      const carryOut = async (): Promise<CommandResult> => {
        const done = await options.answerCommand({
          ...{ person, channel, surface: 'console', text: input.text },
          ...(thread !== undefined && { thread }),
        });
        return { ...done, text: withoutChannelTokens(done.text) };
      };
      if (input.id !== undefined) return once({ by: person.id, id: input.id }, carryOut);
      return { kind: 'answered', text: (await carryOut()).text };
    },

    async completeCommand(person, { channel, typed }) {
      const id = channelNamed(channel);
      return mayRead(person, id) ? options.completeLine({ person, channel: id, typed }) : undefined;
    },

    async listThreads(person, channel, cursor) {
      const id = channelNamed(channel);
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
          text: turnTexts.next,
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

    listOutcomes: (person, cursor) =>
      listOutcomes({ ...options, signals: store.signals, views }, person, cursor),

    readRun: (person, id) =>
      withState(asRunId(id), (state) => (mayRead(person, state.channel) ? runStateJson(state) : undefined)),

    readFile: (person, id, item) =>
      withState(asRunId(id), async (state) => {
        if (!mayRead(person, state.channel)) return undefined;
        const attached = state.files.find((entry) => entry.id === item)?.file;
        if (attached !== undefined) return readAttached(options.keptFiles, attached);
        const file = (await storyFor(state, person.id)).find((entry) => entry.id === item)?.file;
        if (file === undefined) return undefined;
        return {
          name: file.name,
          mediaType: file.mediaType,
          base64: (await file.bytes()).toString('base64'),
        };
      }),

    async readLedger(person, id) {
      const isVisible = await withState(asRunId(id), (state) => mayRead(person, state.channel));
      if (isVisible !== true) return undefined;
      return { items: (await store.ledger.read(runStream(asRunId(id)))).map(commitJson) };
    },

    stopRun: (person, id, reason) => presses.stopRun(person, asRunId(id), reason, 'console'),

    operateRun: (person, id, operation, reason) =>
      presses.operate(person, asRunId(id), operation, { reason: reason ?? '', surface: 'console' }),

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

    readApproval,

    vote(person, id, input) {
      return said(
        input.arguments === undefined
          ? presses.vote(person, asApprovalId(id), { ...input, surface: 'console' })
          : edits.vote(person, asApprovalId(id), input),
      );
    },
    act: (person, { action, text, fields }) =>
      said(presses.press(person, 'console', action, { text, fields })),
    press: (person, surface, action, typed) => said(presses.press(person, surface, action, typed)),
    findForm: async (person, action) =>
      (await findRunForm({ ...options, views }, person, action)) ??
      (await findRetryForm({ ...options, views }, person, action)) ??
      edits.findForm(person, action),
    findCard: (action, channel) => findCard(views, store.runs, action, channel),
    findAction: (action) => findAction(views, store.runs, action),
    waitingCards: waiting.cardsFor,
    waitingAround: waiting.around,
    sharedStory: (state) => views.ownStory(state, state.requester),
    copiesOf: views.copiesOf,
    look: createLookDesk({ ...options, views }),
    reviewDesk: createReviewDesk(options),
    noticeDesk: createNoticeDesk(options),
    routedOf: views.routedOf,
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

/** What came with the message that an item of a run shows, as far as the ledger keeps it. */
function attachedOf(state: RunState, item: string): NonNullable<ItemJson['attached']> {
  const message = item === `${state.id}/request` ? state.messageKey : item.slice(state.id.length + 1);
  return state.files
    .filter((entry) => entry.message === message && isKept(entry.file.reference))
    .map(({ id, file: { name, mediaType = 'application/octet-stream', size } }) => ({
      ...{ id, mediaType, size },
      name: makeVisible(name),
    }));
}

/** Undefined for a file of a chat platform, and for one that is erased. */
async function readAttached(
  kept: KeptFiles,
  { reference, name, mediaType = 'application/octet-stream' }: AttachedFile,
): Promise<FileJson | undefined> {
  if (!isKept(reference)) return undefined;
  try {
    return { name, mediaType, base64: (await kept.read(reference)).toString('base64') };
  } catch (error) {
    if (error instanceof AppError && error.code === 'document.unreadable') return undefined;
    throw error;
  }
}
