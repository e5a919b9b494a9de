/** Files that people attached at the console, as an earlier version kept them. */
import { describe, expect, it } from '@jest/globals';
import { asActorId } from '../../../src/core/ids.ts';
import { verifyStream } from '../../../src/ledger/verify.ts';
import { createKeptFiles, dayOfKept } from '../../../src/runs/kept-files.ts';
import { readFixture } from '../../builders/event-fixture.ts';
import { aLedgerStore } from '../../builders/local-ledger.ts';
import { aManualClock } from '../../builders/manual-clock.ts';

describe('given a file that an earlier version kept', () => {
  const commits = readFixture('files-v1.jsonl');
  const reference = 'files/2026-11-22/r08dv7z4xdvp129sk22p1typ5x';
  const kept = createKeptFiles({
    ledger: {
      ...aLedgerStore(),
      read: (stream) => Promise.resolve(commits.filter((commit) => commit.stream === stream)),
    },
    clock: aManualClock(),
    redact: (text) => text,
  });

  it('then its owner finds it, nobody else does, and its bytes are whole', async () => {
    expect(verifyStream(commits)).toBeUndefined();
    expect(commits.map(({ events }) => events.map(({ kind, v }) => [kind, v]))).toEqual([[['file.kept', 1]]]);
    expect(await kept.find(asActorId('ana'), reference)).toEqual({
      ...{ reference, name: 'order.csv', mediaType: 'application/octet-stream', size: 23 },
    });
    expect(await kept.find(asActorId('ben'), reference)).toBeUndefined();
    expect((await kept.read(reference)).toString()).toBe('product,price\nLamp,120\n');
    expect(dayOfKept(reference)).toMatch(/^\d{4}-\d{2}-\d{2}$/u);
  });
});
