/** Persons: what they say, press, fill in and call; over the gateway, or over HTTP when the bot is set up so. */
import type { FakeGateway } from './gateway.ts';
import type { Begun, FakeInteractions, Outcome, ShownForm } from './interactions.ts';
import type { FakeMessages } from './messages.ts';
import type { Signer, SignedRequest } from './signing.ts';
import { allParts } from './state.ts';
import type { FakeMessage, FakeState, FakeUser, Part } from './state.ts';

export interface FakePerson {
  readonly user: FakeUser;
  /** Mentions the bot in a channel or thread; answers the message, whose thread has its id. */
  mention(channel: string, text: string, files?: readonly AttachedFile[]): FakeMessage;
  /** Says something without naming the bot. */
  say(channel: string, text: string, files?: readonly AttachedFile[]): FakeMessage;
  edit(message: FakeMessage, text: string): void;
  remove(message: FakeMessage): void;
  /** Sets a reaction; bots hear of it when they asked to. */
  react(message: FakeMessage, emoji: string): void;
  /** Writes to the bot directly. */
  direct(text: string, files?: readonly AttachedFile[]): FakeMessage;
  press(message: FakeMessage, labelOrId: string): Promise<Outcome>;
  /** Fills in the form that is open: values by field, or one text for the first field. */
  submitModal(values: Readonly<Record<string, string>> | string): Promise<Outcome>;
  /** Calls `countersign stop` or `refund`; a command that nobody registered cannot be called. */
  command(line: string, options?: Readonly<Record<string, string>>, channel?: string): Promise<Outcome>;
  /** Chooses an entry of a message's menu. */
  menu(message: FakeMessage, entry: string): Promise<Outcome>;
  /** Chooses an entry of a person's menu. */
  menuOf(person: FakeUser, entry: string, channel?: string): Promise<Outcome>;
  /** Types into an option that completes; answers the list that is offered. */
  type(line: string, option: string, typed: string, channel?: string): Promise<Outcome>;
}

export interface AttachedFile {
  readonly name: string;
  readonly content: string | Buffer;
}

export interface PersonsOptions {
  readonly state: FakeState;
  readonly gateway: FakeGateway;
  readonly messages: FakeMessages;
  readonly interactions: FakeInteractions;
  readonly signer: Signer;
  /** How interactions reach the bot; undefined is by the gateway. */
  deliver(): Deliver | undefined;
}

export type Deliver = (request: SignedRequest) => Promise<{ readonly status: number; readonly body: string }>;

