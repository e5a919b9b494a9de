/**
 * The ChatAdapter port: one chat surface, translated both ways. It decides nothing.
 *
 * Inbound: whatever arrives is handed to the sink, which keeps it durably before it resolves; only then may the
 * adapter acknowledge. Outbound: the outbox hands over items; an adapter posts each once and edits it afterwards.
 */
import type { z } from 'zod';
import type { AttachedFile } from '../core/attached-file.ts';
import type { ChannelFacts } from '../core/channel-facts.ts';
import type { Clock } from '../core/clock.ts';
import type { ChannelId, ThreadId } from '../core/ids.ts';
import type { Logger } from '../core/logger.ts';
import type { Heard, SaidHistory } from '../core/said-message.ts';
import type { GroupDirectory } from '../people/group-members.ts';
import type { Card, CardAction } from './card.ts';
import type { DraftNotes } from './draft-notes.ts';
import type { FormNotes } from './form-notes.ts';
import type { Form, FormValues } from './form.ts';
import type { HttpRoute } from './http-route.ts';
import type { InstallationStore, Quote } from './store.ts';

/** One thing that a thread shows. It keeps its id for as long as it is shown, so that it can be edited. */
export interface ShownItem {
  readonly id: string;
  readonly kind: 'message' | 'card' | 'audit';
  /** A person's id, or `bot`. Adapters show the bot's items only: people's own words are there already. */
  readonly by: string;
  readonly at: Date;
  /** Markdown for a message by the bot, literal otherwise. ISO 8601 moments in it become the platform's date tokens. */
  readonly text: string;
  readonly card?: Card;
  /** Comes with it, whole, where the platform takes files. */
  readonly file?: ShownFile;
  /** The action that takes what people think of this answer, with `:good` or `:bad` behind it. */
  readonly feedback?: string;
  /** Platform accounts of persons to tell by name when the item is first posted: the only mentions that leave us. */
  readonly tell?: readonly string[];
}

export interface ShownFile {
  readonly name: string;
  readonly mediaType: string;
  /** What a picture shows, in words. */
  readonly alt?: string;
  /** Made when it is needed: pictures are drawn. */
  bytes(): Promise<Buffer>;
}

/** Where the platform keeps a posted message; opaque to everybody but the adapter. */
export type MessageReference = string;

export interface ChatAdapter {
  readonly name: string;
  /** Routes that the platform calls on our own port. */
  readonly routes: readonly HttpRoute[];
  /**
   * Connects; resolves when messages can arrive. Throws `config.invalid` for tokens that do not work, and
   * `chat.unavailable` when it may be called again later.
   */
  start(sink: InboundSink): Promise<void>;
  stop(): Promise<void>;
  /**
   * Posts an item in a thread, once; at the top of a channel when the place is one's name. `marker` travels invisibly with the message, so that `findPosted` finds it
   * after an answer was lost. Throws `chat.unavailable` (try again later) or `chat.refused` (never).
   */
  post(thread: ThreadId, item: ShownItem, marker: string): Promise<MessageReference>;
  /** Replaces what a posted message shows. */
  edit(thread: ThreadId, reference: MessageReference, item: ShownItem): Promise<void>;
  /** The message that carries a marker, if it is there; undefined when it surely is not. */
  findPosted(thread: ThreadId, marker: string): Promise<MessageReference | undefined>;
  /** Takes a message of its own away that shows the same item as `kept` does; what belongs to `kept` stays. */
  takeBack(thread: ThreadId, reference: MessageReference, kept: MessageReference): Promise<void>;
  /**
   * Opens a thread in a channel for what no person asked: by a schedule or a webhook. The same marker within a few
   * minutes is the same thread. Throws like `post`; undefined where programs cannot open threads.
   */
  open?(channel: ChannelId, title: string, marker: string): Promise<ThreadId>;
  /**
   * Who reads along in a channel at this moment; undefined when the platform does not know it. Throws when it cannot
   * be asked. An adapter without it has private channels only. Of a `source` only whether it is open is needed; its
   * outsiders may be claimed unseen.
   */
  describeChannel?(channel: ChannelId, as: 'source' | 'answer'): Promise<ChannelFacts | undefined>;
  /**
   * The bytes of a file that came with a message, from the platform's own servers alone. Throws `chat.unavailable`, or
   * `document.unreadable` with a sentence for people for what it will never hand out, or is larger.
   */
  readFile?(reference: string, mostBytes: number): Promise<Buffer>;
  /** What was said in its channels, for whoever learns from it; undefined where it cannot be asked. */
  readonly history?: SaidHistory;
  /** An answer while it is written, on platforms that can grow a message. What is said in the end comes by `post`. */
  showDraft?(thread: ThreadId, draft: Draft): void;
  /** What the run of a thread does, on platforms that show it themselves. */
  showPresence?(thread: ThreadId, presence: Presence): void;
  /** Says something to one person alone, outside of every thread; once per marker. Throws like `post`. */
  sayDirectly?(account: string, text: string, marker: string): Promise<void>;
  /** Where the bot talks with one person alone: a place that `post` and `edit` take. Throws like `post`. */
  openDirect?(account: string): Promise<ThreadId>;
  /** Those of the accounts that read along in a channel. Throws when the platform cannot be asked. */
  readersAmong?(channel: ChannelId, accounts: readonly string[]): Promise<readonly string[]>;
  /** Something happened that people may see outside of threads: what waits for them, their runs. */
  inboxChanged?(): void;
  /** Who is in the platform's groups; undefined where it has none. */
  readonly groups?: GroupDirectory;
  /** Connected, or what is wrong, for health checks and the first lines of a start. */
  status(): AdapterStatus;
}

