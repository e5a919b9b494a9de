/**
 * A seal: one process's signature under the heads of every stream that changed since the seal before.
 *
 * A head is `<stream>|<seq>|<what the next commit must carry as prev>`: it vouches for the last commit together
 * with the moment the store took it in, and so for everything before it. The signed statement names the statement
 * of the seal before, so whoever keeps one statement elsewhere (the audit channel does) can check all earlier ones.
 */
import { z } from 'zod';
import { canonicalJson } from '../core/canonical-json.ts';
import { AppError } from '../core/errors.ts';
import { sha256 } from '../core/hash.ts';
import { noPrev, sealBody } from './commit.ts';
import type { Body, Commit, LedgerEvent } from './commit.ts';
import { textOf } from './fold.ts';
import { merkleRoot } from './merkle.ts';

/** The stream of all seals. It is not sealed itself: its statements are chained and posted. */
export const sealStream = 'seals';
/** The stream in which every process registers the public half of its key. */
export const keyStream = 'keys';

export interface SealedHead {
  readonly stream: string;
  readonly seq: number;
  /** SHA-256 of `<hash>|<landedAt>` of that commit. */
  readonly digest: string;
}

export interface Seal {
  /** Counts seals from 1. */
  readonly number: number;
  readonly organisation: string;
  /** The clock of whoever signed. */
  readonly at: string;
  /** SHA-256 of the statement of the seal before; 64 zeros in the first. */
  readonly previous: string;
  readonly root: string;
  /** Heads under the root. */
  readonly size: number;
  /** Fingerprint of the key that signed: SHA-256 of the public key's DER form. */
  readonly key: string;
  /** Ed25519 over the statement, base64. */
  readonly signature: string;
  /** Where the store goes on looking for changes. Not signed: a wrong one makes a seal too many or too few. */
  readonly mark: string;
  /** Undefined when the list of heads is gone. */
  readonly heads?: readonly SealedHead[];
}

/** What is signed, in its one spelling. */
export function statementOf(seal: Omit<Seal, 'signature' | 'mark' | 'heads'>): string {
  const { number, organisation, at, previous, root, size, key } = seal;
  return canonicalJson({
    kind: 'countersign.seal',
    v: 1,
    number,
    organisation,
    at,
    previous,
    root,
    size,
    key,
  });
}

/** What the next seal carries as `previous`, and what the audit channel shows. */
export function sealHash(seal: Seal): string {
  return sha256(statementOf(seal));
}

export const noSeal = noPrev;

/** The Merkle root over heads in the order of their streams. */
export function rootOfHeads(heads: readonly SealedHead[]): string {
  return merkleRoot(heads.map(leafOf));
}

export function inOrder(heads: readonly SealedHead[]): readonly SealedHead[] {
  return [...heads].sort((a, b) => (a.stream < b.stream ? -1 : a.stream > b.stream ? 1 : a.seq - b.seq));
}

function leafOf({ stream, seq, digest }: SealedHead): string {
  return `${stream}|${String(seq)}|${digest}`;
}

/** The event that keeps a seal; its list of heads is a body, one line each. */
export function sealEvent(seal: Seal & { readonly heads: readonly SealedHead[] }): {
  readonly event: LedgerEvent;
  readonly bodies: Readonly<Record<string, Body>>;
} {
  const { number, organisation, at, previous, root, size, key, signature, mark } = seal;
  const { reference, body } = sealBody('heads', seal.heads.map(leafOf).join('\n'));
  const data = { number, organisation, at, previous, root, size, key, signature, mark, heads: reference };
  return { event: { kind: 'ledger.sealed', v: 1, data }, bodies: { heads: body } };
}

const sealData = z.object({
  number: z.number().int().positive(),
  organisation: z.string(),
  at: z.string(),
  previous: z.string(),
  root: z.string(),
  size: z.number().int().positive(),
  key: z.string(),
  signature: z.string(),
  mark: z.string(),
});

/** The seals of one commit. Throws `ledger.unknown-event` for what is no seal, or one of a newer version. */
export function readSeals(commit: Commit): readonly Seal[] {
  return commit.events.map((event) => {
    const found = sealData.safeParse(event.data);
    if (event.kind !== 'ledger.sealed' || event.v !== 1 || !found.success) throw unknownEvent(commit, event);
    const heads = textOf(event.data, commit.bodies, 'heads');
    return { ...found.data, ...(heads !== undefined && { heads: heads.split('\n').map(parseLeaf) }) };
  });
}

function parseLeaf(line: string): SealedHead {
  const [, stream = '', seq = '', digest = ''] = /^(.*)\|(\d+)\|([0-9a-f]{64})$/u.exec(line) ?? [];
  return { stream, seq: Number(seq), digest };
}

export interface RegisteredKey {
  readonly key: string;
  /** DER of the SubjectPublicKeyInfo, base64. */
  readonly publicKey: string;
}

export function keyEvent({ key, publicKey }: RegisteredKey): LedgerEvent {
  return { kind: 'key.registered', v: 1, data: { key, algorithm: 'ed25519', publicKey } };
}

const keyData = z.object({ key: z.string(), publicKey: z.string() });

/** Public keys by fingerprint. Keys are only ever added, so seals under an older key stay checkable. */
export function readKeys(commits: readonly Commit[]): ReadonlyMap<string, string> {
  const keys = new Map<string, string>();
  for (const commit of commits) {
    for (const event of commit.events) {
      const found = keyData.safeParse(event.data);
      if (event.kind !== 'key.registered' || event.v !== 1 || !found.success)
        throw unknownEvent(commit, event);
      keys.set(found.data.key, found.data.publicKey);
    }
  }
  return keys;
}

function unknownEvent(commit: Commit, { kind, v }: LedgerEvent): AppError {
  return new AppError(
    'ledger.unknown-event',
    `${commit.stream}/${String(commit.seq)} holds ${kind} v${String(v)}.`,
  );
}
