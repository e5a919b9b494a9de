/**
 * A stranger with an exported file and nothing else: no database, none of the product's code, a page of Node.
 *
 * What he does is written in docs/ledger.md; this is that text as a program.
 */
import { createHash, createPublicKey, verify } from 'node:crypto';

interface Line {
  readonly stream: string;
  readonly seq: number;
  readonly by: string;
  readonly writer: string;
  readonly events: readonly { readonly kind: string; readonly data: Record<string, unknown> }[];
  readonly prev: string;
  readonly hash: string;
  readonly landedAt: string;
  readonly bodies: Record<string, { readonly salt: string; readonly text: string }>;
}

const sha256 = (...parts: readonly (string | Buffer)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const hex = (text: string): string => sha256(text).toString('hex');

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
}

function merkle(leaves: readonly Buffer[]): Buffer {
  const [first = sha256()] = leaves;
  if (leaves.length < 2) return first;
  let half = 1;
  while (half * 2 < leaves.length) half *= 2;
  return sha256(Buffer.from([1]), merkle(leaves.slice(0, half)), merkle(leaves.slice(half)));
}

export interface StrangersFindings {
  readonly faults: readonly string[];
  readonly seals: number;
  /** Sealed heads that were compared with a commit of the file. */
  readonly compared: number;
}

export function readAsStranger(file: string): StrangersFindings {
  const faults: string[] = [];
  // The stranger knows the shape of a line from the documentation.
  const lines = file
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  const after = new Map<string, string>();
  const last = new Map<string, string>();
  for (const line of lines) {
    const { stream, seq, by, writer, events, prev, hash, landedAt, bodies } = line;
    const at = `${stream}/${String(seq)}`;
    if (prev !== (last.get(stream) ?? '0'.repeat(64))) faults.push(`${at}: prev`);
    if (hex(canonical({ stream, seq, by, writer, events, prev })) !== hash) faults.push(`${at}: hash`);
    for (const value of events.flatMap(({ data }) => Object.values(data))) {
      if (typeof value !== 'object' || value === null || !('commitment' in value) || !('body' in value))
        continue;
      const body = bodies[String(value.body)];
      if (body !== undefined && hex(`${body.salt}|${body.text}`) !== value.commitment)
        faults.push(`${at}: body`);
    }
    last.set(stream, hex(`${hash}|${landedAt}`));
    after.set(at, hex(`${hash}|${landedAt}`));
  }
  const keys = new Map<string, string>();
  for (const { data } of lines.filter(({ stream }) => stream === 'keys').flatMap(({ events }) => events))
    keys.set(String(data['key']), String(data['publicKey']));
  let previous = '0'.repeat(64);
  let compared = 0;
  const seals = lines.filter(({ stream }) => stream === 'seals');
  for (const { events, bodies } of seals) {
    for (const { data } of events) {
      const { number, organisation, at, root, size, key, signature } = data;
      const statement = canonical({
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
      const der = Buffer.from(keys.get(String(key)) ?? '', 'base64');
      const publicKey = createPublicKey({ key: der, format: 'der', type: 'spki' });
      if (!verify(null, Buffer.from(statement), publicKey, Buffer.from(String(signature), 'base64')))
        faults.push(`seal ${String(number)}: signature`);
      const leaves = (bodies['heads']?.text ?? '').split('\n');
      if (merkle(leaves.map((leaf) => sha256(Buffer.from([0]), leaf))).toString('hex') !== root)
        faults.push(`seal ${String(number)}: root`);
      for (const leaf of leaves) {
        const [stream, seq, digest] = leaf.split('|');
        if (after.get(`${String(stream)}/${String(seq)}`) !== digest)
          faults.push(`${String(stream)}/${String(seq)}: sealed otherwise`);
        compared += 1;
      }
      previous = hex(statement);
    }
  }
  return { faults, seals: seals.length, compared };
}
