/**
 * A commit: one atomic, hashed append to a stream.
 *
 * `hash` is SHA-256 (hex) over the RFC 8785 form of stream, seq, by, writer, events, prev. `prev` is SHA-256 of
 * `<hash of the commit before>|<its landedAt, ISO 8601 with milliseconds, UTC>`, 64 zeros at seq 0. So each commit
 * vouches for everything before it, including the moment the store took it in.
 */
import { canonicalJson } from '../core/canonical-json.ts';
import { newSalt, sha256 } from '../core/hash.ts';
import type { JsonObject } from '../core/json.ts';

export interface LedgerEvent {
  /** `noun.past-participle`. */
  readonly kind: string;
  readonly v: number;
  readonly data: JsonObject;
}

/** Text kept beside the hashed events, so that it can be erased. Events carry `commitment`. */
export interface Body {
  readonly salt: string;
  readonly text: string;
}

/** What an event holds in place of a body's text: its name among the commit's bodies, and what it commits to. */
export interface BodyReference extends JsonObject {
  readonly body: string;
  /** SHA-256 (hex) of `<salt>|<text>`. */
  readonly commitment: string;
}

export interface CommitDraft {
  readonly stream: string;
  readonly seq: number;
  /** The actor who caused it. */
  readonly by: string;
  /** A random nonce: tells one writer's attempt from another's. */
  readonly writer: string;
  readonly events: readonly LedgerEvent[];
  readonly prev: string;
  readonly hash: string;
  readonly bodies: Readonly<Record<string, Body>>;
  /** True while something outside this stream must still follow from it. */
  readonly pending: boolean;
}

export interface Commit extends CommitDraft {
  readonly landedAt: Date;
}

export const noPrev = '0'.repeat(64);

export function commitHash(
  commit: Pick<CommitDraft, 'stream' | 'seq' | 'by' | 'writer' | 'events' | 'prev'>,
): string {
  const { stream, seq, by, writer, events, prev } = commit;
  // Already in the order in which they are spelled.
  return sha256(canonicalJson({ by, events, prev, seq, stream, writer }));
}

/** What the commit after this one must carry as `prev`. */
export function prevAfter(commit: Pick<Commit, 'hash' | 'landedAt'>): string {
  return sha256(`${commit.hash}|${commit.landedAt.toISOString()}`);
}

export function commitmentTo(body: Body): string {
  return sha256(`${body.salt}|${body.text}`);
}

/** Makes a body under a fresh salt and the reference that stands in the event. */
export function sealBody(
  name: string,
  text: string,
): { readonly reference: BodyReference; readonly body: Body } {
  const body = { salt: newSalt(), text };
  return { reference: { body: name, commitment: commitmentTo(body) }, body };
}
