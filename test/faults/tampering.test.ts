/**
 * Somebody who may write to the database file alters the ledger, in every way there is, at places nobody chose.
 *
 * He is no fool: where hashes can be made to add up again, he does so, and he corrects the list of runs.
 */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../src/core/clock.ts';
import { commitHash, noPrev, prevAfter } from '../../src/ledger/commit.ts';
import type { Commit } from '../../src/ledger/commit.ts';
import { sealHash, readSeals, sealStream } from '../../src/ledger/seal.ts';
import { sourceOfStore, verifyLedger } from '../../src/ledger/verify-ledger.ts';
import type { Witnessed } from '../../src/ledger/verify-seals.ts';
import type { Fault } from '../../src/ledger/verify.ts';
import { openLocalStore } from '../../src/stores/local/local-store.ts';
import { aFolder, removeFolder } from '../builders/running-bot.ts';
import { aWorld } from '../builders/world.ts';

const seed = Number(process.env['TAMPER_SEED'] ?? Date.now() % 1_000_000);
const placesPerKind = 50;
const runs = 12;

let state = seed;
function random(limit: number): number {
  state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
  return Math.floor((state / 2_147_483_648) * limit);
}

type Db = InstanceType<typeof Database>;
interface Place {
  readonly stream: string;
  readonly at: number;
  readonly commits: readonly Commit[];
}
/** Alters the file; answers at which commits the verification may first notice it. */
type Tamper = (db: Db, place: Place) => readonly number[];

function put(db: Db, commit: Commit): void {
  db.prepare(
    'INSERT INTO commits (stream, seq, actor, writer, events, prev, hash, landed_at, bodies, pending) VALUES (?,?,?,?,?,?,?,?,?,0)',
  ).run(
    commit.stream,
    commit.seq,
    commit.by,
    commit.writer,
    JSON.stringify(commit.events),
    commit.prev,
    commit.hash,
    commit.landedAt.getTime(),
    JSON.stringify(commit.bodies),
  );
}

function remove(db: Db, stream: string, from: number, to = from): void {
  db.prepare('DELETE FROM commits WHERE stream = ? AND seq BETWEEN ? AND ?').run(stream, from, to);
}

/** A commit of the forger's own that follows from the one before it, hashes and all. */
function forged(place: Place, seq: number, before: Commit | undefined): Commit {
  const model = place.commits[seq] ?? place.commits[0];
  if (model === undefined) throw new Error('A stream has commits.');
  const draft = {
    stream: place.stream,
    seq,
    by: 'mallory',
    writer: `forged${String(seq)}`,
    events: [{ kind: 'message.posted', v: 1, data: { key: `k${String(seq)}` } }],
    prev: before === undefined ? noPrev : prevAfter(before),
  };
  return { ...draft, hash: commitHash(draft), landedAt: model.landedAt, bodies: {}, pending: false };
}

const alterations: readonly ((commit: Commit) => Commit)[] = [
  (commit) => ({ ...commit, by: 'mallory' }),
  (commit) => ({ ...commit, writer: `${commit.writer}x` }),
  (commit) => ({ ...commit, landedAt: new Date(commit.landedAt.getTime() + 1) }),
  (commit) => ({
    ...commit,
    events: commit.events.map((event) => ({ ...event, data: { ...event.data, amount: 1 } })),
  }),
  (commit) => ({ ...commit, events: [...commit.events, { kind: 'run.resumed', v: 1, data: { by: 'ben' } }] }),
  (commit) => ({ ...commit, bodies: { ...commit.bodies, more: { salt: 's', text: 't' } } }),
  (commit) => {
    const altered = { ...commit, by: 'mallory' };
    return { ...altered, hash: commitHash(altered) };
  },
];

const kinds: Readonly<Record<string, Tamper>> = {
  alteration(db, { stream, at, commits }) {
    const commit = commits[at];
    const alter = alterations[random(alterations.length)];
    if (commit === undefined || alter === undefined) throw new Error('There is a commit at every place.');
    remove(db, stream, at);
    put(db, alter(commit));
    return [at, at + 1];
  },
  deletion(db, { stream, at }) {
    remove(db, stream, at);
    return [at];
  },
  insertion(db, place) {
    const { stream, at, commits } = place;
    remove(db, stream, at, commits.length);
    put(db, forged(place, at, commits[at - 1]));
    for (const commit of commits.slice(at)) put(db, { ...commit, seq: commit.seq + 1 });
    return [at, at + 1];
  },
  're-ordering'(db, { stream, at, commits }) {
    const first = Math.min(at, commits.length - 2);
    const [a, b] = [commits[first], commits[first + 1]];
    if (a === undefined || b === undefined) throw new Error('A stream has two commits.');
    remove(db, stream, first, first + 1);
    put(db, { ...b, seq: first });
    put(db, { ...a, seq: first + 1 });
    return [first];
  },
  truncation(db, { stream, at, commits }) {
    remove(db, stream, at, commits.length);
    if (at === 0) db.prepare('DELETE FROM runs WHERE id = ?').run(stream.slice(4));
    else db.prepare('UPDATE runs SET seq = ? WHERE id = ?').run(at - 1, stream.slice(4));
    return [at];
  },
  fork(db, place) {
    const { stream, at, commits } = place;
    remove(db, stream, at, commits.length);
    let before = commits[at - 1];
    for (let seq = at; seq < commits.length; seq += 1) {
      before = forged(place, seq, before);
      put(db, before);
    }
    // The chain adds up again: only what was sealed tells, at the first sealed commit of the other history.
    return (
      sealedPlaces
        .get(stream)
        ?.filter((seq) => seq >= at)
        .slice(0, 1) ?? []
    );
  },
};

