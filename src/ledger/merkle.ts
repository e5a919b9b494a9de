/** The root of a Merkle tree as RFC 6962 builds it: leaves and inner nodes are hashed under different prefixes. */
import { createHash } from 'node:crypto';

const leafPrefix = Buffer.from([0]);
const nodePrefix = Buffer.from([1]);

/** SHA-256 in hex. The root of no leaves is the hash of nothing. */
export function merkleRoot(leaves: readonly string[]): string {
  if (leaves.length === 0) return createHash('sha256').digest('hex');
  return rootOf(leaves.map((leaf) => hash(leafPrefix, Buffer.from(leaf, 'utf8')))).toString('hex');
}

function rootOf(hashes: readonly Buffer[]): Buffer {
  const [only] = hashes;
  if (only !== undefined && hashes.length === 1) return only;
  let half = 1;
  while (half * 2 < hashes.length) half *= 2;
  return hash(nodePrefix, rootOf(hashes.slice(0, half)), rootOf(hashes.slice(half)));
}

function hash(...parts: readonly Buffer[]): Buffer {
  const digest = createHash('sha256');
  for (const part of parts) digest.update(part);
  return digest.digest();
}
