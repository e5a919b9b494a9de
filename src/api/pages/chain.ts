/**
 * Checks a ledger in the reader's browser, by the same rule as the ledger itself (`ledger/commit.ts`), so that one
 * need not take the server's word. WebCrypto hashes; it exists on https and on this machine only.
 */
import { canonicalJson } from '../../core/canonical-json.ts';
import type { CommitJson } from '../shapes.ts';

export type ChainVerdict =
  | { readonly kind: 'verified'; readonly commits: number; readonly bodies: number; readonly erased: number }
  | { readonly kind: 'broken'; readonly seq: number; readonly why: string }
  | { readonly kind: 'unchecked'; readonly why: string };

/** The part of WebCrypto that is needed; undefined where the browser has none. */
export type Digester = Pick<SubtleCrypto, 'digest'> | undefined;

export async function verifyChain(commits: readonly CommitJson[], subtle: Digester): Promise<ChainVerdict> {
  if (subtle === undefined) {
    return { kind: 'unchecked', why: 'Browsers check hashes only on https or on this machine.' };
  }
  if (commits.length === 0) return { kind: 'unchecked', why: 'There is nothing to check yet.' };
  const counts = { bodies: 0, erased: 0 };
  let expectedPrev = '0'.repeat(64);
  for (const [index, commit] of commits.entries()) {
    const { stream, seq, by, writer, events, prev, hash } = commit;
    const broken = (why: string): ChainVerdict => ({ kind: 'broken', seq, why });
    if (seq !== index) return broken(`Number ${String(index)} is missing.`);
    if (stream !== commits[0]?.stream) return broken('It belongs to another stream.');
    if (prev !== expectedPrev) return broken('It does not follow from the one before.');
    const recomputed = await sha256(canonicalJson({ stream, seq, by, writer, events, prev }), subtle);
    if (recomputed !== hash) return broken('Its content does not have this hash.');
    const bodies = await checkBodies(commit, subtle);
    if (bodies.altered !== undefined) return broken(`The text «${bodies.altered}» was altered.`);
    counts.bodies += bodies.checked;
    counts.erased += bodies.erased;
    expectedPrev = await sha256(`${hash}|${commit.landedAt}`, subtle);
  }
  return { kind: 'verified', commits: commits.length, ...counts };
}

async function checkBodies(
  commit: CommitJson,
  subtle: NonNullable<Digester>,
): Promise<{ readonly altered?: string; readonly checked: number; readonly erased: number }> {
  let checked = 0;
  let erased = 0;
  for (const reference of referencesIn(commit.events.map(({ data }) => data))) {
    const body = Object.entries(commit.bodies ?? {}).find(([name]) => name === reference.body)?.[1];
    if (body === undefined) erased += 1;
    else if ((await sha256(`${body.salt}|${body.text}`, subtle)) !== reference.commitment) {
      return { altered: reference.body, checked, erased };
    } else checked += 1;
  }
  return { checked, erased };
}

interface Reference {
  readonly body: string;
  readonly commitment: string;
}

/** Every `{body, commitment}` within the events. */
function referencesIn(value: unknown): readonly Reference[] {
  if (typeof value !== 'object' || value === null) return [];
  if (!Array.isArray(value) && 'body' in value && 'commitment' in value) {
    const { body, commitment } = value;
    if (typeof body === 'string' && typeof commitment === 'string') return [{ body, commitment }];
  }
  return Object.values(value).flatMap(referencesIn);
}

async function sha256(text: string, subtle: NonNullable<Digester>): Promise<string> {
  const bytes = new Uint8Array(await subtle.digest('SHA-256', new TextEncoder().encode(text)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
