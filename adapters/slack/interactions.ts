/**
 * Buttons, forms and slash commands, by Socket Mode or over HTTP: what was pressed is durable, or refused, before the
 * person reads an answer. Every answer is private.
 */
import type {
  InboundAccount,
  InboundPress,
  InboundSink,
  PrivateAnswer,
  WorkflowCommand,
} from '../../src/chat/adapter.ts';
import { describeError } from '../../src/core/errors.ts';
import { firstCharacters } from '../../src/core/first-characters.ts';
import type { Acknowledged } from './acknowledged.ts';
import { fieldsForm, fieldsModal, readFields } from './field-forms.ts';
import { sourceOf } from './history.ts';
import type { Home } from './home.ts';
import {
  actionModal,
  askModal,
  forms,
  formText,
  parseOrigin,
  shortcuts,
  wholeModal,
  withAbout,
  wordsModal,
} from './modals.ts';
import type { FormOrigin } from './modals.ts';
import type { Modal } from './blocks.ts';
import { pressSchema, shortcutSchema, submissionSchema } from './payloads.ts';
import type { FormValues, Press, Shortcut, Submission } from './payloads.ts';
import { accountOf, channelId } from './places.ts';
import type { Quotes } from './quotes.ts';
import { wholePrefix } from './render-card.ts';
import { failureText, follow, inTimeForForm, privateMessage, soon } from './replies.ts';
import type { ReplyOptions, ReplyTo } from './replies.ts';
import type { Requests } from './requests.ts';

export interface Interactions {
  /** The acknowledgement; undefined for what is not one of ours. Never throws. */
  answer(payload: unknown): Promise<Acknowledged | undefined>;
}

export interface InteractionsOptions extends ReplyOptions {
  readonly requests: Requests;
  readonly home: Home;
  readonly quotes: Quotes;
  readonly workflows: readonly WorkflowCommand[];
  readonly team: string;
  readonly bot: string;
  readonly sink: InboundSink;
}