export interface AdapterStatus {
  readonly state: 'ok' | 'warning' | 'failed';
  readonly detail: string;
  /** Where people reach it and how, as far as that is known: `workspace acme, by Socket Mode`. */
  readonly where?: string;
}

export interface Draft {
  /** All words so far. */
  readonly text: string;
  /** True when no more will come. */
  readonly isDone: boolean;
  /** The platform account of whoever asked. */
  readonly to?: string;
}

export interface Presence {
  readonly status: 'working' | 'waiting' | 'idle';
  /** What was asked, in short. */
  readonly title: string;
  readonly to?: string;
}

/** A person as the platform vouches for him: `T01/U02` on Slack, a user id on Discord. */
export interface InboundAccount {
  readonly platform: 'slack' | 'discord';
  readonly account: string;
}

export interface InboundText {
  /** The platform's own id of this message with platform and workspace in front: unique for ever. */
  readonly key: string;
  readonly from: InboundAccount;
  readonly channel: ChannelId;
  /** The thread to answer in: an existing one, or the one that this message opens. */
  readonly thread: ThreadId;
  readonly text: string;
  /** Messages of others that the person asks about. */
  readonly quotes?: readonly Quote[];
  /** Files that came with it, unread. */
  readonly files?: readonly AttachedFile[];
}

/** A channel where people need not call the bot: a message that matches, or a reaction on one, starts a workflow. */
export interface Watched {
  readonly channel: ChannelId;
  readonly matches?: (text: string) => boolean;
  /** The emoji as the platform names it: `rotating_light` on Slack, the character itself on Discord. */
  readonly reaction?: string;
}

/** What somebody did in a watched channel. */
export interface InboundNotice extends InboundText {
  /** The words, or the reaction, came from this person; for a reaction, `quotes` holds what it stands on. */
  readonly reaction?: string;
}

export interface InboundPress {
  readonly from: InboundAccount;
  /** The action's id as the card carried it. */
  readonly action: string;
  /** What was typed into the form, when the action asks for a text. */
  readonly text?: string;
  /** What was typed into each field, when the action asks for a form. */
  readonly fields?: FormValues;
}

/** What a person reads, privately. */
export interface PrivateAnswer {
  readonly text: string;
  readonly isRefusal: boolean;
}

export interface InboundSink {
  /** Resolves once the message is kept. A private answer says why it is not taken. Throws `store.unavailable`. */
  message(message: InboundText): Promise<PrivateAnswer | undefined>;
  /**
   * Something in a watched channel: resolves once the run that it starts is kept. Nobody is told when it starts none:
   * nobody called. Throws `store.unavailable`.
   */
  notice(notice: InboundNotice): Promise<void>;
  /**
   * Something was said in a channel that is listened to, or changed or taken back anywhere. Resolves once what was
   * learnt follows. Throws `store.unavailable`.
   */
  heard(heard: Heard): Promise<void>;
  /** Resolves once what was pressed is durable, or refused. */
  press(press: InboundPress): Promise<PrivateAnswer>;
  /** What pressing an action needs first; undefined for an action that no longer exists. */
  findAction(action: string): Promise<CardAction | undefined>;
  /**
   * The card that offers an action, as it is shown in that channel; undefined for an action that no longer exists.
   */
  findCard(action: string, channel: ChannelId | undefined): Promise<Card | undefined>;
  /** The form of an action that asks for one; undefined when this person cannot use it (any more). */
  findForm(from: InboundAccount, action: string): Promise<Form | undefined>;
  /** True when the thread is one the bot takes part in and this person's words there are for the bot. */
  isAddressed(thread: ThreadId, from: InboundAccount): Promise<boolean>;
  /** Stops what is at work in a thread; resolves once that is durable, or refused. */
  stopThread(from: InboundAccount, thread: ThreadId): Promise<PrivateAnswer>;
  /**
   * A slash command's answer, private: `help`, `approvals`, `runs`, `stop`… `thread` is where it was called, if in one;
   * `places` are the platform's own channels that its words name: `support` for `#support`.
   */
  command(
    from: InboundAccount,
    text: string,
    channel: ChannelId,
    thread?: ThreadId,
    places?: ReadonlyMap<string, ChannelId>,
  ): Promise<CommandAnswer>;
  /** What could follow a command's name, beginning with what is typed so far; at most 25, only what this person sees. */
  suggest(
    from: InboundAccount,
    command: string,
    typed: string,
    channel: ChannelId,
  ): Promise<readonly Suggestion[]>;
  /** Likewise what a field of a workflow's command could be. */
  suggestInput(
    from: InboundAccount,
    field: { readonly workflow: string; readonly field: string },
    typed: string,
    channel: ChannelId,
  ): Promise<readonly Suggestion[]>;
}

