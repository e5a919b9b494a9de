/**
 * Which layout a store has: a number that an older program may not read on with.
 *
 * It is raised only by a change that an older program would misread or spoil. What is merely added, a table, a field or
 * a kind of event, leaves it alone, so that two versions can work side by side while one takes the other's place.
 */
import { AppError } from '../core/errors.ts';

export const layout = 1;

/** Throws when the store was written by a program that knows more than this one. `setting` is where its place is set. */
export function refuseNewerLayout(found: number, setting: string, place: string): void {
  if (found <= layout) return;
  throw new AppError(
    'config.invalid',
    `${setting}: ${place} was written by a newer version (layout ${String(found)}; this one knows ${String(layout)}). Fix: start the newer version again, or restore a backup from before it.`,
  );
}