const folder = aFolder();
const scratch = aFolder();
const sealedPlaces = new Map<string, number[]>();
let streams: readonly (readonly [string, readonly Commit[]])[] = [];
let lastSeal: { readonly number: number; readonly hash: string };

async function verifyCopy(alter: (db: Db) => void, witnessed: Witnessed = {}): Promise<readonly Fault[]> {
  const file = join(scratch, 'countersign.db');
  copyFileSync(join(folder, 'countersign.db'), file);
  const db = new Database(file);
  db.exec('PRAGMA synchronous = OFF');
  alter(db);
  db.close();
  const store = await openLocalStore({ folder: scratch, clock: systemClock });
  try {
    return (await verifyLedger(sourceOfStore(store.ledger), { witnessed })).faults;
  } finally {
    await store.close();
  }
}

beforeAll(async () => {
  // Sealed twice: while the approvals wait, and when everything is over.
  const first = await aWorld({ folder });
  await first.app.start();
  const asked = await Promise.all(
    Array.from({ length: runs }, (_, index) => first.say('ana', `pay ${String(index)}`)),
  );
  const approvals = await Promise.all(asked.map(({ run }) => first.pending(run)));
  await first.close();
  const second = await aWorld({ folder });
  await second.app.start();
  for (const approval of approvals) await second.vote('ben', approval, 'approve');
  for (const { run } of asked) await second.until(run, 'done');
  await second.close();

  const store = await openLocalStore({ folder, clock: systemClock });
  const seals = (await store.ledger.read(sealStream)).flatMap(readSeals);
  for (const head of seals.flatMap((seal) => seal.heads ?? []))
    sealedPlaces.set(head.stream, [...(sealedPlaces.get(head.stream) ?? []), head.seq]);
  const last = seals.at(-1);
  if (last === undefined) throw new Error('The ledger was sealed.');
  lastSeal = { number: last.number, hash: sealHash(last) };
  const names = await store.ledger.listStreams({ prefix: 'run/', limit: 100 });
  streams = await Promise.all(names.map(async (name) => [name, await store.ledger.read(name)] as const));
  await store.close();
}, 60_000);
afterAll(() => {
  removeFolder(folder);
  removeFolder(scratch);
});

describe(`given a sealed ledger of ${String(runs)} runs (seed ${String(seed)})`, () => {
  it('when nobody touched it, then nothing is found', async () => {
    expect(await verifyCopy(() => undefined, { posted: [lastSeal] })).toEqual([]);
  });

  for (const [kind, tamper] of Object.entries(kinds)) {
    it(`when ${kind} happens at ${String(placesPerKind)} places, then each is found, and the first bad commit is named`, async () => {
      const missed: string[] = [];
      for (let place = 0; place < placesPerKind; place += 1) {
        const [stream, commits] = streams[random(streams.length)] ?? ['', []];
        const at = random(commits.length);
        let expected: readonly number[] = [];
        const faults = await verifyCopy((db) => {
          expected = tamper(db, { stream, at, commits });
        });
        const [fault] = faults;
        if (faults.length !== 1 || fault?.stream !== stream || !expected.includes(fault.seq))
          missed.push(
            `${stream}/${String(at)}: ${JSON.stringify(faults)}, expected at ${expected.join(' or ')}`,
          );
      }

      expect(missed).toEqual([]);
    }, 60_000);
  }

  it('when every run is gone, with its row, then each lost ledger is named', async () => {
    const faults = await verifyCopy((db) => {
      db.exec(
        "DELETE FROM commits WHERE stream LIKE 'run/%'; DELETE FROM runs; DELETE FROM approvals; DELETE FROM threads;",
      );
    });

    expect(faults.map((fault) => fault.stream)).toEqual(streams.map(([stream]) => stream));
    expect(faults.every((fault) => fault.why.startsWith('the whole ledger is gone'))).toBe(true);
  });

  it('when the seals are gone too, or were signed anew with a key of the forger, then a posted seal or a known key tells', async () => {
    const wiped = await verifyCopy((db) => db.exec('DELETE FROM commits'), { posted: [lastSeal] });
    expect(wiped).toMatchObject([
      { stream: 'seals', why: `seal ${String(lastSeal.number)} was posted and is gone` },
    ]);

    const cut = await verifyCopy((db) => db.exec("DELETE FROM commits WHERE stream = 'seals' AND seq > 0"), {
      posted: [lastSeal],
    });
    expect(cut).toMatchObject([{ why: `seal ${String(lastSeal.number)} was posted and is gone` }]);

    const strange = await verifyCopy(() => undefined, { keys: ['0'.repeat(64)] });
    expect(strange.every((fault) => fault.why.includes('is not one that you trust'))).toBe(true);
    expect(strange.length).toBe(lastSeal.number);
  });

  it('when a seal is altered, then it does not vouch for anything any more', async () => {
    const faults = await verifyCopy((db) => {
      // The columns are named by the query.
      const row = db.prepare("SELECT bodies FROM commits WHERE stream = 'seals' AND seq = 0").get() as {
        bodies: string;
      };
      db.prepare("UPDATE commits SET bodies = ? WHERE stream = 'seals' AND seq = 0").run(
        // Another digit than was there, whatever was there.
        row.bodies.replace(
          /\|(\d+)\|([0-9a-f])/u,
          (_all, place, digit) => `|${place}|${digit === 'f' ? '0' : 'f'}`,
        ),
      );
    });

    expect(faults.map((fault) => fault.stream)).toContain('seals');
  });
});