export interface Suggestion {
  /** What the command would be given. */
  readonly value: string;
  /** What people read in the list. */
  readonly label: string;
}

export interface CommandAnswer {
  /** Markdown. */
  readonly text: string;
  readonly cards: readonly Card[];
}

/** A command that follows `/countersign`. */
export interface OfferedCommand {
  readonly name: string;
  /** What may follow it: `<run>`, or nothing. */
  readonly usage: string;
  readonly help: string;
  /** True when `suggest` knows what could follow. */
  readonly isSuggesting: boolean;
  /** Needed seldom: where there is room for few commands, these share one. */
  readonly isRare: boolean;
}

/** A workflow that people start by a slash command of its own. */
export interface WorkflowCommand {
  readonly name: string;
  readonly title: string;
  /** What it may be given, for a form; empty for one that takes words alone. */
  readonly fields: readonly WorkflowField[];
}

export interface WorkflowField {
  readonly name: string;
  readonly label: string;
  readonly isRequired: boolean;
  /** The only values it takes; empty when it takes any text. */
  readonly choices: readonly string[];
}

export interface AdapterContext {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Takes out what nobody shall read: for words of people that the platform would show as the bot's. */
  readonly redact: (text: string) => string;
  /** Where people reach the console, for links; undefined hides them. */
  readonly publicUrl?: string;
  /** What outlives this process of what it has begun to write; undefined where nothing is kept. */
  readonly draftNotes?: DraftNotes;
  /** What open forms are about; undefined where nothing is kept. */
  readonly formNotes?: FormNotes;
  /** What workspaces hand over when they install the app; undefined where nothing is kept. */
  readonly installations?: InstallationStore;
  /** Tells operators what happened. */
  readonly tellOperators?: (text: string) => void;
  /** Tells operators, once, what only they can mend: the same sentence that `chat.parked` carries. */
  readonly announceTrouble?: (platform: string, why: string) => void;
  readonly workflows: readonly WorkflowCommand[];
  readonly commands: readonly OfferedCommand[];
  readonly watched: readonly Watched[];
  /** Channels whose messages become knowledge, as the file has them now. */
  listened(): readonly ChannelId[];
}

/** Which slash commands of workflows a platform takes. */
export interface SlashCommandRules {
  readonly name: RegExp;
  /** Beside `/countersign`. */
  readonly most: number;
  /** Both rules, in words that stand behind a colon. */
  readonly words: string;
}

/** A line of `countersign doctor` about a platform. */
export interface AdapterCheck {
  readonly level: 'ok' | 'warn' | 'FAIL';
  /** What is so; for a problem, also what to do. */
  readonly detail: string;
}

/** What would change in the commands that a platform keeps for us. */
export interface CommandPlan {
  /** One line each: `+ /refund: …`, `- /old: …`, `~ /countersign: …`. Empty when nothing would change. */
  readonly changes: readonly string[];
  apply(): Promise<void>;
}

/** What `adapters/index.ts` lists. */
export interface AdapterDefinition<Env extends z.ZodType<object> = z.ZodType<object>> {
  readonly name: string;
  /** The environment keys it reads; it starts when `isConfigured` says so. */
  readonly env: Env;
  isConfigured(env: z.infer<Env>): boolean;
  /** Of a platform that is not configured, although some of its keys are set: what is missing, and the fix. */
  missing?(env: z.infer<Env>): string | undefined;
  create(env: z.infer<Env>, context: AdapterContext): ChatAdapter;
  readonly slashCommands?: SlashCommandRules;
  /**
   * Tries the tokens and what they may do, without connecting or changing anything. Never throws. `readsIn` are the
   * channels, of any platform, whose words are read without naming the bot.
   */
  check?(env: z.infer<Env>, readsIn: readonly ChannelId[]): Promise<readonly AdapterCheck[]>;
  /** Compares the commands that the platform keeps, in all workspaces or in one. */
  planCommands?(
    env: z.infer<Env>,
    offered: Pick<AdapterContext, 'commands' | 'workflows'>,
    workspace?: string,
  ): Promise<CommandPlan>;
}
