/** A person at the keyboard: writes, presses, fills in forms. Refuses what Slack's client would not let him do. */
import type { ActContext } from './interactions.ts';
import { command, press, shortcut, submit } from './interactions.ts';
import type { Submitted } from './interactions.ts';
import type { Delivery } from './deliveries.ts';
import type { FormValue, FormValues } from './view-form.ts';
import { seenIn, seeView } from './seen.ts';
import type { SeenMessage, SeenView } from './seen.ts';
import { directChannel, findMessage, plainContent } from './workspace.ts';
import type { FakeFile, FakeUser, StoredMessage } from './workspace.ts';

export interface Said {
  readonly channel: string;
  readonly ts: string;
  /** The thread it opened or stands in. */
  readonly thread: string;
  readonly deliveries: readonly Delivery[];
  /** Resolves once the app acknowledged every event of it, or Slack gave up. */
  readonly settled: Promise<readonly Delivery[]>;
}

export interface SayOptions {
  readonly thread?: string;
  readonly files?: readonly {
    readonly name: string;
    readonly mimetype: string;
    readonly content: string | Buffer;
  }[];
}

export interface Person {
  readonly id: string;
  /** Writes in a channel as it stands, without naming the bot. */
  say(channel: string, text: string, options?: SayOptions): Said;
  /** Writes with the bot's mention in front. */
  mention(channel: string, text: string, options?: SayOptions): Said;
  /** Sets a reaction on a message of a channel that both read; each person sets each once. */
  react(to: { readonly channel: string; readonly ts: string }, name: string): Promise<Delivery[]>;
  dm(text: string, options?: SayOptions): Said;
  reply(to: { readonly channel: string; readonly ts: string; readonly thread?: string }, text: string): Said;
  edit(said: { readonly channel: string; readonly ts: string }, text: string): void;
  remove(said: { readonly channel: string; readonly ts: string }): void;
  /** Everything in a channel that this person may read, his own ephemeral messages included. */
  sees(channel: string): SeenMessage[];
  /** Presses a button by label or action id. A message seen earlier is pressed as it was then. */
  press(on: SeenMessage | SeenView, labelOrId: string): Promise<Delivery>;
  /** Chooses in a menu or picker of a message or view. */
  choose(on: SeenMessage | SeenView, labelOrId: string, value: FormValue): Promise<Delivery>;
  command(name: string, text: string, channel: string): Promise<Delivery>;
  /** A global shortcut, or one on a message. */
  shortcut(callbackId: string, on?: SeenMessage): Promise<Delivery>;
  modal(): SeenView | undefined;
  submit(view: SeenView, values: FormValues): Promise<Submitted>;
  closeModal(): Promise<Delivery | undefined>;
  openHome(tab?: 'home' | 'messages'): Promise<readonly Delivery[]>;
  home(): SeenView | undefined;
  /** Slack's own Stop button of a session; there is none unless the session is processing. */
  stopSession(channel: string, thread: string): Promise<readonly Delivery[]>;
}

