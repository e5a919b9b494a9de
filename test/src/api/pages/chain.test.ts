import { describe, expect, it } from '@jest/globals';
import { webcrypto } from 'node:crypto';
import { verifyChain } from '../../../../src/api/pages/chain.ts';
import type { CommitJson } from '../../../../src/api/shapes.ts';
import { commitHash, noPrev, prevAfter, sealBody } from '../../../../src/ledger/commit.ts';
import type { LedgerEvent } from '../../../../src/ledger/commit.ts';

const subtle = webcrypto.subtle;

/** A ledger as the process writes it: hashes come from `ledger/commit.ts`, never from the code under test. */
function aLedger(commits = 3): CommitJson[] {
  const { reference, body } = sealBody('message', 'refund 120 €');
  let prev = noPrev;
  return Array.from({ length: commits }, (_, seq) => {
    const events: LedgerEvent[] = [
      { kind: 'run.noted', v: 1, data: { seq, text: reference, é: [1.5, null] } },
    ];
    const draft = { stream: 'run_1', seq, by: 'ana', writer: 'w1', events, prev };
    const hash = commitHash(draft);
    const landedAt = new Date(Date.UTC(2026, 10, 3, 10, 42, seq));
    prev = prevAfter({ hash, landedAt });
    return {
      ...draft,
      events: events.map(({ kind, v, data }) => ({ kind, v, data: { ...data } })),
      hash,
      landedAt: landedAt.toISOString(),
      bodies: { message: { ...body } },
    };
  });
}

function changed(ledger: readonly CommitJson[], seq: number, change: Partial<CommitJson>): CommitJson[] {
  return ledger.map((commit) => (commit.seq === seq ? { ...commit, ...change } : commit));
}

describe('given a ledger as it was written', () => {
  it('when the browser checks it, then it is verified with its texts', async () => {
    expect(await verifyChain(aLedger(), subtle)).toEqual({
      kind: 'verified',
      commits: 3,
      bodies: 3,
      erased: 0,
    });
  });

  it('when a text was erased, then the chain is still verified and says so', async () => {
    const ledger = changed(aLedger(), 1, { bodies: {} });

    expect(await verifyChain(ledger, subtle)).toEqual({ kind: 'verified', commits: 3, bodies: 2, erased: 1 });
  });

  it('when the browser has no WebCrypto, then it is said to be unchecked', async () => {
    expect(await verifyChain(aLedger(), undefined)).toMatchObject({ kind: 'unchecked' });
  });

  it('when there is no commit, then nothing is claimed', async () => {
    expect(await verifyChain([], subtle)).toMatchObject({ kind: 'unchecked' });
  });
});

describe('given an altered ledger', () => {
  const cases: readonly (readonly [string, (ledger: CommitJson[]) => CommitJson[], number])[] = [
    ['an event', (all) => changed(all, 1, { events: [{ kind: 'run.noted', v: 1, data: { seq: 9 } }] }), 1],
    ['who did it', (all) => changed(all, 1, { by: 'ben' }), 1],
    ['the writer', (all) => changed(all, 1, { writer: 'w2' }), 1],
    ['when it landed', (all) => changed(all, 1, { landedAt: '2026-11-03T10:42:59.000Z' }), 2],
    ['a text', (all) => changed(all, 1, { bodies: { message: { salt: '00', text: 'refund 1200 €' } } }), 1],
    ['a missing commit', (all) => all.filter(({ seq }) => seq !== 1), 2],
    ['a missing start', (all) => all.slice(1), 1],
    ['the stream of one', (all) => changed(all, 2, { stream: 'run_2' }), 2],
    ['a forged first link', (all) => changed(all, 0, { prev: 'f'.repeat(64) }), 0],
  ];

  it.each(cases)('when %s differs, then the chain breaks there', async (_, alter, seq) => {
    expect(await verifyChain(alter(aLedger()), subtle)).toMatchObject({ kind: 'broken', seq });
  });
});
