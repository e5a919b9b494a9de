/** What the stand-in for Slack knows: people, channels, messages, views. State only; who may do what is elsewhere. */
import type { Clock } from '../../../src/core/clock.ts';
import type { SlackBlock } from './blocks.ts';
import type { SlackView } from './find-block-problems.ts';

export interface FakeUser {
  readonly id: string;
  readonly name: string;
  readonly realName: string;
  /** Another team's id makes a Slack Connect stranger. */
  readonly teamId: string;
  kind: 'person' | 'guest' | 'bot';
  readonly email: string;
  readonly tz: string;
  isDeactivated: boolean;
}

export interface FakeChannel {
  readonly id: string;
  readonly name: string;
  /** People may make a public channel private. */
  kind: 'public' | 'private' | 'im';
  readonly members: Set<string>;
  isShared: boolean;
  isArchived: boolean;
}

export interface FakeFile {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly mimetype: string;
  readonly content: Buffer;
}

/** What a message shows at one moment; every version is kept, since each may have caused a ping. */
export interface MessageContent {
  readonly text: string;
  readonly blocks: readonly SlackBlock[];
  readonly isMarkdown: boolean;
  readonly mrkdwn: boolean;
  readonly parse: 'full' | 'none';
  readonly linkNames: boolean;
  readonly unfurlLinks: boolean;
  readonly unfurlMedia: boolean;
}

export interface StoredMessage {
  readonly ts: string;
  readonly channel: string;
  readonly user: string;
  readonly threadTs?: string;
  /** Only this person sees it. */
  readonly ephemeralTo?: string;
  readonly isBroadcast: boolean;
  readonly versions: MessageContent[];
  readonly files: readonly FakeFile[];
  readonly reactions: { readonly name: string; readonly user: string }[];
  metadata?: { readonly event_type: string; readonly event_payload: Readonly<Record<string, unknown>> };
  isDeleted: boolean;
  /** Open until this moment; undefined once stopped, or when it never was a stream. */
  streamUntil?: number | undefined;
}

export interface StoredView {
  readonly id: string;
  readonly rootId: string;
  readonly previousId?: string;
  readonly user: string;
  view: SlackView;
  hash: string;
}

export interface Workspace {
  readonly clock: Clock;
  readonly team: { readonly id: string; readonly domain: string };
  readonly app: {
    readonly id: string;
    readonly botUserId: string;
    readonly botId: string;
    readonly botToken: string;
    readonly appToken: string;
    readonly signingSecret: string;
  };
  readonly users: Map<string, FakeUser>;
  readonly channels: Map<string, FakeChannel>;
  readonly userGroups: Map<string, readonly string[]>;
  readonly messages: StoredMessage[];
  readonly files: Map<string, FakeFile>;
  /** Each person's open modals, the topmost last. */
  readonly modals: Map<string, StoredView[]>;
  readonly homes: Map<string, StoredView>;
  /** `C1/1700.1` → what the session of this thread shows. */
  readonly sessions: Map<string, { status: string; title?: string | undefined }>;
  readonly assistantStatus: Map<string, string>;
  readonly suggestedPrompts: Map<string, readonly { readonly title: string; readonly message: string }[]>;
  readonly threadTitles: Map<string, string>;
  readonly scopes: Set<string>;
  readonly events: Set<string>;
  /** Where the server listens; empty until it does. */
  base: string;
  tokenState: 'valid' | 'token_revoked' | 'account_inactive' | 'invalid_auth';
  /** Seconds and six digits, as Slack counts; unique in the workspace. */
  nextTs(): string;
  nextId(prefix: string): string;
}

export interface FakeUserOptions {
  readonly id: string;
  readonly name?: string;
  readonly realName?: string;
  readonly teamId?: string;
  readonly kind?: FakeUser['kind'];
  readonly isDeactivated?: boolean;
  readonly email?: string;
  readonly tz?: string;
}

export interface FakeChannelOptions {
  readonly id: string;
  readonly name?: string;
  readonly kind?: 'public' | 'private';
  /** Everybody, when not said. */
  readonly members?: readonly string[];
  /** True unless said: the bot has been invited. */
  readonly hasBot?: boolean;
  readonly isShared?: boolean;
  readonly isArchived?: boolean;
}

export interface WorkspaceOptions {
  readonly clock: Clock;
  readonly team?: { readonly id: string; readonly domain: string };
  readonly users?: readonly FakeUserOptions[];
  readonly channels?: readonly FakeChannelOptions[];
  /** `{ S1: ['U1', 'U2'] }` */
  readonly userGroups?: Readonly<Record<string, readonly string[]>>;
  readonly scopes?: readonly string[];
  readonly events?: readonly string[];
}

const botUserId = 'U0BOT';

