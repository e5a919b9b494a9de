/**
 * The words of an approver who grants more than one call: «5 times, 8h, amount up to 50, note any».
 *
 * Parts stand between commas, in any order. What is not said stays as it was approved; a part that is not understood
 * is said back and grants nothing.
 */
import { defaultGrantMs, defaultUses } from './grant-terms.ts';
import type { GrantWish, Variations } from './grant-terms.ts';

export type ParsedWish =
  { readonly kind: 'wish'; readonly wish: GrantWish } | { readonly kind: 'refused'; readonly why: string };

const units = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

export function parseGrantWish(text: string): ParsedWish {
  let uses = defaultUses;
  let lastsMs = defaultGrantMs;
  const vary: Record<string, GrantWish['vary'][string]> = {};
  for (const part of text.split(',').map((entry) => entry.trim().replaceAll(/\s+/gu, ' '))) {
    if (part === '' || part.toLowerCase() === 'same arguments') continue;
    const times = /^(\d{1,3}) times?$/iu.exec(part)?.[1];
    const [, count, unit] = /^(\d{1,4}) ?(m|h|d)$/iu.exec(part) ?? [];
    const [, limited, limit] = /^([A-Za-z0-9_.-]{1,64}) up to (\d{1,15}(?:\.\d{1,6})?)$/iu.exec(part) ?? [];
    const free = /^([A-Za-z0-9_.-]{1,64}) any$/iu.exec(part)?.[1];
    if (times !== undefined) uses = Number(times);
    else if (count !== undefined && unit !== undefined) lastsMs = Number(count) * unitMs(unit);
    else if (limited !== undefined && limit !== undefined) vary[limited] = { atMost: Number(limit) };
    else if (free !== undefined) vary[free] = 'any';
    else {
      return {
        kind: 'refused',
        why: `I do not understand «${part}». Write for example: 5 times, 8h, amount up to 50.`,
      };
    }
  }
  return { kind: 'wish', wish: { uses, lastsMs, vary } };
}

function unitMs(unit: string): number {
  const letter = unit.toLowerCase();
  return letter === 'd' ? units.d : letter === 'h' ? units.h : units.m;
}

/** Ready-made wishes for the card's form: the narrowest first. */
export function wishPicks(variations: Variations): readonly string[] {
  const freedom = Object.entries(variations).map(([name, free]) =>
    free === 'any' ? `${name} any` : `${name} up to ${String(free)}`,
  );
  return [
    '5 times, 8h, same arguments',
    ...(freedom.length === 0 ? [] : [`5 times, 8h, ${freedom.join(', ')}`]),
  ];
}