export function createPerson(options: PersonsOptions, user: FakeUser): FakePerson {
  const { state, gateway, messages, interactions } = options;
  state.users.set(user.id, user);
  let form: { readonly shown: ShownForm; readonly channel: string } | undefined;
  const member = (): object => ({
    user,
    roles: state.roles.get(user.id) ?? [],
    joined_at: new Date().toISOString(),
    permissions: '0',
    flags: 0,
    deaf: false,
    mute: false,
  });

  function speak(
    channel: string,
    content: string,
    isMention: boolean,
    files: readonly AttachedFile[] = [],
  ): FakeMessage {
    const guild = state.channels.get(channel)?.guild_id;
    const message: FakeMessage = {
      id: state.newId(),
      channel_id: channel,
      author: user,
      type: 0,
      mentions: isMention ? [state.bot] : [],
      content,
      flags: 0,
      components: [],
      embeds: [],
      attachments: files.map(({ name, content: bytes }) => ({
        filename: name,
        text: '',
        content: Buffer.from(bytes),
      })),
      edits: 0,
      reactions: new Map(),
    };
    state.messages.set(message.id, message);
    const isSeen = isForBot(isMention, channel);
    gateway.dispatch('MESSAGE_CREATE', {
      ...messages.shape(message),
      content: isSeen ? content : '',
      ...(!isSeen && { attachments: [] }),
      ...(guild !== undefined && { guild_id: guild, member: member() }),
    });
    return message;
  }

  /** Without the privileged intent content arrives only with a mention or directly. */
  function isForBot(isMention: boolean, channel: string): boolean {
    const guild = state.channels.get(channel)?.guild_id;
    return isMention || guild === undefined || (gateway.intents() & (1 << 15)) !== 0;
  }

  function guildOf({ channel_id: channel }: FakeMessage): object {
    const guild = state.channels.get(channel)?.guild_id;
    return guild === undefined ? {} : { guild_id: guild };
  }

  async function interact(begun: Begun, channel: string, more: object): Promise<Outcome> {
    const place = state.channels.get(channel);
    const payload = {
      id: begun.id,
      token: begun.token,
      application_id: state.application,
      version: 1,
      channel_id: channel,
      channel: { id: channel, type: place?.type ?? 0, parent_id: place?.parent_id ?? null },
      ...(place?.guild_id === undefined ? { user } : { guild_id: place.guild_id, member: member() }),
      locale: 'en-US',
      entitlements: [],
      // 0 is an installation in a guild, 1 one by a person; a guild's id is "0" in direct messages.
      authorizing_integration_owners: { 0: place?.guild_id ?? '0' },
      context: place?.guild_id === undefined ? 1 : 0,
      attachment_size_limit: 10_485_760,
      app_permissions: '0',
      ...more,
    };
    const deliver = options.deliver();
    if (deliver === undefined) gateway.dispatch('INTERACTION_CREATE', payload);
    else {
      const { status, body } = await deliver(options.signer.sign(payload));
      // An answer is an object whose fields `callback` checks; anything else has no type, which it refuses.
      if (status === 200) interactions.callback(begun.token, JSON.parse(body) as { readonly type?: unknown });
    }
    const outcome = await begun.outcome;
    form = outcome.kind === 'form' ? { shown: outcome.form, channel } : undefined;
    return outcome;
  }

  return {
    user,
    mention: (channel, text, files) => speak(channel, `<@${state.bot.id}> ${text}`, true, files),
    say: (channel, text, files) => speak(channel, text, false, files),
    edit(message, text) {
      message.content = text;
      message.edits += 1;
      message.editedAt = new Date().toISOString();
      const isSeen = isForBot(message.mentions.length > 0, message.channel_id);
      gateway.dispatch('MESSAGE_UPDATE', {
        ...messages.shape(message),
        ...(!isSeen && { content: '', attachments: [] }),
        ...guildOf(message),
      });
    },
    remove(message) {
      state.messages.delete(message.id);
      const { id, channel_id: channel } = message;
      gateway.dispatch('MESSAGE_DELETE', { id, channel_id: channel, ...guildOf(message) });
    },
    react(message, emoji) {
      const { id, channel_id: channel, reactions } = message;
      const others = (reactions.get(emoji) ?? []).filter((other) => other.id !== user.id);
      reactions.set(
        emoji,
        [...others, user].toSorted((a, b) => a.id.localeCompare(b.id)),
      );
      const guild = state.channels.get(channel)?.guild_id;
      if ((gateway.intents() & (1 << 10)) === 0 || guild === undefined) return;
      gateway.dispatch('MESSAGE_REACTION_ADD', {
        user_id: user.id,
        channel_id: channel,
        message_id: id,
        guild_id: guild,
        member: member(),
        emoji: { id: null, name: emoji },
        burst: false,
        type: 0,
      });
    },
    direct(text, files) {
      const id = `77${user.id}`;
      state.channels.set(id, state.channels.get(id) ?? { id, type: 1, name: user.id, isArchived: false });
      return speak(id, text, false, files);
    },
    async press(message, labelOrId) {
      const button = allParts(message.components).find(
        (part) => part.type === 2 && (part.label === labelOrId || part.custom_id === labelOrId),
      );
      if (button === undefined || button.disabled === true)
        throw new Error(`There is no button ${labelOrId} to press.`);
      const data = { custom_id: button.custom_id, component_type: 2 };
      const begun = interactions.begin(user.id, message.channel_id, 3, message);
      return interact(begun, message.channel_id, { type: 3, data, message: messages.shape(message) });
    },
    async submitModal(values) {
      if (form === undefined) throw new Error('No form is open.');
      const { shown, channel } = form;
      const fields = shown.components.map((label, index) => {
        const input = label.component;
        const id = input?.custom_id ?? '';
        // A field that nobody touches comes back as it was shown.
        const untouched = shownIn(input);
        const typed = typeof values === 'string' ? (index === 0 ? values : undefined) : values[id];
        const value = typed ?? untouched;
        checkFilled(input, label.label ?? id, value);
        return {
          type: 18,
          id: index + 1,
          component:
            input?.type === 3
              ? { type: 3, custom_id: id, values: value === '' ? [] : [value] }
              : { type: 4, custom_id: id, value },
        };
      });
      const begun = interactions.begin(user.id, channel, 5);
      return interact(begun, channel, { type: 5, data: { custom_id: shown.custom_id, components: fields } });
    },
    async command(line, given = {}, channel = '1100') {
      const data = calledData(state, line, given);
      return interact(interactions.begin(user.id, channel, 2), channel, { type: 2, data });
    },
    async menu(message, entry) {
      const command = state.commands.get('')?.find(({ type, name }) => type === 3 && name === entry);
      if (command === undefined) throw new Error(`There is no entry ${entry}.`);
      const begun = interactions.begin(user.id, message.channel_id, 2);
      const data = {
        id: '1',
        name: entry,
        type: 3,
        target_id: message.id,
        resolved: { messages: { [message.id]: messages.shape(message, true) } },
      };
      return interact(begun, message.channel_id, { type: 2, data });
    },
    async menuOf(person, entry, channel = '1100') {
      const command = state.commands.get('')?.find(({ type, name }) => type === 2 && name === entry);
      if (command === undefined) throw new Error(`There is no entry ${entry}.`);
      const resolved = { users: { [person.id]: person } };
      const data = { id: '1', name: entry, type: 2, target_id: person.id, resolved };
      return interact(interactions.begin(user.id, channel, 2), channel, { type: 2, data });
    },
    async type(line, option, typed, channel = '1100') {
      const data = calledData(state, line, { [option]: typed }, option);
      return interact(interactions.begin(user.id, channel, 4), channel, { type: 4, data });
    },
  };
}

