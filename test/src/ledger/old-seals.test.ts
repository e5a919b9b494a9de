import { describe, expect, it } from '@jest/globals';
import { openSealBook } from '../../../src/ledger/verify-seals.ts';
import { readFixture } from '../../builders/event-fixture.ts';

const commits = readFixture('seals-v1.jsonl');
const of = (stream: string): typeof commits => commits.filter((commit) => commit.stream === stream);

describe('given keys and seals as version 1 wrote them', () => {
  it('then they are still read, and still vouch for what they vouched for', () => {
    const book = openSealBook(of('seals'), of('keys'));

    expect(book.faults).toEqual([]);
    expect([...book.signers.values()]).toEqual([1, 1]);
    expect(
      Object.fromEntries([...book.heads].map(([stream, heads]) => [stream, heads.map(({ seq }) => seq)])),
    ).toEqual({
      keys: [0, 1],
      'run/a': [0, 1],
    });
  });
});
