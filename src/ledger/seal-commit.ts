/** A commit from event drafts: texts become salted bodies, numbered over the commit. */
import { newNonce } from '../core/ids.ts';
import { commitHash, sealBody } from './commit.ts';
import type { Body, BodyReference, CommitDraft, LedgerEvent } from './commit.ts';
import type { EventDraft } from './fold.ts';

export function sealCommit(
  place: Pick<CommitDraft, 'stream' | 'seq' | 'by' | 'prev'>,
  drafts: readonly EventDraft[],
  /** Takes secrets out of texts before they are kept. */
  redact: (text: string) => string = (text) => text,
): CommitDraft {
  const bodies: Record<string, Body> = {};
  const events = drafts.map(({ kind, v, data, texts = {} }): LedgerEvent => {
    const references: Record<string, BodyReference> = {};
    for (const [field, text] of Object.entries(texts)) {
      const name = `b${String(Object.keys(bodies).length + 1)}`;
      const sealed = sealBody(name, redact(text));
      references[field] = sealed.reference;
      bodies[name] = sealed.body;
    }
    return { kind, v, data: { ...data, ...references } };
  });
  const head = { ...place, writer: newNonce(), events };
  return { ...head, hash: commitHash(head), bodies, pending: false };
}
