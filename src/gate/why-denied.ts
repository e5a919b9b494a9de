/** What people read of a call that policy denies: which line did it, and who or where it may be used, if anybody may. Pure. */
import type { PolicyAnswer } from './policy.ts';

/** `(rule never)`, or `: only finance may use it (rule books/pay)` where another person or channel would do. */
export function whyDenied({ matched, deniedBy = 'default' }: PolicyAnswer): string {
  const denying = matched.filter(({ verdict }) => verdict === 'deny');
  // Whatever else denies it would deny it to those, too.
  const isNarrowed = denying.length > 0 && denying.every(({ isNarrowing }) => isNarrowing === true);
  const to = isNarrowed ? `: ${denying.map(({ because }) => because).join(', and ')}` : '';
  return `${to} (rule ${deniedBy})`;
}
