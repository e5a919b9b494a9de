/**
 * Slash commands: `/countersign` answers privately, a workflow's command becomes a request that stands in the channel
 * as its person's words, and its thread hangs on that.
 */
import type { InboundAccount, InboundSink, WorkflowCommand } from '../../src/chat/adapter.ts';
import { describeError } from '../../src/core/errors.ts';
import { sha256 } from '../../src/core/hash.ts';
import type { Logger } from '../../src/core/logger.ts';
import { inWrittenOrder } from '../../src/core/visible-text.ts';
import type { Acknowledged } from './acknowledged.ts';
import { isRefusal } from './refusals.ts';
import type { RichInline, RichPart } from './blocks.ts';
import { escapeMrkdwn, inShort } from './literal.ts';
import { z } from 'zod';
import { aboutOf, fields, forms, workflowModal, workflowWords } from './modals.ts';
import type { FormOrigin } from './modals.ts';
import { commandSchema } from './payloads.ts';
import type { SlashCommand, Submission } from './payloads.ts';
import { accountOf, channelId, threadId } from './places.ts';
import type { Posts } from './posts.ts';
import type { About, Quote, Quotes } from './quotes.ts';
import { renderAnswer } from './render-answer.ts';
import type { RenderedMessage } from './render.ts';
import { failureText, follow, privateMessage, soon } from './replies.ts';
import type { ReplyOptions } from './replies.ts';
import { toBlocks } from './rich-text.ts';
import type { Users } from './users.ts';
import { placesIn, wordsOf } from './words.ts';

export const commandName = '/countersign';

export interface Requests {
  /** The acknowledgement of a slash command; undefined for what is none. Never throws. */
  command(payload: unknown): Promise<Acknowledged | undefined>;
  /** The acknowledgement of a workflow's form. */
  submit(payload: Submission, from: InboundAccount, origin: FormOrigin): Promise<Acknowledged>;
}

export interface RequestsOptions extends ReplyOptions {
  readonly posts: Posts;
  readonly users: Users;
  readonly quotes: Quotes;
  readonly workflows: readonly WorkflowCommand[];
  readonly team: string;
  readonly me: string;
  readonly sink: InboundSink;
  /** What only its person has seen so far stands in the channel from here on, as the bot's message. */
  readonly redact: (text: string) => string;
}

interface Request {
  readonly user: string;
  readonly from: InboundAccount;
  readonly channel: string;
  /** Unique for ever: what Slack calls this interaction. */
  readonly key: string;
  readonly text: string;
  /** The message that it is about. */
  readonly about?: About;
}

interface Answered {
  readonly message: RenderedMessage;
  readonly more: readonly RenderedMessage[];
  readonly isRefusal: boolean;
  /** The bot is not where it was asked. */
  readonly isElsewhere?: boolean;
}

const formPrefix = 'form/';
const isForm = (key: string): boolean => key.startsWith(formPrefix);

const opened = z.object({ channel: z.object({ id: z.string() }) });

