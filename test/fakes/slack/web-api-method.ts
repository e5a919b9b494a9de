/** How a method of the Web API is stated: its token, scopes and arguments; anything else is refused. */
import { z } from 'zod';
import type { EventSource } from './event-source.ts';
import { areTooLong, checkBlocks, problemsOf } from './find-block-problems.ts';
import type { Checked } from './find-block-problems.ts';
import type { SlackBlock } from './blocks.ts';
import type { SocketMode } from './socket-mode.ts';
import type { Triggers } from './triggers.ts';
import { channelType, directChannel } from './workspace.ts';
import type { FakeChannel, MessageContent, Workspace } from './workspace.ts';

export type Answer = Readonly<Record<string, unknown>>;

/** `{ok:false}` with Slack's own word for what is wrong. */
export class SlackRefusal extends Error {
  readonly answer: Answer;

  constructor(error: string, extra: Answer = {}) {
    super(error);
    this.answer = { ok: false, error, ...extra };
  }
}

export interface ApiContext {
  readonly workspace: Workspace;
  readonly triggers: Triggers;
  readonly events: EventSource;
  readonly sockets: SocketMode;
  /** `http://127.0.0.1:4711` */
  readonly base: string;
}

export interface Method {
  readonly token: 'bot' | 'app';
  call(raw: Readonly<Record<string, string>>, context: ApiContext): Answer;
}

interface MethodDefinition<Shape extends z.ZodRawShape> {
  readonly token?: 'app';
  readonly scopes: readonly string[];
  readonly arguments: Shape;
  run(args: z.infer<z.ZodObject<Shape, z.core.$strict>>, context: ApiContext): Answer | undefined;
}

export function defineMethod<Shape extends z.ZodRawShape>(definition: MethodDefinition<Shape>): Method {
  // The official client adds team_id to every call.
  const known = new Set([...Object.keys(definition.arguments), 'team_id', 'token']);
  const schema = z.strictObject(definition.arguments);
  return {
    token: definition.token ?? 'bot',
    call(raw, context) {
      if (definition.token === undefined) requireScopes(context.workspace, definition.scopes);
      const unknown = Object.keys(raw).filter((key) => !known.has(key));
      if (unknown.length > 0) refuseArguments(unknown.map((key) => `unknown argument: ${key}`));
      const mine = Object.fromEntries(
        Object.entries(raw).filter(([key]) => Object.hasOwn(definition.arguments, key)),
      );
      const parsed = schema.safeParse(mine);
      if (!parsed.success) refuseArguments(problemsOf(parsed.error, []));
      return { ok: true, ...definition.run(parsed.data, context) };
    },
  };
}

function refuseArguments(messages: readonly string[]): never {
  const listed = messages.map((message) => `[ERROR] ${message}`);
  throw new SlackRefusal('invalid_arguments', { response_metadata: { messages: listed } });
}

export function requireScopes(workspace: Workspace, scopes: readonly string[]): void {
  const missing = scopes.filter((scope) => !workspace.scopes.has(scope));
  if (missing.length > 0)
    throw new SlackRefusal('missing_scope', {
      needed: missing.join(','),
      provided: [...workspace.scopes].join(','),
    });
}

/** Forms carry text only: a flag is `true` or `false`, a number its digits, anything nested is JSON. */
export const flag = z.enum(['true', 'false', '1', '0']).transform((text) => text === 'true' || text === '1');
export const count = z
  .string()
  .regex(/^\d{1,9}$/u)
  .transform(Number);
export const timestamp = z.string().regex(/^\d{10}\.\d{6}$/u, 'not a message ts');
export const channelId = z.string().min(1);

export function json<T extends z.ZodType>(schema: T) {
  return z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: 'custom', message: 'not JSON' });
        return z.NEVER;
      }
    })
    .pipe(schema);
}

export const authorship = {
  icon_emoji: z.string().min(1).optional(),
  icon_url: z.url().optional(),
  username: z.string().min(1).max(80).optional(),
};

