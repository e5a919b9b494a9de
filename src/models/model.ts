/**
 * The Model port: one question to a language model, answered in parts and then as a whole.
 *
 * A model only proposes. A call counts only from an answer whose `stop` is `tool-use`; text cut short never
 * yields a call. Everything a provider needs to see again (thinking blocks, signatures) travels in `raw`.
 */
import type { Json, JsonObject } from '../core/json.ts';

/** A tool as the model sees it: a name of `[A-Za-z0-9_-]{1,64}`, already encoded from `server/tool`. */
export interface ModelTool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: JsonObject;
}

export interface ModelCall {
  /** The provider's id for this call; minted when the provider sent none. Unique within one answer. */
  readonly id: string;
  readonly name: string;
  /** Parsed strictly; `malformed` keeps the text so that the model can be told what is wrong. */
  readonly input:
    | { readonly kind: 'parsed'; readonly value: JsonObject }
    | { readonly kind: 'malformed'; readonly text: string; readonly problem: string };
}

export interface ToolResult {
  readonly callId: string;
  readonly content: string;
  readonly isError: boolean;
}

/** Provider blocks kept verbatim; sent back only to the same provider, else dropped. */
export interface RawBlocks {
  /** `anthropic`, `openai`, `demo`. */
  readonly provider: string;
  /** The configured name of the model that wrote them. Signed thinking is void with any other model. */
  readonly model?: string;
  readonly blocks: Json;
}

/** An image that a person sent. */
export interface ModelImage {
  /** `image/png`, `image/jpeg`, `image/gif` or `image/webp`. */
  readonly mediaType: string;
  readonly base64: string;
}

export type ModelMessage =
  | { readonly role: 'user'; readonly text: string; readonly images?: readonly ModelImage[] }
  | {
      readonly role: 'assistant';
      readonly text: string;
      readonly calls: readonly ModelCall[];
      readonly raw?: RawBlocks;
    }
  /** Answers every call of the assistant message before it, in its order. */
  | { readonly role: 'tool'; readonly results: readonly ToolResult[] };

export interface ModelUsage {
  /** All input tokens, cached ones included. */
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  /** Of the input tokens, those written to the provider's cache, which some charge more for. */
  readonly cacheWriteTokens?: number;
  /** The provider counted nothing: the numbers are guessed from the length of the texts. */
  readonly isEstimated?: true;
}

export type ModelStop = 'end' | 'tool-use' | 'length' | 'refusal' | 'paused' | 'context-full' | 'other';

export interface ModelAnswer {
  readonly text: string;
  /** Empty unless `stop` is `tool-use`. */
  readonly calls: readonly ModelCall[];
  readonly stop: ModelStop;
  /** A short reason when the provider gave one with a refusal. */
  readonly stopDetail?: string;
  readonly usage: ModelUsage;
  /** The full configured name: `anthropic/claude-sonnet-5-5`. */
  readonly model: string;
  /** What the answer cost by the price table; absent when the price is unknown. */
  readonly costUsd?: number;
  readonly raw?: RawBlocks;
}

export interface ModelRequest {
  readonly system: string;
  /** What is known about the task: shown to the model as information, before everything that was said. */
  readonly context?: string;
  readonly messages: readonly ModelMessage[];
  readonly tools: readonly ModelTool[];
  readonly maxOutputTokens: number;
  /** Somebody asks about a call that waits: what counts is the text, and calls are not taken. */
  readonly isQuestion?: true;
  /** A call that somebody else proposed is looked at: the answer is JSON; see `review-calls.ts`. */
  readonly isReview?: true;
  /** The conversation is over, and what of it should be kept is asked for; see `keep-what-matters.ts`. */
  readonly isAside?: true;
  /** What a thread said is to be put in short; no text means that this model writes no summaries. */
  readonly isSummary?: true;
  readonly signal: AbortSignal;
  /** Text as it arrives. Never state: a retry starts again with `onRestart`. */
  readonly onText?: (delta: string) => void;
  readonly onRestart?: () => void;
}

export interface Model {
  /** `anthropic/claude-sonnet-5-5`, `openai/gpt-x`, `demo`. */
  readonly name: string;
  /** It looks at images. Absent: they are left out. */
  readonly takesImages?: boolean;
  /**
   * Asks once and retries what is safe to retry (overload, broken streams) a few times by itself.
   *
   * Throws AppError `model.overloaded`, `model.unavailable`, `model.rejected` (a request that will never be
   * accepted) or `model.garbled`. An aborted signal rejects with the signal's reason.
   */
  ask(request: ModelRequest): Promise<ModelAnswer>;
}