/** The data of a called command, as far as the platform lets people call it at all. */
function calledData(
  state: FakeState,
  line: string,
  given: Readonly<Record<string, string>>,
  focused?: string,
): object {
  const [name = '', sub] = line.split(' ');
  const command = state.commands.get('')?.find((entry) => entry.name === name);
  if (command === undefined) throw new Error(`There is no command /${name}.`);
  const subcommands = command.options?.filter(({ type }) => type === 1) ?? [];
  const called = subcommands.find((entry) => entry.name === sub);
  if ((subcommands.length > 0 || sub !== undefined) && called === undefined)
    throw new Error(`There is no subcommand /${line}.`);
  const options = (called ?? command).options ?? [];
  for (const { name: option, required } of options)
    if (required === true && given[option] === undefined) throw new Error(`/${line} needs ${option}.`);
  const list = Object.entries(given).map(([key, value]) => {
    const option = options.find((entry) => entry.name === key);
    if (option === undefined) throw new Error(`/${line} takes no ${key}.`);
    if (focused === key && option.autocomplete !== true) throw new Error(`${key} does not complete.`);
    return { name: key, type: option.type, value, ...(focused === key && { focused: true }) };
  });
  return {
    id: '1',
    name,
    type: 1,
    options: called === undefined ? list : [{ name: called.name, type: 1, options: list }],
  };
}

function optionsIn(input: Part | undefined): readonly Readonly<Record<string, unknown>>[] {
  const options: readonly Readonly<Record<string, unknown>>[] = Array.isArray(input?.['options'])
    ? input['options']
    : [];
  return options;
}

/** A client takes what a menu offers and nothing else, and keeps a form open where something is missing. */
function checkFilled(input: Part | undefined, label: string, value: string): void {
  if (value === '' && input?.['required'] !== false) throw new Error(`${label} must be filled in.`);
  if (input?.type !== 3 || value === '') return;
  if (!optionsIn(input).some((option) => option['value'] === value))
    throw new Error(`${label} does not offer ${value}.`);
}

function shownIn(input: Part | undefined): string {
  const options = optionsIn(input);
  const value = options.find((option) => option['default'] === true)?.['value'] ?? input?.['value'];
  return typeof value === 'string' ? value : '';
}