export function createPerson(context: ActContext, user: FakeUser): Person {
  const { workspace, events } = context;
  const settleAll = (deliveries: readonly Delivery[]): Promise<Delivery[]> =>
    Promise.all(deliveries.map((delivery) => delivery.settled));

  const channelOf = (id: string) => {
    const channel = workspace.channels.get(id);
    if (user.isDeactivated) throw new Error(`${user.name} is deactivated and cannot sign in.`);
    if (channel?.members.has(user.id) !== true) throw new Error(`${user.name} is not in channel ${id}.`);
    if (channel.isArchived) throw new Error(`Channel ${id} is archived.`);
    return channel;
  };

  const say: Person['say'] = (channelId, text, options = {}) => {
    const channel = channelOf(channelId);
    if (options.thread !== undefined && findMessage(workspace, channel.id, options.thread) === undefined)
      throw new Error(`There is no message ${options.thread} in ${channel.id} to reply to.`);
    const files = (options.files ?? []).map(({ name, mimetype, content }): FakeFile => {
      const file = { id: workspace.nextId('F'), name, title: name, mimetype, content: Buffer.from(content) };
      workspace.files.set(file.id, file);
      return file;
    });
    const message: StoredMessage = {
      ts: workspace.nextTs(),
      channel: channel.id,
      user: user.id,
      ...(options.thread !== undefined && { threadTs: options.thread }),
      isBroadcast: false,
      versions: [plainContent(text)],
      files,
      reactions: [],
      isDeleted: false,
    };
    workspace.messages.push(message);
    const deliveries = events.posted(message);
    const thread = options.thread ?? message.ts;
    return { channel: channel.id, ts: message.ts, thread, deliveries, settled: settleAll(deliveries) };
  };

  const own = ({ channel, ts }: { channel: string; ts: string }): StoredMessage => {
    const message = findMessage(workspace, channel, ts);
    if (message?.user !== user.id) throw new Error(`${user.name} has no message ${ts} in ${channel}.`);
    return message;
  };
  const openModals = () => workspace.modals.get(user.id) ?? [];

  return {
    id: user.id,
    say,
    mention: (channel, text, options) => say(channel, `<@${workspace.app.botUserId}> ${text}`, options),
    dm: (text, options) => say(directChannel(workspace, user.id).id, text, options),
    reply: (to, text) => say(to.channel, text, { thread: to.thread ?? to.ts }),
    react({ channel, ts }, name) {
      const message = findMessage(workspace, channelOf(channel).id, ts);
      if (message === undefined) throw new Error(`There is no message ${ts} in ${channel}.`);
      if (message.reactions.some((one) => one.name === name && one.user === user.id))
        throw new Error(`${user.name} has set ${name} there already.`);
      message.reactions.push({ name, user: user.id });
      const isHeard =
        workspace.scopes.has('reactions:read') &&
        workspace.channels.get(channel)?.members.has(workspace.app.botUserId) === true;
      if (!isHeard) return Promise.resolve([]);
      const item = { type: 'message', channel, ts };
      const event = { type: 'reaction_added', user: user.id, reaction: name, item, item_user: message.user };
      return settleAll(events.emit('reaction_added', { ...event, event_ts: workspace.nextTs() }, user.id));
    },
    edit(said, text) {
      const message = own(said);
      message.versions.push(plainContent(text));
      events.edited(message);
    },
    remove(said) {
      const message = own(said);
      events.deleted(message);
      message.isDeleted = true;
    },
    sees(channel) {
      channelOf(channel);
      return seenIn(workspace, channel, user.id);
    },
    press: (on, labelOrId) => press(context, user, on, labelOrId),
    choose: (on, labelOrId, value) => press(context, user, on, labelOrId, value),
    command(name, text, channel) {
      return command(context, user, channelOf(channel), { name, text });
    },
    shortcut: (callbackId, on) => shortcut(context, user, callbackId, on),
    modal() {
      const top = openModals().at(-1);
      return top === undefined ? undefined : seeView(workspace, top);
    },
    submit: (view, values) => submit(context, user, view, values),
    async closeModal() {
      const stack = openModals();
      const top = stack.at(-1);
      if (top === undefined) throw new Error(`${user.name} has no modal open.`);
      const clears = top.view.type === 'modal' && top.view.clear_on_close === true;
      workspace.modals.set(user.id, clears ? [] : stack.slice(0, -1));
      if (top.view.type !== 'modal' || top.view.notify_on_close !== true) return undefined;
      return context.interact(user, { type: 'view_closed', is_cleared: clears }, { view: top });
    },
    openHome(tab = 'home') {
      const channel = directChannel(workspace, user.id).id;
      const home = workspace.homes.get(user.id);
      const view = tab === 'home' && home !== undefined ? { view: context.showView(home) } : {};
      const event = { type: 'app_home_opened', user: user.id, channel, tab, event_ts: workspace.nextTs() };
      return settleAll(events.emit('app_home_opened', { ...event, ...view }, user.id));
    },
    home() {
      const stored = workspace.homes.get(user.id);
      return stored === undefined ? undefined : seeView(workspace, stored);
    },
    stopSession(channel, thread) {
      const session = workspace.sessions.get(`${channelOf(channel).id}/${thread}`);
      if (session?.status !== 'processing')
        throw new Error(`There is no Stop button: the session is ${session?.status ?? 'not there'}.`);
      const streams = workspace.messages.filter(
        (message) => message.threadTs === thread && message.streamUntil !== undefined && !message.isDeleted,
      );
      const event = {
        type: 'agent_session_stopped',
        channel,
        user: user.id,
        thread_ts: thread,
        streaming_message_ts: streams.map((message) => message.ts),
        event_ts: workspace.nextTs(),
      };
      return settleAll(events.emit('agent_session_stopped', event, user.id));
    },
  };
}
