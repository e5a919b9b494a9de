/** A passage: a stretch of a document, with what stands around it and where a person can read it. */
import type { PassageId, ThreadId } from '../core/ids.ts';
import type { Place } from '../memory/sight.ts';

export interface Passage extends Place {
  readonly id: PassageId;
  /** The document's source: a path or an address, as it was added. */
  readonly source: string;
  readonly title: string;
  /** Headings above it, outermost first: «Refunds › Photos». */
  readonly heading: string;
  readonly position: number;
  readonly text: string;
  /** The ends of its neighbours: found by, but not told. */
  readonly around: string;
  /** Where a person reads it: a permalink or a path with its place. */
  readonly link: string;
  readonly createdAt: number;
  /** Set unless an operator vouched for the source: whoever reads it has read untrusted content. */
  readonly taintedBy?: string;
}

/** A document as it was last taken in. */
export interface KnownDocument extends Place {
  readonly source: string;
  /** What was added by hand and brought this one along: a folder, or the source itself. */
  readonly root: string;
  readonly title: string;
  /** SHA-256 over its bytes. */
  readonly hash: string;
  readonly syncedAt: number;
  readonly isTrusted: boolean;
  /** Of what was said in a channel: it follows the message there, not a file or an address. */
  readonly said?: {
    readonly thread: ThreadId;
    readonly account: string;
    readonly link: string;
    readonly replies: string;
  };
}
