/** Refusals that a person reads. */
import type { Refusal } from './backend.ts';

export function refusal(status: Refusal['status'], code: string, detail: string): Refusal {
  return { kind: 'refused', status, code, detail };
}

export function notFound(what: string): Refusal {
  return refusal(404, `${what}.unknown`, `There is no such ${what}, or it is not for you.`);
}
