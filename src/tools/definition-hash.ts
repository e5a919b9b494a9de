/**
 * What a tool's pin is made of: SHA-256 over the canonical JSON of the object exactly as the server listed it.
 *
 * Every field counts, known or not, so that nothing a model could read may change unseen. The order of keys does
 * not count.
 */
import { canonicalJson } from '../core/canonical-json.ts';
import { sha256 } from '../core/hash.ts';
import type { JsonObject } from '../core/json.ts';

export function definitionHash(listed: JsonObject): string {
  return sha256(canonicalJson(listed));
}
