import type { DrillSeed } from '../core/drill-seed.ts';

/** What people are told once it is over. */
export function drillText({ why }: DrillSeed): string {
  return `This was a drill: it ought to be denied. ${why} Nothing ran, whatever was pressed.`;
}
