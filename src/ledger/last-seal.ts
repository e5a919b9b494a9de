/**
 * The last seal this process made, remembered beside its key and outside of the store.
 *
 * A store that does not hold it is older than what was sealed: a backup was put in its place, or its end was cut
 * off. Either way calls may have been sent that it knows nothing of, so nothing may go on from it unasked.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { AppError } from '../core/errors.ts';
import { epochStream } from './epoch.ts';
import { readSeals, sealHash, sealStream } from './seal.ts';
import type { Seal } from './seal.ts';
import type { LedgerStore } from './store.ts';

const shape = z.object({ number: z.number().int(), hash: z.string(), at: z.number() });

type LastSeal = z.infer<typeof shape>;

export function rememberSeal(file: string, seal: Seal, landedAt: Date): void {
  const { number } = seal;
  const last: LastSeal = { number, hash: sealHash(seal), at: landedAt.getTime() };
  writeFileSync(`${file}.next`, JSON.stringify(last), { mode: 0o600 });
  renameSync(`${file}.next`, file);
}

/** Throws `store.corrupt` when the store is older than what this process sealed, and nobody has said why. */
export async function refuseRewound(store: LedgerStore, file: string): Promise<void> {
  const last = readLast(file);
  if (last === undefined) return;
  const [commit] = await store.read(sealStream, last.number - 1);
  if (commit !== undefined && readSeals(commit).some((seal) => sealHash(seal) === last.hash)) return;
  const epoch = await store.readLast(epochStream);
  if (epoch !== undefined && epoch.landedAt.getTime() > last.at) return;
  throw new AppError(
    'store.corrupt',
    [
      `The store does not hold seal ${String(last.number)}, which this process made at ${new Date(last.at).toISOString()}.`,
      'Fix: if it was restored from a backup, run `countersign restore` once: what was under way then is stopped, because it may have been done since.',
      'If nobody restored it, somebody cut its end off: look at the audit channel before anything else.',
    ].join('\n'),
  );
}

function readLast(file: string): LastSeal | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    // A process that has not sealed yet remembers nothing.
    return undefined;
  }
  const found = shape.safeParse(JSON.parse(text));
  return found.success ? found.data : undefined;
}
