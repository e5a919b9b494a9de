import { mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { endOfTurn } from '../../../src/core/clock.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { commitHash, noPrev, prevAfter } from '../../../src/ledger/commit.ts';
import { readSeals, sealHash, sealStream } from '../../../src/ledger/seal.ts';
import type { Seal } from '../../../src/ledger/seal.ts';
import { openSealKey } from '../../../src/ledger/seal-key.ts';
import { createSealer } from '../../../src/ledger/sealer.ts';
import type { Sealer } from '../../../src/ledger/sealer.ts';
import { sourceOfStore, verifyLedger } from '../../../src/ledger/verify-ledger.ts';
import { aLedgerStore } from '../../builders/local-ledger.ts';
import type { LocalLedger } from '../../builders/local-ledger.ts';
import { aManualClock } from '../../builders/manual-clock.ts';
import type { ManualClock } from '../../builders/manual-clock.ts';
import { removeFolder } from '../../builders/running-bot.ts';

const folder = mkdtempSync(join(tmpdir(), 'countersign-seal-'));
afterAll(() => {
  removeFolder(folder);
});

interface Setting {
  readonly clock: ManualClock;
  readonly ledger: LocalLedger;
  readonly shown: Seal[];
  sealer(keyFile?: string, publish?: (seal: Seal) => Promise<void>): Sealer;
  write(stream: string, times?: number): Promise<void>;
  seals(): Promise<readonly Seal[]>;
  /** Lets everything that was set going come to its end. */
  settle(): Promise<void>;
}

let files = 0;

function aSetting(): Setting {
  const clock = aManualClock();
  const ledger = aLedgerStore(() => clock.now());
  const shown: Seal[] = [];
  files += 1;
  const ownFile = join(folder, `key-${String(files)}.pem`);
  let writer = 0;
  return {
    clock,
    ledger,
    shown,
    sealer: (keyFile = ownFile, publish = (seal) => Promise.resolve(void shown.push(seal))) =>
      createSealer({
        store: ledger,
        clock,
        logger: silentLogger,
        organisation: 'org_1',
        openKey: () => openSealKey(keyFile),
        publish,
      }),
    async write(stream, times = 1) {
      for (let time = 0; time < times; time += 1) {
        const last = await ledger.readLast(stream);
        writer += 1;
        const draft = {
          stream,
          seq: last === undefined ? 0 : last.seq + 1,
          by: 'ana',
          writer: `w${String(writer)}`,
          events: [],
          prev: last === undefined ? noPrev : prevAfter(last),
        };
        await ledger.append({ ...draft, hash: commitHash(draft), bodies: {}, pending: false }, []);
      }
    },
    seals: async () => (await ledger.read(sealStream)).flatMap(readSeals),
    async settle() {
      for (let turn = 0; turn < 20; turn += 1) await endOfTurn();
    },
  };
}

describe('given a ledger that is being sealed', () => {
  it('when five minutes are over, then what changed is sealed once and shown, and an idle ledger is left alone', async () => {
    const { clock, sealer, write, seals, shown, settle } = aSetting();
    await sealer().start();
    await write('run/a', 3);
    await write('run/b');

    clock.advance(4 * 60_000);
    await settle();
    expect(await seals()).toEqual([]);
    clock.advance(61_000);
    await settle();
    clock.advance(60 * 60_000);
    await settle();

    expect(
      (await seals()).map((seal) => [
        seal.number,
        seal.heads?.map((head) => `${head.stream}/${String(head.seq)}`),
      ]),
    ).toEqual([[1, ['keys/0', 'run/a/2', 'run/b/0']]]);
    expect(shown.map(sealHash)).toEqual((await seals()).map(sealHash));
  });

  it('when a hundred commits have landed, then it does not wait for the five minutes', async () => {
    const { clock, sealer, write, seals, settle } = aSetting();
    await sealer().start();
    // The key's registration is the hundredth.
    await write('run/a', 98);
    clock.advance(5_000);
    await settle();
    expect(await seals()).toHaveLength(0);

    await write('run/a', 1);
    clock.advance(5_000);
    await settle();

    expect(await seals()).toHaveLength(1);
  });

  it('when far more landed than one seal takes, then several seals cover all of it', async () => {
    const { sealer, write, seals, ledger } = aSetting();
    await write('run/a', 2_100);
    const one = sealer();
    await one.start();
    await one.stop();

    expect(await seals()).toHaveLength(2);
    const report = await verifyLedger(sourceOfStore(ledger));
    expect([report.faults, report.streams, report.covered]).toEqual([[], 3, 3]);
  });

  it('when two processes seal with keys of their own, then one chain of seals names both keys and adds up', async () => {
    const { clock, sealer, write, seals, settle, ledger } = aSetting();
    const both = [sealer(join(folder, 'one.pem')), sealer(join(folder, 'two.pem'))];
    for (const each of both) await each.start();
    for (let round = 0; round < 12; round += 1) {
      await write(`run/${String(round)}`);
      clock.advance(5 * 60_000);
      await settle();
    }
    for (const each of both) {
      await write('run/last');
      await each.stop();
    }

    const report = await verifyLedger(sourceOfStore(ledger));
    expect(report.faults).toEqual([]);
    expect(report.book.signers.size).toBe(2);
    expect((await seals()).map((seal) => seal.number)).toEqual((await seals()).map((_, index) => index + 1));
    expect(report.covered).toBe(report.streams);
  });

  it('when the key is changed, then the old public key still vouches for the old seals', async () => {
    const { sealer, write, ledger } = aSetting();
    for (const file of ['old.pem', 'new.pem']) {
      await write('run/a');
      const one = sealer(join(folder, file));
      await one.start();
      await one.stop();
    }

    const report = await verifyLedger(sourceOfStore(ledger));
    expect([report.faults, report.book.signers.size]).toEqual([[], 2]);
  });

  it('when the witness cannot be reached, then the seal is shown later, also by the next start', async () => {
    const { clock, sealer, write, seals, shown, settle } = aSetting();
    let isDown = true;
    const publish = (seal: Seal): Promise<void> => {
      if (isDown) return Promise.reject(new Error('down'));
      shown.push(seal);
      return Promise.resolve();
    };
    const first = sealer(undefined, publish);
    await first.start();
    await write('run/a');
    clock.advance(5 * 60_000);
    await settle();
    expect([await seals(), shown]).toMatchObject([{ length: 1 }, { length: 0 }]);

    isDown = false;
    clock.advance(5_000);
    await settle();
    expect(shown).toHaveLength(1);

    await write('run/a');
    await first.stop();
    expect(shown).toHaveLength(1);
    await sealer(undefined, publish).start();
    await settle();

    expect(shown.map((seal) => seal.number)).toEqual([1, 2]);
  });
});

describe('given the file of a key', () => {
  it('then it is made once, for its owner only, and the same key is read again', () => {
    const file = join(folder, 'deep', 'seal.pem');
    const made = openSealKey(file);

    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(openSealKey(file).key).toBe(made.key);
    expect(readFileSync(file, 'utf8')).toContain('PRIVATE KEY');
  });

  it('when others may read it, or it holds something else, then it is refused and its content is not told', async () => {
    const { chmodSync, writeFileSync } = await import('node:fs');
    const open = join(folder, 'open.pem');
    openSealKey(open);
    chmodSync(open, 0o640);
    const other = join(folder, 'other.pem');
    writeFileSync(other, 'hunter2', { mode: 0o600 });

    expect(() => openSealKey(open)).toThrow('others may read');
    expect(() => openSealKey(other)).toThrow(/^(?!.*hunter2).*no private key/u);
  });
});
