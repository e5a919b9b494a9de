/**
 * Memory for workflows: calls of the memory tools, so that policy, taint, the card with Undo and the ledger are the
 * same as for the agent's. Each names its audience.
 */
import type { JsonObject } from '../core/json.ts';
import type { MemoryKind, MemoryScope } from '../memory/memory-row.ts';
import type { RecallFor } from './memory-tools.ts';

export interface RecallRequest {
  /** What it is about, in words. */
  readonly about: string;
  /** `channel`: what everybody who reads this thread may be told. `requester`: with what is kept for the requester alone. */
  readonly for: RecallFor;
  /** At most so many; 8 when absent. */
  readonly limit?: number;
}

export interface RememberRequest {
  /** One plain sentence that is understood without the run. */
  readonly text: string;
  /** Who may be told: `channel` and `workspace` wherever this channel may be quoted, `thread` here, `person` the requester. */
  readonly for: MemoryScope;
  readonly kind?: MemoryKind;
  /** The id of a memory that this one corrects. */
  readonly supersedes?: string;
  /** The last day on which it holds. */
  readonly until?: Date;
}

export function searchArguments({ about, for: audience, limit }: RecallRequest): JsonObject {
  return { query: about, for: audience, ...(limit !== undefined && { limit }) };
}

export function saveArguments(request: RememberRequest): JsonObject {
  const { text, for: scope, kind, supersedes, until } = request;
  return {
    ...{ text, scope },
    ...(kind !== undefined && { kind }),
    ...(supersedes !== undefined && { supersedes }),
    ...(until !== undefined && { valid_until: until.toISOString().slice(0, 10) }),
  };
}
