/** Hashing: SHA-256 in hex, over text as UTF-8. */
import { hash, randomBytes } from 'node:crypto';

export function sha256(text: string): string {
  return hash('sha256', text, 'hex');
}

export function hashOfBytes(bytes: Buffer): string {
  return hash('sha256', bytes, 'hex');
}

/** SHA-256 over parts, each preceded by its length in bytes, so that no two different lists collide. */
export function sha256OfParts(parts: readonly string[]): string {
  return sha256(parts.map((part) => `${String(Buffer.byteLength(part))}:${part}`).join(''));
}

/** 128 random bits in hex, from the system's generator. */
export const newSalt: () => string = createRandomHex(16);

/** Asks the system's generator for bytes in bulk, because each question is slow; no byte is used twice. */
export function createRandomHex(bytes: number): () => string {
  let pool = Buffer.alloc(0);
  return () => {
    if (pool.length < bytes) pool = randomBytes(bytes * 256);
    const text = pool.toString('hex', 0, bytes);
    pool = pool.subarray(bytes);
    return text;
  };
}