/** What the shipped manifest.yml asks for. */
export const manifestScopes: readonly string[] = [
  ...['app_mentions:read', 'assistant:write', 'channels:history', 'channels:read', 'chat:write', 'commands'],
  ...[
    'files:read',
    'files:write',
    'groups:history',
    'groups:read',
    'im:history',
    'im:read',
    'im:write',
    'metadata.message:read',
    'reactions:read',
  ],
  ...['usergroups:read', 'users:read'],
];
export const manifestEvents: readonly string[] = [
  ...['agent_session_stopped', 'app_home_opened', 'app_mention', 'app_uninstalled', 'message.channels'],
  ...['message.groups', 'message.im', 'reaction_added', 'tokens_revoked'],
];

const fourPeople: readonly FakeUserOptions[] = [
  { id: 'U1', name: 'ana' },
  { id: 'U2', name: 'ben' },
  { id: 'U3', name: 'cho' },
  { id: 'U4', name: 'dev' },
];

export function createWorkspace(options: WorkspaceOptions): Workspace {
  const { clock } = options;
  const team = options.team ?? { id: 'T01', domain: 'acme' };
  const users = new Map<string, FakeUser>();
  const bot: FakeUserOptions = { id: botUserId, name: 'countersign', realName: 'Countersign', kind: 'bot' };
  for (const user of [...(options.users ?? fourPeople), bot]) {
    const name = user.name ?? user.id.toLowerCase();
    users.set(user.id, {
      id: user.id,
      name,
      realName: user.realName ?? name,
      teamId: user.teamId ?? team.id,
      kind: user.kind ?? 'person',
      isDeactivated: user.isDeactivated ?? false,
      email: user.email ?? `${name}@example.com`,
      tz: user.tz ?? 'Europe/Berlin',
    });
  }
  const channels = new Map<string, FakeChannel>();
  for (const channel of options.channels ?? [{ id: 'C1', name: 'general' }]) {
    const members = new Set(channel.members ?? [...users.keys()].filter((id) => id !== botUserId));
    if (channel.hasBot ?? true) members.add(botUserId);
    channels.set(channel.id, {
      id: channel.id,
      name: channel.name ?? channel.id.toLowerCase(),
      kind: channel.kind ?? 'public',
      members,
      isShared: channel.isShared ?? false,
      isArchived: channel.isArchived ?? false,
    });
  }
  let lastMicros = 0;
  let lastId = 0;
  return {
    clock,
    team,
    app: {
      id: 'A01',
      botUserId,
      botId: 'B01',
      botToken: 'xoxb-canary-5d1e',
      appToken: 'xapp-canary-77c2',
      signingSecret: 'signing-canary-90af',
    },
    users,
    channels,
    userGroups: new Map(Object.entries(options.userGroups ?? {})),
    messages: [],
    files: new Map(),
    modals: new Map(),
    homes: new Map(),
    sessions: new Map(),
    assistantStatus: new Map(),
    suggestedPrompts: new Map(),
    threadTitles: new Map(),
    scopes: new Set(options.scopes ?? manifestScopes),
    events: new Set(options.events ?? manifestEvents),
    base: '',
    tokenState: 'valid',
    nextTs() {
      lastMicros = Math.max(lastMicros + 1, clock.now().getTime() * 1000);
      return `${String(Math.floor(lastMicros / 1e6))}.${String(lastMicros % 1e6).padStart(6, '0')}`;
    },
    nextId(prefix) {
      lastId += 1;
      return `${prefix}${String(lastId).padStart(6, '0')}`;
    },
  };
}

/** The direct-message channel of a person and the bot; it comes into being when first used. */
export function directChannel(workspace: Workspace, userId: string): FakeChannel {
  const id = `D${userId}`;
  const known = workspace.channels.get(id);
  if (known !== undefined) return known;
  const channel: FakeChannel = {
    id,
    name: 'directmessage',
    kind: 'im',
    members: new Set([userId, workspace.app.botUserId]),
    isShared: false,
    isArchived: false,
  };
  workspace.channels.set(id, channel);
  return channel;
}

export function findMessage(workspace: Workspace, channel: string, ts: string): StoredMessage | undefined {
  return workspace.messages.find(
    (message) => message.channel === channel && message.ts === ts && !message.isDeleted,
  );
}

/** What a message shows now. */
export function contentOf(message: StoredMessage): MessageContent {
  const content = message.versions.at(-1);
  if (content === undefined) throw new Error(`Message ${message.ts} has no content.`);
  return content;
}

export function plainContent(text: string): MessageContent {
  const flags = { isMarkdown: false, mrkdwn: true, parse: 'none', linkNames: false } as const;
  return { text, blocks: [], ...flags, unfurlLinks: false, unfurlMedia: false };
}

export function channelType(channel: FakeChannel): 'channel' | 'group' | 'im' {
  return channel.kind === 'public' ? 'channel' : channel.kind === 'private' ? 'group' : 'im';
}
