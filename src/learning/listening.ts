/**
 * Keeps what was learnt from messages in step with them: live, and by looking again at each start for what happened
 * while the bot was away. Channels of `knowledge.yaml` are read back as well; one that is taken out of it is forgotten.
 */
import type { KnownDocument } from '../context/passage-row.ts';
import type { SaidKnowledge, SaidSource } from '../context/said-knowledge.ts';
import type { PassageStore } from '../context/store.ts';
import type { Clock, Timer } from '../core/clock.ts';
import { AppError, describeError } from '../core/errors.ts';
import { groupBy } from '../core/group-by.ts';
import type { ChannelId } from '../core/ids.ts';
import type { Logger } from '../core/logger.ts';
import type { Heard, SaidHistory, SaidMessage } from '../core/said-message.ts';
import { surfaceOf } from '../core/surface-of.ts';
import { operatorSight, workspaceOf } from '../memory/sight.ts';
import type { OperatorSight } from '../memory/sight.ts';
import type { SourceIndex } from '../memory/store.ts';
import { isLearnRequest } from './learn-request.ts';
import type { Listened } from './parse-learning.ts';
import { readChannel } from './read-channel.ts';
import type { ReadSoFar } from './read-channel.ts';
import { createReadPace } from './read-pace.ts';
import type { Platform } from './said-desk.ts';

export interface Listening {
  /** Resolves once what was learnt follows. */
  heard(heard: Heard): Promise<void>;
  /** How far a channel has been read; undefined for one that is not listened to. */
  progressOf(channel: ChannelId): string | undefined;
  start(): void;
  /** Other channels are in the file from now on, or otherwise: those are read back, and what was taken out is forgotten. */
  refresh(): void;
  stop(): Promise<void>;
}

export interface ListeningOptions {
  channels(): readonly Listened[];
  readonly knowledge: SaidKnowledge;
  readonly store: { readonly passages: PassageStore; readonly sources: SourceIndex };
  readonly clock: Clock;
  readonly logger: Logger;
  platforms(): readonly Platform[];
  onKept(sight: OperatorSight): void;
}

interface Progress extends ReadSoFar {
  trouble: string | undefined;
  isDone: boolean;
}

/** Shorter ones say something only to whoever reads the ones beside them. */
const fewestCharacters = 15;
const dayMs = 24 * 60 * 60_000;
const againMs = [5_000, 30_000, 60_000, 10 * 60_000];

