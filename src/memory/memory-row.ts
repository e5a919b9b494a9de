/** A memory: one kept fact, where it came from, and for how long it holds. */
import { z } from 'zod';
import type { ActorId, CallId, ChannelId, MemoryId, RunId, ThreadId } from '../core/ids.ts';
import type { Place } from './sight.ts';

export const memoryKinds = ['fact', 'preference', 'decision', 'procedure', 'person'] as const;
export type MemoryKind = (typeof memoryKinds)[number];

export const memoryScopes = ['thread', 'person', 'channel', 'workspace'] as const;
export type MemoryScope = (typeof memoryScopes)[number];

export const memoryKind = z.enum(memoryKinds);
export const memoryScope = z.enum(memoryScopes);

/** Where a memory came from. */
export interface MemorySource {
  readonly channel: ChannelId;
  readonly thread?: ThreadId;
  readonly run?: RunId;
  readonly call?: CallId;
  /** What was being talked about: found by, but not told. */
  readonly around: string;
}

/** Appended and superseded, never overwritten. Times are milliseconds since 1970. */
export interface Memory extends Place {
  readonly id: MemoryId;
  readonly kind: MemoryKind;
  readonly text: string;
  readonly author: ActorId;
  readonly source: MemorySource;
  readonly createdAt: number;
  readonly validFrom: number;
  readonly validUntil?: number;
  readonly supersedes?: MemoryId;
  readonly supersededBy?: MemoryId;
  /** The tool whose untrusted content its writer had read: whoever reads the memory has read that too. */
  readonly taintedBy?: string;
  /** It waits for a person and is told to nobody; `replaces` is what it would take the place of. */
  readonly held?: { readonly replaces?: MemoryId };
  /** Its writer had read untrusted content, and this person has vouched for what it says. */
  readonly vouched?: { readonly by: ActorId; readonly taintedBy: string };
}

/** From when a held memory holds: never. So nothing that asks for current memories, however old, finds it. */
export const heldFrom = 8_640_000_000_000_000;

/** True while the memory is told: not held, not replaced by a newer one, and within its time. */
export function isCurrent(memory: Memory, now: number): boolean {
  return (
    memory.held === undefined &&
    memory.supersededBy === undefined &&
    memory.validFrom <= now &&
    (memory.validUntil === undefined || memory.validUntil > now)
  );
}
