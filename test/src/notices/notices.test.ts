import { describe, expect, it } from '@jest/globals';
import { asActorId, asRunId } from '../../../src/core/ids.ts';
import { foldStream } from '../../../src/ledger/fold.ts';
import { verifyStream } from '../../../src/ledger/verify.ts';
import { foldAsks, nobodyAsked } from '../../../src/notices/ask-state.ts';
import { foldNotices, wishesOf } from '../../../src/notices/notice-state.ts';
import type { NoticeState } from '../../../src/notices/notice-state.ts';
import { isQuiet, parseQuietHours, quietText } from '../../../src/notices/quiet-hours.ts';
import { readFixture } from '../../builders/event-fixture.ts';

describe('given quiet hours in words', () => {
  it.each([
    ['22:00-7:00', '22:00 to 07:00 (UTC)'],
    ['22 - 7 Europe/Berlin', '22:00 to 07:00 (Europe/Berlin)'],
    ['9:30 to 17:15', '09:30 to 17:15 (UTC)'],
  ])('when they are «%s», then they are understood', (words, text) => {
    const hours = parseQuietHours(words, 'UTC');
    expect(hours === undefined ? '' : quietText(hours)).toBe(text);
  });

  it.each(['', 'at night', '25:00-7:00', '22:60-7:00', '7:00-7:00', '22:00-7:00 Mars/Olympus'])(
    'when they are «%s», then they are not',
    (words) => {
      expect(parseQuietHours(words, 'UTC')).toBeUndefined();
    },
  );
});

describe('given quiet hours over midnight in Berlin', () => {
  const hours = { from: 22 * 60, to: 7 * 60, zone: 'Europe/Berlin' };

  it.each([
    ['2026-11-28T20:59:00Z', false],
    ['2026-11-28T21:00:00Z', true],
    ['2026-11-29T05:59:00Z', true],
    ['2026-11-29T06:00:00Z', false],
    // In summer the zone is an hour further.
    ['2026-07-01T20:00:00Z', true],
    ['2026-07-02T05:00:00Z', false],
    // The night in which the clocks go forward.
    ['2026-03-29T01:30:00Z', true],
    ['2026-03-29T05:00:00Z', false],
  ])('when it is %s, then it is quiet: %s', (at, expected) => {
    expect(isQuiet(hours, new Date(at).getTime())).toBe(expected);
  });
});

describe('given what an earlier version wrote', () => {
  it('then who was asked by which card is known', () => {
    const commits = readFixture('asks-v1.jsonl');
    const state = foldStream(commits, nobodyAsked, foldAsks);

    expect(verifyStream(commits)).toBeUndefined();
    expect(state.get(asActorId('ben'))).toHaveLength(5);
    expect(state.get(asActorId('cho'))?.map(({ card }) => card)).toEqual(
      state.get(asActorId('ben'))?.map(({ card }) => card),
    );
    expect(state.get(asActorId('ben'))?.[0]?.card).toMatch(/^run_[^/]+\/apr_[^/]+$/u);
  });

  it('then every wish is known', () => {
    const commits = readFixture('notices-v1.jsonl');
    const empty: NoticeState = new Map();
    const state = foldStream(commits, empty, foldNotices);

    expect(verifyStream(commits)).toBeUndefined();
    expect(wishesOf(state, asActorId('ana'))).toEqual({
      follows: new Map([[asRunId('run_one'), 7]]),
      muted: new Set(['run_three']),
      quiet: { from: 1320, to: 420, zone: 'Europe/Berlin' },
      mutedUntil: 1795852800000,
      due: [{ key: 'run_one/apr_1/vote', run: 'run_one', sort: 'vote', about: 'apr_1', at: 1795852806000 }],
      told: ['run_one/end'],
    });
    expect(wishesOf(state, asActorId('ben'))).toEqual({
      ...{ follows: new Map(), muted: new Set(), due: [], told: [] },
    });
  });
});
