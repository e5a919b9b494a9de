import { describe, expect, it } from '@jest/globals';
import { foldEpoch } from '../../../src/ledger/epoch.ts';
import { foldStream } from '../../../src/ledger/fold.ts';
import { verifyStream } from '../../../src/ledger/verify.ts';
import { readFixture } from '../../builders/event-fixture.ts';

describe('given epochs as version 1 wrote them', () => {
  const commits = readFixture('epochs-v1.jsonl');
  const first = { number: 0, by: 'bot', isSettled: true };

  it('then they still say what was restored, and whether what was under way is stopped', () => {
    expect(verifyStream(commits)).toBeUndefined();
    expect(foldStream(commits, first, foldEpoch)).toEqual({ number: 1, by: 'operator', isSettled: true });
    expect(foldStream(commits.slice(0, 1), first, foldEpoch)).toEqual({
      number: 1,
      by: 'operator',
      isSettled: false,
    });
  });
});
