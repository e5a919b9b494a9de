/** What the local Discord knows: guilds, their channels, persons and messages, as the platform's own objects. */
import type { KeptCommand } from './validate-commands.ts';

export interface FakeUser {
  readonly id: string;
  readonly username: string;
  readonly global_name: string;
  readonly bot?: true;
}

export interface FakeChannel {
  readonly id: string;
  /** 0 text, 1 direct message, 5 announcements, 11 public thread, 12 private thread. */
  readonly type: 0 | 1 | 5 | 11 | 12;
  readonly guild_id?: string;
  readonly name: string;
  readonly parent_id?: string;
  /** Hidden from everybody who is not named. */
  isPrivate?: boolean;
  /** The bot's right to see it was taken away. */
  isClosedToBot?: boolean;
  isArchived: boolean;
}

export interface FakeAttachment {
  readonly filename: string;
  readonly text: string;
  /** What a person attached; the bot's own files are kept as text. */
  readonly content?: Buffer;
}

export interface FakeMessage {
  readonly id: string;
  readonly channel_id: string;
  readonly author: FakeUser;
  readonly type: number;
  readonly mentions: readonly FakeUser[];
  readonly webhook_id?: string;
  nonce?: string;
  content: string;
  flags: number;
  components: readonly Part[];
  embeds: readonly unknown[];
  attachments: readonly FakeAttachment[];
  edits: number;
  editedAt?: string;
  /** By character: who set it, in the order of their ids. */
  readonly reactions: Map<string, readonly FakeUser[]>;
  /** The one person who sees it. */
  readonly onlyFor?: string;
}

/** A component as it was sent; its fields are checked by `validate-components.ts`. */
export interface Part {
  readonly type: number;
  readonly id?: number;
  readonly content?: string;
  readonly custom_id?: string;
  readonly label?: string;
  readonly disabled?: boolean;
  readonly components?: readonly Part[];
  readonly component?: Part;
  readonly accessory?: Part;
  readonly file?: { readonly url: string };
  readonly [field: string]: unknown;
}

export interface FakeState {
  /** The bot's token. */
  token: string;
  readonly bot: FakeUser;
  readonly application: string;
  /** The first of its guilds, where everything happens unless it is said otherwise. */
  readonly guild: string;
  readonly guilds: string[];
  /** How many shards it wants at least, how many of them may begin at once, and how far apart the others. */
  shards: number;
  identifiesAtOnce: number;
  identifyApartMs: number;
  readonly users: Map<string, FakeUser>;
  readonly roles: Map<string, readonly string[]>;
  /** Members who have not agreed to the server's rules yet. */
  readonly pending: Set<string>;
  /** Persons who left the server. */
  readonly gone: Set<string>;
  readonly channels: Map<string, FakeChannel>;
  readonly messages: Map<string, FakeMessage>;
  /** The words of every version of every message of the bot. */
  readonly written: string[];
  /** What real people would have been notified of: `everyone`, `role:1`, `2002`. */
  readonly pings: string[];
  /** By scope: empty for all servers, `/guilds/1000` for one. */
  readonly commands: Map<string, readonly KeptCommand[]>;
  /** For how long a nonce stands for its message. */
  nonceMs: number;
  /** Direct channels of persons who take no direct messages of the bot. */
  readonly closed: Set<string>;
  /** Channels, with the threads in them, where components v2 are refused. */
  readonly classicOnly: Set<string>;
  /** The application's address for interactions. */
  endpoint: string | null;
  /** Whether the privileged intent for words is switched on. */
  mayReadWords: boolean;
  /** What the bot's role may do on the server, as a decimal bit set. */
  permissions: string;
  newId(): string;
  messagesIn(channel: string): readonly FakeMessage[];
}

const epochMs = 1_420_070_400_000n;

/** Its channels are #finance and #general. */
export function createState(guild = '1000', finance = '1100'): FakeState {
  let count = 0n;
  const newId = (): string => {
    count += 1n;
    return String(((BigInt(Date.now()) - epochMs) << 22n) + count);
  };
  const bot: FakeUser = { id: '9000', username: 'countersign', global_name: 'Countersign', bot: true };
  const messages = new Map<string, FakeMessage>();
  const channels = new Map<string, FakeChannel>([
    [finance, { id: finance, type: 0, guild_id: guild, name: 'finance', isArchived: false }],
    ['1200', { id: '1200', type: 0, guild_id: guild, name: 'general', isArchived: false }],
  ]);
  return {
    bot,
    application: '9100',
    token: 'local.discord.token',
    guild,
    guilds: [guild],
    shards: 1,
    identifiesAtOnce: 1,
    identifyApartMs: 4_500,
    users: new Map([[bot.id, bot]]),
    roles: new Map(),
    pending: new Set(),
    gone: new Set(),
    channels,
    messages,
    written: [],
    pings: [],
    commands: new Map(),
    nonceMs: 180_000,
    closed: new Set(),
    classicOnly: new Set(),
    endpoint: null,
    permissions: '309237763136',
    mayReadWords: true,
    newId,
    messagesIn: (channel) => [...messages.values()].filter((message) => message.channel_id === channel),
  };
}

/** Every component of a message, nested ones included. */
export function allParts(parts: readonly Part[]): readonly Part[] {
  return parts.flatMap((part) => [
    part,
    ...allParts(part.components ?? []),
    ...allParts(part.component === undefined ? [] : [part.component]),
    ...allParts(part.accessory === undefined ? [] : [part.accessory]),
  ]);
}

/** The words of a message as a person reads them. */
export function wordsOf(message: Pick<FakeMessage, 'content' | 'components'>): string {
  return [
    message.content,
    ...allParts(message.components).flatMap((part) => (part.type === 10 ? [part.content ?? ''] : [])),
  ]
    .filter((text) => text !== '')
    .join('\n');
}
