import { describe, expect, it } from '@jest/globals';
import { eventDetail, kindWords, numberEvents } from '../../../../src/api/pages/ledger-words.ts';
import type { CommitJson } from '../../../../src/api/shapes.ts';

function aCommit(seq: number, kinds: readonly string[]): CommitJson {
  return {
    stream: 'run_1',
    seq,
    by: 'ana',
    writer: 'w1',
    events: kinds.map((kind) => ({ kind, v: 1, data: {} })),
    prev: '',
    hash: '',
    landedAt: '2026-11-03T10:42:00.000Z',
  };
}

describe('given a ledger', () => {
  it('when its events are listed, then they are numbered from 1 over all commits', () => {
    const events = numberEvents([
      aCommit(0, ['run.started', 'model.answered']),
      aCommit(1, ['tool.dispatched']),
    ]);

    expect(events.map(({ number, seq, kind }) => [number, seq, kind])).toEqual([
      [1, 0, 'run.started'],
      [2, 0, 'model.answered'],
      [3, 1, 'tool.dispatched'],
    ]);
  });

  it('when an event is named, then its kind reads as words', () => {
    expect(kindWords('outcome.turned-unknown')).toBe('Outcome turned unknown');
  });

  it('when an event is told, then the fields that say most come first and long ones are cut', () => {
    const detail = eventDetail({
      other: 'x',
      reason: 'y'.repeat(99),
      tool: 'billing/refund',
      outcome: { kind: 'error' },
    });

    expect(detail).toBe(`billing/refund · error · ${'y'.repeat(59)}…`);
  });
});
