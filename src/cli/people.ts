/** `countersign people token`. */
import { sha256 } from '../core/hash.ts';
import { newNonce } from '../core/ids.ts';
import { say } from './command-setup.ts';

/** Prints a token once; only its hash goes into people.yaml. */
export function makeToken(person: string): void {
  const token = `cs_${newNonce()}${newNonce()}`;
  say(`Token for ${person}, shown only now: ${token}`);
  say(`In people.yaml, under people › ${person}:`);
  say(`    tokenSha256: ["${sha256(token)}"]`);
}
