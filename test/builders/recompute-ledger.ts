/** What a stranger computes from a ledger as `GET /runs/{run}/ledger` gives it, with none of the product's code. */
import { createHash } from 'node:crypto';
import type { CommitJson } from '../../src/api/shapes.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** RFC 8785: members in the order of their names, nothing between them. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
}

/** Everything that does not add up, each with the commit it is found in. */
export function findLedgerFaults(commits: readonly CommitJson[]): readonly string[] {
  const faults: string[] = [];
  let prev = '0'.repeat(64);
  let landedAt = '';
  for (const [index, commit] of commits.entries()) {
    const { stream, seq, by, writer, events, hash } = commit;
    const note = (fault: string): void => {
      faults.push(`${stream}/${String(seq)}: ${fault}`);
    };
    if (seq !== index) note(`stands at ${String(index)}`);
    if (commit.prev !== prev) note('does not follow the commit before');
    if (sha256(canonical({ stream, seq, by, writer, events, prev: commit.prev })) !== hash) note('hash');
    if (commit.landedAt < landedAt) note('landed before the commit before it');
    for (const { commitment, body } of events.flatMap(({ data }) =>
      Object.values(data).flatMap(asReference),
    )) {
      const kept = commit.bodies?.[body];
      if (kept === undefined || sha256(`${kept.salt}|${kept.text}`) !== commitment) note(`body ${body}`);
    }
    prev = sha256(`${hash}|${commit.landedAt}`);
    ({ landedAt } = commit);
  }
  return faults;
}

function asReference(value: unknown): readonly { readonly body: string; readonly commitment: string }[] {
  if (typeof value !== 'object' || value === null || !('body' in value) || !('commitment' in value))
    return [];
  return [{ body: String(value.body), commitment: String(value.commitment) }];
}
