/**
 * What Slack itself shows of a run beside its thread: working, with a Stop button, or waiting for people; and what one
 * could ask, where somebody opens the bot's messages. A courtesy: what Slack refuses is not asked again for a while.
 */
import type { InboundSink, Presence, WorkflowCommand } from '../../src/chat/adapter.ts';
import type { Clock } from '../../src/core/clock.ts';
import { describeError } from '../../src/core/errors.ts';
import { firstCharacters } from '../../src/core/first-characters.ts';
import type { ThreadId } from '../../src/core/ids.ts';
import type { Logger } from '../../src/core/logger.ts';
import type { After } from './acknowledged.ts';
import { SlackRefusal } from './refusals.ts';
import type { SlackApi } from './api.ts';
import { homeOpenedSchema, stoppedSchema } from './payloads.ts';
import { accountOf, parsePlace, threadId, userOf } from './places.ts';
import { privateMessage } from './replies.ts';

export interface Sessions {
  /** Shows what a thread's run does. Never throws. */
  show(thread: ThreadId, presence: Presence): void;
  /** Somebody pressed Slack's own Stop; resolves when the stop is durable, or refused. */
  stopped(event: unknown): Promise<After | undefined>;
  /** Somebody opened the bot's messages. */
  opened(event: unknown): After | undefined;
}

export interface SessionsOptions {
  readonly api: SlackApi;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly team: string;
  readonly sink: InboundSink;
  readonly workflows: readonly WorkflowCommand[];
}

const statuses = { working: 'processing', waiting: 'suspended', idle: 'active' } as const;
const refusedForMs = 60 * 60_000;
const remembered = 2_000;
const mostPrompts = 4;
const longestTitle = 200;
/** Refusals that concern one place; every other one concerns all of them. */
const placeRefusals = new Set([
  ...['channel_not_found', 'not_in_channel', 'is_archived', 'thread_not_found', 'message_not_found'],
  ...['channel_type_not_supported', 'user_not_found'],
]);

export function createSessions(options: SessionsOptions): Sessions {
  const { api, clock, logger, team, sink } = options;
  /** The newest of each thread, oldest thread first. */
  const waiting = new Map<ThreadId, Presence>();
  const shown = new Map<ThreadId, Presence['status'] | 'unknown'>();
  let refusedUntil = 0;
  let isWorking = false;

  async function send(thread: ThreadId, { status, title, to }: Presence): Promise<void> {
    const place = parsePlace(thread);
    if (place?.team !== team || shown.get(thread) === status) return;
    // Nobody has to be told that what he never saw at work is over.
    if (status === 'idle' && !shown.has(thread)) return;
    const initiator = to === undefined ? undefined : userOf(to, team);
    await api.call('agents.sessions.setStatus', {
      channel_id: place.channel,
      thread_ts: place.ts,
      status: statuses[status],
      ...(title !== '' && { title: firstCharacters(title, longestTitle) }),
      ...(initiator !== undefined && { initiator_user_id: initiator }),
    });
    shown.delete(thread);
    shown.set(thread, status);
    const oldest = shown.keys().next().value;
    if (shown.size > remembered && oldest !== undefined) shown.delete(oldest);
  }

  async function work(): Promise<void> {
    for (;;) {
      const [next] = waiting;
      if (next === undefined) return;
      const [thread, presence] = next;
      waiting.delete(thread);
      try {
        await send(thread, presence);
      } catch (error) {
        if (error instanceof SlackRefusal && !placeRefusals.has(error.reason)) {
          refusedUntil = clock.monotonicMs() + refusedForMs;
          waiting.clear();
        }
        logger.info('session.not-shown', { why: describeError(error) });
      }
    }
  }

  return {
    show(thread, presence) {
      if (clock.monotonicMs() < refusedUntil) return;
      waiting.delete(thread);
      waiting.set(thread, presence);
      if (isWorking) return;
      isWorking = true;
      void work().finally(() => {
        isWorking = false;
      });
    },
    async stopped(event) {
      const parsed = stoppedSchema.safeParse(event);
      if (!parsed.success) return undefined;
      const { user, channel, thread_ts: ts, user_team: home } = parsed.data;
      const thread = threadId(team, channel, ts);
      // Slack leaves the status as it is: what the run does next is shown anew.
      shown.set(thread, 'unknown');
      const from = { platform: 'slack', account: accountOf(home ?? team, user) } as const;
      const { text, isRefusal } = await sink.stopThread(from, thread);
      if (!isRefusal) return undefined;
      return async () => {
        try {
          await api.call('chat.postEphemeral', { channel, user, thread_ts: ts, ...privateMessage(text) });
        } catch (error) {
          logger.info('answer.not-sent', { why: describeError(error) });
        }
      };
    },
    opened(event) {
      const parsed = homeOpenedSchema.safeParse(event);
      if (!parsed.success || parsed.data.tab !== 'messages') return undefined;
      const { channel } = parsed.data;
      const prompts = [
        { title: 'What waits for me?', message: 'Which approvals wait for me?' },
        { title: 'What can you do?', message: 'What can you do?' },
        ...options.workflows.map(({ name, title }) => ({ title, message: `/${name}` })),
      ].slice(0, mostPrompts);
      return async () => {
        try {
          await api.call('assistant.threads.setSuggestedPrompts', { channel_id: channel, prompts });
        } catch (error) {
          logger.info('prompts.not-shown', { why: describeError(error) });
        }
      };
    },
  };
}
