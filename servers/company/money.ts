/**
 * Money is whole cents everywhere inside; decimals exist only at the edges.
 *
 * An amount given as a JSON number is read from its shortest decimal spelling, so no float arithmetic happens:
 * 0.1 is 10 cents, and 0.105 or 1e-7 is refused instead of rounded.
 */
import { Refusal } from './refusal.ts';

export const currencies = ['USD', 'EUR'] as const;
export type Currency = (typeof currencies)[number];

/** The cents of an amount like 120 or 120.5. Throws a refusal when it has more than two decimals. */
export function parseAmount(amount: number): number {
  const parts = /^(?<whole>\d{1,10})(?:\.(?<fraction>\d{1,2}))?$/u.exec(String(amount))?.groups;
  if (parts === undefined) {
    throw new Refusal(
      `${String(amount)} is not an amount of money: give a positive number with at most two decimals, like 120 or 120.50.`,
    );
  }
  const cents = Number(parts.whole) * 100 + Number((parts.fraction ?? '').padEnd(2, '0'));
  if (cents === 0) throw new Refusal('The amount is zero: give at least 0.01.');
  return cents;
}

/** 48000 as «480.00». */
export function formatCents(cents: number): string {
  const digits = String(Math.abs(cents)).padStart(3, '0');
  return `${cents < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
