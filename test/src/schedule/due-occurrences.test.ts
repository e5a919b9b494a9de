import { describe, expect, it } from '@jest/globals';
import { asActorId, asChannelId } from '../../../src/core/ids.ts';
import { dueOccurrences, lateAfterMs } from '../../../src/schedule/due-occurrences.ts';
import { nextMoment, nextMoments } from '../../../src/schedule/moments.ts';
import type { ScheduleRow } from '../../../src/schedule/store.ts';

const now = Date.UTC(2026, 10, 25, 12, 0, 30);
const dayMs = 86_400_000;

const aRow = (cron: string, nextAt: number): ScheduleRow => ({
  ...{ name: 'report', cron, zone: 'Europe/Berlin', workflow: 'assistant', input: {}, missed: 'once' },
  ...{ channel: asChannelId('console:ops'), by: asActorId('ana'), origin: 'person', isPaused: false, nextAt },
});

describe('given a long time in which nothing ran', () => {
  it.each([
    ['0 9 * * *', 3],
    ['0 9 * * 1', 40],
    ['0 8 1 * *', 100],
    ['30 7 1 1 *', 500],
    ['15 */6 * * *', 1],
  ])('when %s was missed for %i days, then the last moment starts one late run', (cron, days) => {
    const first = nextMoment({ cron, zone: 'Europe/Berlin' }, now - days * dayMs) ?? 0;
    const all = [first, ...nextMoments({ cron, zone: 'Europe/Berlin' }, first, 600)];
    const last = all.filter((at) => at < now - lateAfterMs).at(-1);

    const due = dueOccurrences(aRow(cron, first), now);

    expect(due.starts).toEqual([{ at: last, isLate: true }]);
    expect(due.nextAt).toBe(all.find((at) => at > now));
  });

  it('when every minute of a year was missed, then only the end is walked through', () => {
    const due = dueOccurrences(aRow('* * * * *', now - 365 * dayMs), now);

    expect(due.starts.map(({ isLate }) => isLate)).toEqual([false, false]);
    expect(due.nextAt).toBe(Math.floor(now / 60_000) * 60_000 + 60_000);
  });
});