export function createInteractions(options: InteractionsOptions): Interactions {
  const { api, logger, sink, team } = options;

  function accountIn(payload: Press | Submission): InboundAccount {
    return {
      platform: 'slack',
      account: accountOf(payload.user.team_id ?? payload.team.id, payload.user.id),
    };
  }

  /** A message of this workspace's bot, or a form that it opened; whoever acts may be of another workspace. */
  function isForUs({ team: home, view, ...rest }: Press | Submission): boolean {
    const isOwnMessage = 'message' in rest && rest.message?.bot_id === options.bot;
    return isOwnMessage || (view?.app_installed_team_id ?? home.id) === team;
  }

  async function press(payload: Press): Promise<Acknowledged> {
    const [action] = payload.actions;
    const id = pressedId(action);
    const to = replyTo(payload);
    const isHome = payload.container.type === 'view';
    const sayPrivately = (text: string): Acknowledged => ({
      after: () => (isHome ? options.home.show(payload.user.id, text) : tell(to, text)),
    });
    const isForeign =
      payload.message !== undefined && (payload.message.bot_id ?? options.bot) !== options.bot;
    if (isForeign || !isForUs(payload)) {
      logger.warn('press.ignored', { by: payload.user.id, team: payload.team.id });
      return isForeign ? sayPrivately('I did not post that button.') : {};
    }
    if (!id.startsWith('v1:') && !id.startsWith(wholePrefix)) return {};
    const from = accountIn(payload);
    const subject = id.startsWith(wholePrefix) ? id.slice(wholePrefix.length) : id;
    const isWhole = id !== subject;
    const form = await inTimeForForm(options, formFor(payload, from, subject, isWhole));
    if (form === 'late') return sayPrivately('That took too long here. Press it again in a moment.');
    if (form === 'impossible' || (form === undefined && isWhole))
      return sayPrivately(
        'You cannot do this here: it is settled or changed, others decide it, or it is too long.',
      );
    if (form !== undefined) {
      await api.call('views.open', { trigger_id: payload.trigger_id, view: form });
      return {};
    }
    const settled = settle(from, subject);
    // Acknowledged when it is durable, or when Slack would not wait any longer.
    await soon(options, settled);
    return {
      after: async () => {
        const { text } = await settled;
        if (isHome) return options.home.show(payload.user.id, text);
        await tell(
          to === undefined ? undefined : { ...to, isReplacement: payload.container.is_ephemeral === true },
          text,
        );
      },
    };
  }

  /** The form that pressing this needs first; undefined when it needs none. */
  async function formFor(
    payload: Press,
    from: InboundAccount,
    subject: string,
    isWhole: boolean,
  ): Promise<Modal | 'impossible' | undefined> {
    const card = await sink.findCard(
      subject,
      payload.channel === undefined ? undefined : channelId(team, payload.channel.id),
    );
    const action = card?.actions.find((entry) => entry.id === subject);
    if (card === undefined || action === undefined) return undefined;
    const origin: FormOrigin = {
      subject,
      ...(payload.channel !== undefined && { channel: payload.channel.id }),
      ...(payload.container.type === 'view' && { home: true }),
      ...threadOf(payload),
    };
    if (isWhole) return wholeModal(card, action, origin);
    switch (action.asks?.kind) {
      case 'text':
        return actionModal(action, action.asks, origin);
      case 'form': {
        const form = await sink.findForm(from, subject);
        const modal = form === undefined ? undefined : fieldsModal(form, JSON.stringify(origin));
        return modal ?? 'impossible';
      }
      case 'confirm':
      case undefined:
        return undefined;
      default:
        return action.asks satisfies never;
    }
  }

  /** Never throws. */
  async function settle(
    from: InboundAccount,
    action: string,
    typed: Pick<InboundPress, 'text' | 'fields'> = {},
  ): Promise<PrivateAnswer> {
    try {
      return await sink.press({ from, action, ...typed });
    } catch (error) {
      return { text: failureText(error, logger), isRefusal: true };
    }
  }

  /** Never throws. */
  async function settleFields(
    from: InboundAccount,
    action: string,
    values: FormValues,
  ): Promise<PrivateAnswer> {
    try {
      return await settle(from, action, { fields: readFields(values, await sink.findForm(from, action)) });
    } catch (error) {
      return { text: failureText(error, logger), isRefusal: true };
    }
  }

  async function submit(payload: Submission): Promise<Acknowledged> {
    const { view } = payload;
    const origin = parseOrigin(view.private_metadata);
    if (origin === undefined || !isForUs(payload)) return {};
    const from = accountIn(payload);
    if (view.callback_id === forms.workflow || view.callback_id === forms.ask)
      return options.requests.submit(payload, from, origin);
    if (view.callback_id !== forms.action && view.callback_id !== fieldsForm) return {};
    const text = formText(view.state.values);
    const settled =
      view.callback_id === fieldsForm
        ? settleFields(from, origin.subject, view.state.values)
        : settle(from, origin.subject, { ...(text !== undefined && { text }) });
    const done = await soon(options, settled);
    if (done !== 'late' && done.isRefusal) return keepOpen(payload, done.text);
    return {
      after: async () => {
        const { text: told } = await settled;
        if (origin.home === true) await options.home.show(payload.user.id, told);
        else await tellInThread(payload.user.id, origin, told);
      },
    };
  }

  /** Where a form that is submitted was pressed, its person reads what came of it. */
  async function tellInThread(user: string, { channel, thread }: FormOrigin, text: string): Promise<void> {
    if (channel === undefined) return;
    try {
      await api.call('chat.postEphemeral', {
        channel,
        user,
        ...(thread !== undefined && { thread_ts: thread }),
        ...privateMessage(text),
      });
    } catch (error) {
      logger.warn('answer.not-sent', { why: describeError(error) });
    }
  }

  /** A form can only be opened soon after the press; what it is about is kept before. */
  async function openAsk(payload: Shortcut): Promise<Acknowledged> {
    const open = (view: Modal): Promise<unknown> =>
      api.call('views.open', { trigger_id: payload.trigger_id, view });
    if (payload.team.id !== team) return {};
    if (payload.type === 'shortcut') {
      if (payload.callback_id === shortcuts.ask) await open(askModal({ subject: '' }));
      return {};
    }
    if (payload.callback_id === shortcuts.learn) return learn(payload);
    if (payload.callback_id !== shortcuts.about) return {};
    const { channel, message } = payload;
    const subject = await inTimeForForm(options, options.quotes.keep(message));
    await open(
      subject === undefined || subject === 'late'
        ? wordsModal('Ask Countersign', 'I find no words and no files in that message.')
        : askModal(
            withAbout(
              { subject, channel: channel.id, thread: message.thread_ts ?? message.ts },
              options.quotes.take(subject),
            ),
          ),
    );
    return {};
  }

  /** What came of it is said privately, where the message stands. */
  function learn({
    user,
    channel,
    message,
    team: home,
  }: Extract<Shortcut, { type: 'message_action' }>): Acknowledged {
    const from: InboundAccount = { platform: 'slack', account: accountOf(user.team_id ?? home.id, user.id) };
    const { source, channel: place } = sourceOf(team, channel.id, {
      ts: message.ts,
      root: message.thread_ts,
    });
    return {
      after: async () => {
        const { text } = await sink.command(from, `learn ${source}`, place);
        await api.call('chat.postEphemeral', { channel: channel.id, user: user.id, ...privateMessage(text) });
      },
    };
  }

  async function tell(to: ReplyTo | undefined, text: string): Promise<void> {
    if (to !== undefined) await follow(options, to, privateMessage(text));
  }

  async function route(payload: unknown): Promise<Acknowledged | undefined> {
    const pressed = pressSchema.safeParse(payload);
    if (pressed.success) return press(pressed.data);
    const chosen = shortcutSchema.safeParse(payload);
    if (chosen.success) return openAsk(chosen.data);
    const submitted = submissionSchema.safeParse(payload);
    if (submitted.success) return submit(submitted.data);
    return undefined;
  }

  return {
    async answer(payload) {
      try {
        return await route(payload);
      } catch (error) {
        const text = failureText(error, logger);
        const pressed = pressSchema.safeParse(payload);
        return pressed.success ? { after: () => tell(replyTo(pressed.data), text) } : {};
      }
    },
  };
}

/** Slack's feedback buttons are two under one id: the value says which was pressed. */
function pressedId(action: Press['actions'][number] | undefined): string {
  const id = action?.action_id ?? '';
  return id.endsWith(':feedback') ? `${id}:${action?.value ?? ''}` : id;
}

/** A refusal stands in the form itself, which stays open. */
function keepOpen({ view }: Submission, text: string): Acknowledged {
  // Slack shows what is wrong under an input; a form without any is replaced by the words.
  const [input] = Object.keys(view.state.values);
  return {
    body:
      input === undefined
        ? { response_action: 'update', view: wordsModal('Not done', text) }
        : { response_action: 'errors', errors: { [input]: firstCharacters(text, 1_000) } },
  };
}

function threadOf({ container, message }: Press): { readonly thread?: string } {
  const thread = container.thread_ts ?? message?.thread_ts ?? undefined;
  return thread === undefined ? {} : { thread };
}

function replyTo(payload: Press): ReplyTo | undefined {
  return payload.response_url === undefined ? undefined : { url: payload.response_url, ...threadOf(payload) };
}
