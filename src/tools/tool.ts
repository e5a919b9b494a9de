/**
 * Tools: what servers offer, as this process last saw and pinned it.
 *
 * A tool's definition is untrusted text. Its hash and the server's identity are pinned at first sight; a tool
 * that changes is set aside until an operator looks.
 */
import type { ActorId, CallId, ChannelId, RunId, ThreadId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';

/**
 * What may be done after an unknown outcome.
 *
 * `read`: run again. `keyed`: repeat with the same key. `probeable`: ask a read tool whether it happened.
 * `opaque`: never repeated by machine.
 */
export const effectClasses = ['read', 'keyed', 'probeable', 'opaque'] as const;
export type EffectClass = (typeof effectClasses)[number];

export interface ToolAnnotations {
  readonly readOnlyHint?: boolean;
  readonly destructiveHint?: boolean;
  readonly idempotentHint?: boolean;
  readonly openWorldHint?: boolean;
}

export interface Tool {
  /** `server/tool`. */
  readonly name: string;
  readonly server: string;
  /** The name on its server. */
  readonly ownName: string;
  /** The server's own title for it: untrusted text. */
  readonly title?: string;
  readonly description: string;
  readonly inputSchema: JsonObject;
  /** What `structured` results must satisfy. */
  readonly outputSchema?: JsonObject;
  readonly annotations: ToolAnnotations;
  /** SHA-256 over the canonical JSON of the raw listed object. */
  readonly definitionHash: string;
  /** What the server is: a hash over its command and arguments, or its URL. Never holds secrets. */
  readonly serverIdentity: string;
}

export type ToolState =
  | { readonly kind: 'ready'; readonly tool: Tool }
  /** Set aside: its definition or its server is not what was pinned. */
  | { readonly kind: 'drifted'; readonly tool: Tool; readonly pinnedHash: string; readonly why: string }
  | { readonly kind: 'unreachable'; readonly server: string; readonly why: string }
  | { readonly kind: 'unknown' };

/** What operators have looked at: both hold for each call as it is judged. */
export interface ReviewStanding {
  /** An operator accepted the server's tools, or the shipped configuration vouches for it. */
  readonly isServerReviewed: boolean;
  /** The tool came after its server was reviewed or first seen, and no operator has accepted it. */
  readonly isNewTool: boolean;
}

export interface ToolRegistry {
  /** All tools that may be offered: ready ones only, from servers that answer. Starts servers that are not yet up. */
  list(): Promise<readonly Tool[]>;
  /**
   * The state of one tool. `fresh` asks the server for its list again unless it did within the last second:
   * used right before dispatch, so that a tool changed since the approval is noticed.
   */
  find(name: string, options?: { readonly fresh?: boolean }): Promise<ToolState>;
  /** What is wrong with arguments for a tool, as «path: problem», or undefined when they fit its schema. */
  findMisfit(tool: Tool, args: JsonObject): string | undefined;
  /** True once an operator accepted the server's tools, or the shipped configuration vouches for it. */
  isReviewed(server: string): boolean;
  /** The same for a tool by its whole name, and whether it came later. */
  reviewOf(tool: string): ReviewStanding;
  /** Servers for people: name, state and what is wrong. */
  servers(): readonly ToolServerStatus[];
  stop(): Promise<void>;
}

export interface ToolServerStatus {
  readonly name: string;
  readonly state: 'idle' | 'starting' | 'ready' | 'unreachable';
  readonly detail?: string;
  readonly tools: number;
  readonly drifted: number;
  /** Tools that came later and that no operator has accepted. */
  readonly newTools: number;
  readonly isReviewed: boolean;
}

/** On whose behalf a call is made, and where: for tools of this process, which judge by it. Never leaves it. */
export interface CallOrigin {
  readonly run: RunId;
  readonly call: CallId;
  readonly channel: ChannelId;
  readonly thread: ThreadId;
  readonly requester: ActorId;
  /** What the requester had said. */
  readonly request: string;
  /** The untrusted source that the run had read before. */
  readonly taintedBy?: string;
}

export interface ToolCallRequest {
  readonly tool: Tool;
  /** Exactly these bytes of canonical JSON are the arguments. */
  readonly argsJson: string;
  /** Milliseconds until the answer must be here. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Absent for a look outside any run. */
  readonly origin?: CallOrigin;
}

export type ToolOutcome =
  /** The server answered. `isError` is the tool's own «this did not work». */
  | {
      readonly kind: 'answered';
      readonly content: string;
      /** Satisfies the tool's output schema, if it has one. */
      readonly structured?: JsonObject;
      readonly isError: boolean;
      /** A source that nobody vouches for and the answer quotes, though the tool itself is trusted. */
      readonly taintedBy?: string;
    }
  /** Certain that no byte left for the server. */
  | { readonly kind: 'not-sent'; readonly why: string }
  /** Bytes may have left and no answer came. */
  | { readonly kind: 'unknown'; readonly why: string };

/** Sends one call, once. Never retries, never re-issues. Imported by the gate alone. */
export interface ToolCaller {
  call(request: ToolCallRequest): Promise<ToolOutcome>;
}
