/**
 * Tool names as models see them: `server__tool`, at most 64 characters of `[A-Za-z0-9_-]`.
 *
 * An encoded name ends with the tool's own name, since that is what the model's training and the prompt speak of.
 * Names that would collide all get a mark made from their full name, so the result does not depend on order.
 */
import { groupBy } from '../core/group-by.ts';
import { sha256 } from '../core/hash.ts';

const maxLength = 64;

export interface ToolNames {
  /** The model's name of `server/tool`. Throws a RangeError for a name the table was not made of. */
  encode(name: string): string;
  /** The `server/tool` of a model's name, or undefined for one that was never handed out. */
  decode(encoded: string): string | undefined;
}

/** Builds the table of both directions for one set of tools. */
export function createToolNames(names: readonly string[]): ToolNames {
  const plain = groupBy(new Set(names), encodePlain);
  const encodedOf = new Map<string, string>();
  const nameOf = new Map<string, string>();
  // Names nobody else claims are settled first, so that a marked name can never push one of them aside.
  const settled = [...plain].sort(([, a], [, b]) => a.length - b.length);
  for (const [encoded, claimants] of settled) {
    for (const name of [...claimants].sort()) {
      let candidate = claimants.length === 1 ? encoded : encodeMarked(name, 8);
      for (let marks = 12; nameOf.has(candidate); marks += 4) candidate = encodeMarked(name, marks);
      nameOf.set(candidate, name);
      encodedOf.set(name, candidate);
    }
  }
  return {
    encode(name) {
      const encoded = encodedOf.get(name);
      if (encoded === undefined)
        throw new RangeError(`${name} is not among the tools this table was made of.`);
      return encoded;
    },
    decode: (encoded) => nameOf.get(encoded),
  };
}

function encodePlain(name: string): string {
  const { server, own } = split(name);
  const whole = `${server}__${own}`;
  return whole.length <= maxLength ? whole : encodeMarked(name, 8);
}

function encodeMarked(name: string, marks: number): string {
  const { server, own } = split(name);
  const mark = sha256(name).slice(0, marks);
  const kept = own.slice(-(maxLength - marks - 2));
  const room = maxLength - kept.length - marks - 3;
  return room > 0 ? `${server.slice(0, room)}_${mark}__${kept}` : `${mark}__${kept}`;
}

function split(name: string): { readonly server: string; readonly own: string } {
  const slash = name.indexOf('/');
  return { server: spell(name.slice(0, Math.max(slash, 0))), own: spell(name.slice(slash + 1)) };
}

function spell(text: string): string {
  return text.replace(/[^A-Za-z0-9_-]/gu, '_');
}
