/** The first commit of a stream that is written at once with its beginning. */
import { newNonce } from '../core/ids.ts';
import { commitHash, noPrev, sealBody } from './commit.ts';
import type { Body, CommitDraft, LedgerEvent } from './commit.ts';
import type { EventDraft } from './fold.ts';

export function sealFirstCommit(stream: string, by: string, drafts: readonly EventDraft[]): CommitDraft {
  const bodies: Record<string, Body> = {};
  let count = 0;
  const events = drafts.map(({ kind, v, data, texts = {} }): LedgerEvent => {
    const references = Object.entries(texts).map(([field, text]) => {
      count += 1;
      const sealed = sealBody(`b${String(count)}`, text);
      bodies[sealed.reference.body] = sealed.body;
      return [field, sealed.reference] as const;
    });
    return { kind, v, data: { ...data, ...Object.fromEntries(references) } };
  });
  const head = { stream, seq: 0, by, writer: newNonce(), events, prev: noPrev };
  return { ...head, hash: commitHash(head), bodies, pending: false };
}