export function createListening(options: ListeningOptions): Listening {
  const { knowledge, store, clock, logger } = options;
  const progress = new Map<ChannelId, Progress>();
  const paces = new Map<string, ReturnType<typeof createReadPace>>();
  const timers = new Set<Timer>();
  const atWork = new Set<Promise<void>>();
  /** What each channel is read as, and by what. */
  const reading = new Map<ChannelId, { readonly listened: Listened; work: Promise<void> }>();
  let isStopped = false;

  const listenedTo = (channel: ChannelId): Listened | undefined =>
    options.channels().find((entry) => entry.channel === channel);
  const sourceOf = ({ channel, isTrusted }: Listened): SaidSource => ({
    root: channel,
    isTrusted,
    fewestCharacters,
  });
  const historyOf = (channel: ChannelId): SaidHistory | undefined =>
    options.platforms().find(({ name }) => channel.startsWith(`${name}:`))?.history;
  const sinceOf = ({ days }: Listened): number =>
    days === undefined ? 0 : clock.now().getTime() - days * dayMs;

  function paceOf(channel: ChannelId): ReturnType<typeof createReadPace> {
    const platform = surfaceOf(channel);
    const pace = paces.get(platform) ?? createReadPace(clock);
    paces.set(platform, pace);
    return pace;
  }

  async function follow(message: SaidMessage): Promise<void> {
    const sight = operatorSight(workspaceOf(message.channel));
    const known = await store.passages.listDocuments(sight, message.source);
    const document = known.find(({ source }) => source === message.source);
    const listened = listenedTo(message.channel);
    if (message.hidden !== undefined) {
      // What it says now is for the bot to see no more: what was learnt stands only while nobody has changed it.
      const { editedAt } = message.hidden;
      if (document !== undefined && editedAt !== undefined && editedAt > document.syncedAt)
        await knowledge.remove(sight, message.source);
      return;
    }
    if (document !== undefined) {
      const { root, isTrusted } = document;
      const isListened = root === message.channel;
      const source = { root, isTrusted, fewestCharacters: isListened ? fewestCharacters : 1 };
      await knowledge.keep(sight, { ...message, replies: document.said?.replies ?? '' }, source);
      const held = new Set(message.files.map(({ reference }) => `${message.source}#${reference}`));
      const gone = known.filter(({ source: part }) => part !== message.source && !held.has(part));
      if (gone.length > 0)
        await store.passages.removeDocuments(
          sight,
          gone.map(({ source: part }) => part),
        );
    } else if (listened !== undefined && message.at >= sinceOf(listened)) {
      await knowledge.keep(sight, message, sourceOf(listened));
    }
    options.onKept(sight);
  }

  /** Messages that were learnt one by one, or with their thread: as they stand there now. */
  async function lookAgain(sight: OperatorSight, documents: readonly KnownDocument[]): Promise<void> {
    for (const document of documents) {
      if (isStopped || document.source.includes('#')) continue;
      const history = historyOf(document.channel);
      if (history === undefined) continue;
      await paceOf(document.channel)();
      const message = await history.readMessage(document.source);
      if (message === undefined) await knowledge.remove(sight, document.source);
      else await follow(message);
    }
  }

  async function readListenedTo(listened: Listened): Promise<void> {
    const { channel } = listened;
    const history = historyOf(channel);
    if (history === undefined)
      throw new AppError('chat.unavailable', 'The platform of this channel is not connected.');
    const now = progressFor(channel);
    await readChannel({
      ...{ history, knowledge, listened, passages: store.passages },
      sight: operatorSight(workspaceOf(channel)),
      source: sourceOf(listened),
      since: sinceOf(listened),
      pace: paceOf(channel),
      isStopped: () => isStopped || !isCurrent(listened),
      onPage(read) {
        Object.assign(now, read);
        options.onKept(operatorSight(workspaceOf(channel)));
        logger.info('channel.read-back', { channel, messages: read.messages, backTo: dayOf(read.backTo) });
      },
    });
  }

  function progressFor(channel: ChannelId): Progress {
    const known = progress.get(channel);
    if (known !== undefined) return known;
    const fresh = { messages: 0, backTo: undefined, trouble: undefined, isRead: false, isDone: false };
    progress.set(channel, fresh);
    return fresh;
  }

  function track(work: Promise<void>): void {
    const tracked: Promise<void> = work.finally(() => atWork.delete(tracked));
    atWork.add(tracked);
  }

  /** Until it is done: what a platform refuses now it may answer later. */
  function persist(
    what: string,
    work: () => Promise<void>,
    onTrouble: (why: string | undefined) => void,
  ): void {
    const attempt = async (tries: number): Promise<void> => {
      try {
        await work();
        onTrouble(undefined);
      } catch (error) {
        onTrouble(describeError(error));
        if (isStopped) return;
        const isPassing = error instanceof AppError && error.isRetryable;
        const at = isPassing ? Math.min(tries, againMs.length - 1) : againMs.length - 1;
        logger.warn('learning.delayed', { what, why: describeError(error) });
        const timer = clock.after(againMs[at] ?? dayMs, () => {
          timers.delete(timer);
          track(attempt(tries + 1));
        });
        timers.add(timer);
      }
    };
    track(attempt(0));
  }

  /** False once the file says otherwise: whatever still reads by it stops at the next message. */
  const isCurrent = (listened: Listened): boolean => reading.get(listened.channel)?.listened === listened;

  function readListened(listened: Listened): void {
    const { channel } = listened;
    const before = reading.get(channel)?.work ?? Promise.resolve();
    const state = { listened, work: before };
    reading.set(channel, state);
    progress.delete(channel);
    const now = progressFor(channel);
    const read = async (): Promise<void> => {
      if (!isCurrent(listened)) return;
      await readListenedTo(listened);
      now.isDone = !isStopped && isCurrent(listened);
    };
    const work = async (): Promise<void> => {
      await before;
      const done = read();
      state.work = done.catch(() => undefined);
      await done;
    };
    persist(channel, work, (why) => (now.trouble = why));
  }

  /** Nothing more is taken in of a channel, however far its reading was. */
  async function letGo(channels: readonly ChannelId[]): Promise<void> {
    const works = channels.flatMap((channel) => reading.get(channel)?.work ?? []);
    for (const channel of channels) {
      reading.delete(channel);
      progress.delete(channel);
    }
    await Promise.all(works);
  }

  async function lookThrough(): Promise<void> {
    await forgetUnlisted();
    for (const workspace of await store.sources.listWorkspaces()) {
      const sight = operatorSight(workspace);
      const documents = await store.passages.listDocuments(sight);
      await lookAgain(
        sight,
        documents.filter(({ said, root, channel }) => said !== undefined && root !== channel),
      );
    }
  }

  /** What was learnt of channels that are not in the file any more. */
  async function forgetUnlisted(): Promise<void> {
    for (const workspace of await store.sources.listWorkspaces()) {
      const sight = operatorSight(workspace);
      const documents = await store.passages.listDocuments(sight);
      const byChannel = documents.filter(({ said, root, channel }) => said !== undefined && root === channel);
      for (const [channel, kept] of groupBy(byChannel, (document) => document.channel)) {
        if (listenedTo(channel) !== undefined) continue;
        const sources = kept.map(({ source }) => source);
        await store.passages.removeDocuments(sight, sources);
        await store.passages.saveReadingPlace(sight, channel, undefined);
        logger.info('channel.forgotten', { channel, documents: sources.length });
      }
    }
  }

  return {
    async heard(heard) {
      if (heard.kind === 'removed') {
        await knowledge.remove(operatorSight(workspaceOf(heard.channel)), heard.source);
        return;
      }
      const { message } = heard;
      if (heard.kind === 'changed') {
        await follow(message);
        return;
      }
      const listened = listenedTo(message.channel);
      if (listened === undefined || isLearnRequest(message.text)) return;
      const sight = operatorSight(workspaceOf(message.channel));
      await knowledge.keep(sight, message, sourceOf(listened));
      options.onKept(sight);
    },
    progressOf(channel) {
      const listened = listenedTo(channel);
      if (listened === undefined) return undefined;
      const { messages, backTo, trouble, isRead, isDone } = progressFor(channel);
      const far = backTo === undefined ? '' : `, back to ${dayOf(backTo) ?? ''}`;
      const count = `${String(messages)} messages read${far}`;
      if (trouble !== undefined) return `${count}; it cannot go on at the moment: ${trouble}`;
      if (isDone) return count;
      return isRead ? `${count}; looking again for what changed since` : `${count}; still reading`;
    },
    start() {
      for (const listened of options.channels()) readListened(listened);
      persist('messages learnt before', lookThrough, () => undefined);
    },
    refresh() {
      const channels = options.channels();
      for (const listened of channels) {
        const known = reading.get(listened.channel)?.listened;
        if (known?.days !== listened.days || known?.isTrusted !== listened.isTrusted) readListened(listened);
      }
      const gone = [...reading.keys()].filter((channel) => listenedTo(channel) === undefined);
      if (gone.length === 0) return;
      const isLetGo = letGo(gone);
      const forget = async (): Promise<void> => {
        await isLetGo;
        await forgetUnlisted();
      };
      persist('channels that were taken out', forget, () => undefined);
    },
    async stop() {
      isStopped = true;
      for (const timer of timers) timer.cancel();
      await Promise.all(atWork);
    },
  };
}

function dayOf(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString().slice(0, 10);
}
