/** Hashing: SHA-256 in hex, over text as UTF-8. */
import { createHash, randomBytes } from 'node:crypto';

export function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** SHA-256 over parts, each preceded by its length in bytes, so that no two different lists collide. */
export function sha256OfParts(parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${String(Buffer.byteLength(part))}:`).update(part, 'utf8');
  return hash.digest('hex');
}

/** 128 random bits in hex. */
export function newSalt(): string {
  return randomBytes(16).toString('hex');
}