export function checkAuthorship(
  workspace: Workspace,
  args: { icon_emoji?: string | undefined; icon_url?: string | undefined; username?: string | undefined },
): void {
  if ((args.icon_emoji ?? args.icon_url ?? args.username) !== undefined)
    requireScopes(workspace, ['chat:write.customize']);
}

export function accept<T>(checked: Checked<T>, error: string): T {
  if (checked.ok) return checked.value;
  const messages = checked.problems.map((problem) => `[ERROR] ${problem}`);
  throw new SlackRefusal(error, { errors: checked.problems, response_metadata: { messages } });
}

export function acceptBlocks(value: unknown): readonly SlackBlock[] {
  if (value === undefined) return [];
  const blocks = accept(checkBlocks(value, 'message'), 'invalid_blocks');
  if (areTooLong(blocks)) throw new SlackRefusal('msg_blocks_too_long');
  return blocks;
}

export const contentArguments = {
  text: z.string().optional(),
  blocks: json(z.unknown()).optional(),
  markdown_text: z.string().min(1).optional(),
  parse: z.enum(['full', 'none']).optional(),
  link_names: flag.optional(),
  mrkdwn: flag.optional(),
};

interface ContentInput {
  readonly text?: string | undefined;
  readonly blocks?: unknown;
  readonly markdown_text?: string | undefined;
  readonly parse?: 'full' | 'none' | undefined;
  readonly link_names?: boolean | undefined;
  readonly mrkdwn?: boolean | undefined;
  readonly unfurl_links?: boolean | undefined;
  readonly unfurl_media?: boolean | undefined;
}

/** `retained` are the blocks that an update without blocks leaves in place. */
export function acceptContent(
  args: ContentInput,
  textMax: number,
  retained: readonly SlackBlock[] = [],
): MessageContent {
  const { text, markdown_text: markdown } = args;
  const blocks = args.blocks === undefined ? retained : acceptBlocks(args.blocks);
  if (markdown !== undefined && (text !== undefined || args.blocks !== undefined))
    throw new SlackRefusal('markdown_text_conflict');
  const shown = markdown ?? text ?? '';
  if (shown === '' && blocks.length === 0) throw new SlackRefusal('no_text');
  if (shown.length > (markdown === undefined ? textMax : 12_000)) throw new SlackRefusal('msg_too_long');
  return {
    text: shown,
    blocks: markdown === undefined ? blocks : [],
    isMarkdown: markdown !== undefined,
    mrkdwn: args.mrkdwn ?? true,
    parse: args.parse ?? 'none',
    linkNames: args.link_names ?? false,
    // Slack's own defaults for apps: links stay plain, media unfolds.
    unfurlLinks: args.unfurl_links ?? false,
    unfurlMedia: args.unfurl_media ?? true,
  };
}

/** A channel the bot may see; a person's id stands for the direct messages with him. */
export function visibleChannel(workspace: Workspace, id: string): FakeChannel {
  if (workspace.users.has(id)) return directChannel(workspace, id);
  const channel = workspace.channels.get(id);
  const isHidden = channel?.kind === 'private' && !channel.members.has(workspace.app.botUserId);
  if (channel === undefined || isHidden) throw new SlackRefusal('channel_not_found');
  return channel;
}

export function postableChannel(workspace: Workspace, id: string): FakeChannel {
  const channel = visibleChannel(workspace, id);
  if (channel.isArchived) throw new SlackRefusal('is_archived');
  const isOpenToAll = channel.kind === 'public' && workspace.scopes.has('chat:write.public');
  if (!channel.members.has(workspace.app.botUserId) && !isOpenToAll) throw new SlackRefusal('not_in_channel');
  return channel;
}

export function historyScope(channel: FakeChannel, verb: 'history' | 'read'): string {
  const names = { channel: 'channels', group: 'groups', im: 'im' } as const;
  return `${names[channelType(channel)]}:${verb}`;
}