export function createRequests(options: RequestsOptions): Requests {
  const { api, posts, users, logger, sink, team, redact } = options;

  /** Takes a request in: first its words in the channel, then the run that hangs on them. */
  async function request({ user, from, channel, key, text, about }: Request): Promise<Answered> {
    const name = inWrittenOrder(await users.nameOf(user));
    const written = inWrittenOrder(redact(text));
    // A form whose answer was lost stays open and is sent again; a command comes once.
    const marker = isForm(key) ? sha256(key).slice(0, 24) : undefined;
    let ts: string;
    try {
      const words = {
        text: escapeMrkdwn(inShort(`${name} asks: ${written}`, 1_000)),
        blocks: toBlocks([
          ...askedParts(name, written),
          ...(about === undefined ? [] : [quotedPart(about.quote, redact)]),
        ]),
      };
      ts = await posts.announce(channel, words, marker);
    } catch (error) {
      if (!isRefusal(error, 'not_in_channel', 'channel_not_found', 'is_archived')) throw error;
      return {
        ...said('I am not in this channel. Invite me here first, or write to me directly.', true),
        isElsewhere: true,
      };
    }
    const answer = await sink.message({
      key: `slack:${team}/${key}`,
      from,
      channel: channelId(team, channel),
      thread: threadId(team, channel, ts),
      text,
      ...(about !== undefined && { quotes: [about.quote] }),
      ...(about !== undefined && about.files.length > 0 && { files: about.files }),
    });
    if (answer?.isRefusal === true) await posts.remove(channel, ts, marker);
    return said(answer?.text ?? 'I am on it.', answer?.isRefusal === true);
  }

  function workflowOf({ subject }: FormOrigin): WorkflowCommand | undefined {
    return options.workflows.find(({ name }) => name === subject);
  }

  /** A workflow that needs nothing may be started by its form as it is. */
  function withoutWords(origin: FormOrigin): string | undefined {
    const workflow = workflowOf(origin);
    const needsNothing = workflow?.fields.every(({ isRequired }) => !isRequired) === true;
    return needsNothing && workflow.fields.length > 0 ? '' : undefined;
  }

  async function directChannel(user: string): Promise<string> {
    return opened.parse(await api.call('conversations.open', { users: user })).channel.id;
  }

  async function answerCommand(payload: SlashCommand, from: InboundAccount): Promise<Answered> {
    const words = payload.text.trim() === '' ? '' : wordsOf(payload.text, options.me, new Map());
    const { text, cards } = await sink.command(
      from,
      words,
      channelId(team, payload.channel_id),
      undefined,
      placesIn(payload.text, team),
    );
    const [message = privateMessage(text), ...more] = renderAnswer(text, cards);
    return { message, more, isRefusal: false };
  }

  async function route(payload: SlashCommand): Promise<Acknowledged> {
    const from: InboundAccount = { platform: 'slack', account: accountOf(payload.team_id, payload.user_id) };
    if (payload.command === commandName) return answered(payload, answerCommand(payload, from));
    const workflow = options.workflows.find(({ name }) => `/${name}` === payload.command);
    if (workflow === undefined)
      return answered(
        payload,
        Promise.resolve(said(`There is no workflow ${payload.command} here. Try ${commandName} help.`, true)),
      );
    if (payload.text.trim() === '') {
      await api.call('views.open', {
        trigger_id: payload.trigger_id,
        view: workflowModal(workflow, { subject: workflow.name, channel: payload.channel_id }),
      });
      return {};
    }
    const text = `${payload.command} ${wordsOf(payload.text, options.me, new Map())}`;
    return answered(
      payload,
      request({
        user: payload.user_id,
        from,
        channel: payload.channel_id,
        key: `command/${payload.trigger_id}`,
        text,
      }),
    );
  }

  /** Acknowledges with the answer when it is quick; else it follows. */
  async function answered(payload: SlashCommand, work: Promise<Answered>): Promise<Acknowledged> {
    const safe = work.catch((error: unknown): Answered => said(failureText(error, logger), true));
    const first = await soon(options, safe);
    const to = { url: payload.response_url };
    const send = async (messages: readonly RenderedMessage[]): Promise<void> => {
      for (const message of messages) await follow(options, to, message);
    };
    if (first === 'late') {
      return {
        after: async () => {
          const { message, more } = await safe;
          await send([message, ...more]);
        },
      };
    }
    return { body: { response_type: 'ephemeral', ...first.message }, after: () => send(first.more) };
  }

  return {
    async command(payload) {
      const parsed = commandSchema.safeParse(payload);
      if (!parsed.success) return undefined;
      if (parsed.data.team_id !== team) {
        logger.warn('command.ignored', { team: parsed.data.team_id });
        return {};
      }
      try {
        return await route(parsed.data);
      } catch (error) {
        return { body: { response_type: 'ephemeral', ...privateMessage(failureText(error, logger)) } };
      }
    },
    async submit(payload, from, origin) {
      const isAsk = payload.view.callback_id === forms.ask;
      const words =
        workflowWords(payload.view.state.values, workflowOf(origin)) ??
        (isAsk ? undefined : withoutWords(origin));
      if (words === undefined)
        return { body: { response_action: 'errors', errors: { [fields.text]: 'Say what you want.' } } };
      const user = payload.user.id;
      const about =
        isAsk && origin.subject !== '' ? (aboutOf(origin) ?? options.quotes.take(origin.subject)) : undefined;
      if (isAsk && origin.subject !== '' && about === undefined)
        return refused('This form is from another time. Choose the message again.');
      if (origin.channel === undefined && !isAsk) return {};
      const what = {
        user,
        from,
        key: `${formPrefix}${payload.view.id}`,
        text: isAsk ? words : `/${origin.subject} ${words}`.trim(),
        ...(about !== undefined && { about }),
      };
      let channel = origin.channel ?? '';
      const work = (async () => {
        // What is asked from everywhere, or where the bot is not, is answered between the two.
        if (channel === '') channel = await directChannel(user);
        const answer = await request({ ...what, channel });
        if (!isAsk || !answer.isElsewhere) return answer;
        channel = await directChannel(user);
        return request({ ...what, channel });
      })().catch((error: unknown): Answered => said(failureText(error, logger), true));
      const first = await soon(options, work);
      if (first !== 'late' && first.isRefusal) return refused(first.message.text);
      return {
        after: async () => {
          const { message, isRefusal } = await work;
          // A request that was taken stands there already; one that was not leaves nothing behind.
          if (isRefusal || !channel.startsWith('D'))
            await tellPrivately(options, channel, user, message, logger);
        },
      };
    },
  };
}

/** A person's words in a message of the bot: over several lines they are quoted, so that none passes for the bot's own. */
function askedParts(name: string, text: string): readonly RichPart[] {
  const asks: RichInline = { type: 'text', text: `${name} asks: `, style: { bold: true } };
  const said: RichInline = { type: 'text', text };
  return /[\n\r\v\f\u0085\u2028\u2029]/u.test(text)
    ? [
        { type: 'rich_text_section', elements: [asks] },
        { type: 'rich_text_quote', elements: [said] },
      ]
    : [{ type: 'rich_text_section', elements: [asks, said] }];
}

function refused(text: string): Acknowledged {
  return { body: { response_action: 'errors', errors: { [fields.text]: text } } };
}

const quotedCharacters = 300;

/** The message that a request is about, in short. */
function quotedPart({ by, text }: Quote, redact: (text: string) => string): RichPart {
  const shown = inShort(inWrittenOrder(redact(`${by}: ${text.replaceAll(/\s+/gu, ' ')}`)), quotedCharacters);
  return { type: 'rich_text_quote', elements: [{ type: 'text', text: shown }] };
}

async function tellPrivately(
  { api }: ReplyOptions,
  channel: string,
  user: string,
  message: RenderedMessage,
  logger: Logger,
): Promise<void> {
  try {
    await api.call('chat.postEphemeral', { channel, user, ...message });
  } catch (error) {
    logger.warn('answer.not-sent', { why: describeError(error) });
  }
}

function said(text: string, isRefusal: boolean): Answered {
  return { message: privateMessage(text), more: [], isRefusal };
}
