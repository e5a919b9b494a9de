import { describe, expect, it } from '@jest/globals';
import { findTimingFault, nextMoments } from '../../../src/schedule/moments.ts';
import { localMoments } from '../../builders/local-moments.ts';

const start = Date.UTC(2025, 0, 1);
const end = Date.UTC(2035, 0, 1);

/** Zones with every sort of change: by an hour, by half an hour, at midnight, southern, none, and none any more. */
const zones = [
  ['Europe/Berlin', 2, 30],
  ['Europe/London', 1, 30],
  ['America/New_York', 2, 30],
  ['America/Los_Angeles', 1, 15],
  ['America/Santiago', 0, 0],
  ['America/Sao_Paulo', 0, 0],
  ['Africa/Cairo', 0, 0],
  ['Asia/Kolkata', 9, 0],
  ['Asia/Beirut', 0, 30],
  ['Australia/Lord_Howe', 2, 15],
  ['Pacific/Auckland', 2, 45],
  ['UTC', 2, 30],
] as const;

describe('given a time of day', () => {
  it.each(zones)(
    'when ten years pass in %s, then it comes on each day, on each of its weekdays and each first of a month once, at the end of the gap where it is skipped',
    (zone, hour, minute) => {
      const expected = localMoments({ zone, hour, minute, start, end });

      const moments = nextMoments(
        { cron: `${String(minute)} ${String(hour)} * * *`, zone },
        start - 1,
        expected.length,
      );

      expect(expected.length).toBeGreaterThan(3_600);
      expect(moments).toEqual(expected);
      // Clocks change on Sundays nearly everywhere.
      const days = new Intl.DateTimeFormat('en', { timeZone: zone, weekday: 'short', day: 'numeric' });
      const dayOf = (at: number): string => days.format(at);
      for (const [fields, isMeant] of [
        ['* * 0,6', (at: number) => /Sun|Sat/u.test(dayOf(at))],
        ['1 * *', (at: number) => /\b1\b/u.test(dayOf(at))],
      ] as const) {
        const meant = expected.filter(isMeant);
        const cron = `${String(minute)} ${String(hour)} ${fields}`;
        expect(nextMoments({ cron, zone }, start - 1, meant.length)).toEqual(meant);
      }
    },
  );

  it('when it is for weekdays in Berlin, then Saturdays and Sundays there are left out', () => {
    const zone = 'Europe/Berlin';
    const expected = localMoments({ zone, hour: 9, minute: 0, start, end: Date.UTC(2027, 0, 1) }).filter(
      (at) =>
        !['Sat', 'Sun'].includes(
          new Intl.DateTimeFormat('en', { timeZone: zone, weekday: 'short' }).format(at),
        ),
    );

    expect(nextMoments({ cron: '0 9 * * 1-5', zone }, start - 1, expected.length)).toEqual(expected);
  });
});

describe('given every full hour', () => {
  it.each(zones.map(([zone]) => zone))(
    'when clocks change in ten years in %s, then it comes at each full hour that a clock shows',
    (zone) => {
      const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, minute: 'numeric' });
      const noons = localMoments({ zone, hour: 12, minute: 0, start, end });
      const dayMs = 86_400_000;
      const changes = noons.filter((at, index) => (noons[index + 1] ?? at + dayMs) - at !== dayMs);

      for (const change of changes) {
        const expected = Array.from({ length: 96 }, (_, index) => change + (index + 1) * 900_000).filter(
          (at) => Number(format.format(at)) === 0,
        );

        expect(nextMoments({ cron: '0 * * * *', zone }, change, expected.length)).toEqual(expected);
      }
    },
  );
});

describe('given every half hour', () => {
  it.each(['Europe/Berlin', 'Australia/Lord_Howe', 'America/Santiago'])(
    'when the clocks of %s change, then it comes every thirty minutes all the same',
    (zone) => {
      const days = localMoments({ zone, hour: 12, minute: 0, start, end: Date.UTC(2026, 0, 1) });
      const changes = days.flatMap((at, index) => {
        const next = days[index + 1] ?? at + 86_400_000;
        return next - at === 86_400_000 ? [] : [at];
      });

      expect(changes).toHaveLength(2);
      for (const change of changes) {
        const moments = nextMoments({ cron: '*/30 * * * *', zone }, change, 48);
        expect(moments).toEqual(Array.from({ length: 48 }, (_, index) => change + (index + 1) * 1_800_000));
      }
    },
  );
});

describe('given a timing that cannot be used', () => {
  it.each([
    ['61 9 * * *', 'UTC'],
    ['0 9 * *', 'UTC'],
    ['0 9 * * * *', 'UTC'],
    ['@daily', 'UTC'],
    ['0 9 31 2 *', 'UTC'],
    ['0 9 * * *', 'Mars/Olympus'],
  ])('when %s in %s is checked, then it is refused with a reason', (cron, zone) => {
    expect(findTimingFault({ cron, zone })).not.toBeUndefined();
  });
});
