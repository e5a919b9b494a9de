/** What routes that platforms and other systems push to have in common: how old a signature may be, and JSON back. */
import type { HttpRouteAnswer } from './http-route.ts';

/** A signature is believed this long before and after its own moment. */
export const signatureSeconds = 300;

/** Why the moment of a signature (seconds since 1970) is too far away; undefined for one that is near. */
export function findAgeFault(timestamp: string, now: Date): string | undefined {
  const age = now.getTime() / 1_000 - Number(timestamp);
  return Math.abs(age) > signatureSeconds
    ? `it was signed ${String(Math.round(age))} seconds ago`
    : undefined;
}

export function answerJson(status: number, body: object): HttpRouteAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
