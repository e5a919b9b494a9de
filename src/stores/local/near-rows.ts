/**
 * Which rows are nearest to a question, without reading every vector: codes of all are kept in this process, and only
 * vectors that may be among the nearest are compared in full, best cases first, until no other one is likely to be: a
 * code misjudges its vector by more than is allowed for less than once in fifteen thousand.
 *
 * The codes stand in the database too, each under a number that only grows: what this or another process has added is
 * read before a question is answered, and so is what went, whose codes are wiped here. The query over the live rows, which
 * has the rule of who may see what, drops whatever goes meanwhile.
 */
import { mayUse } from '../../memory/sight.ts';
import type { Place, Sight } from '../../memory/sight.ts';
import { isRow } from './database.ts';
import type { LocalDatabase } from './database.ts';
import { codeBytes, codeOf, mostAlike, tableOf } from './vector-code.ts';

export interface NearRow {
  readonly number: number;
  readonly distance: number;
}

export interface NearQuery {
  readonly sight: Sight;
  readonly sort: string;
  readonly model: string;
  readonly values: Float32Array;
  readonly limit: number;
  /** Those of these rows that may be told, nearest first, at most as many as are wanted. */
  compare(numbers: readonly number[]): readonly NearRow[];
}

export interface NearRows {
  /** Inside a write of the database. */
  save(number: number, model: string, values: Float32Array): void;
  /** Likewise: the rows are gone. */
  remove(number: number): void;
  /** Nearest first; undefined when there are more vectors than this process keeps codes of. */
  find(query: NearQuery): Promise<readonly NearRow[] | undefined>;
}

/** Of codes in this process, for all models together: 400,000 vectors of 1,024 numbers have 60 MB. */
const mostBytes = 96 * 1024 * 1024;
const perPart = 4_096;
const readAtOnce = 4_000;
const filledAtOnce = 500;
const buckets = 1_024;
const firstCompared = 128;
const mostCompared = 4_096;
/** Of rows that went, for processes that keep codes of them. */
const mostNotes = 20_000;
const isFilled = 'vector-codes';

/** Codes of one model and size, in the order in which they were kept. */
interface Kept {
  last: number;
  count: number;
  readonly parts: Part[];
}

interface Part {
  readonly codes: Uint8Array;
  readonly fits: Float32Array;
  readonly numbers: Float64Array;
  /** Which place of `places` each row is in; none for one that is gone. */
  readonly places: Int32Array;
}

const nowhere = -1;

/** One for all sorts of a database. */
const known = new WeakMap<LocalDatabase, NearRows>();

export function nearRowsOf(database: LocalDatabase): NearRows {
  const found = known.get(database);
  if (found !== undefined) return found;
  const made = createNearRows(database);
  known.set(database, made);
  return made;
}

function createNearRows(database: LocalDatabase): NearRows {
  const insert = database.prepare('INSERT INTO sighted_codes (number, model, dims, code) VALUES (?,?,?,?)');
  const drop = database.prepare('DELETE FROM sighted_codes WHERE number = ? AND model = ?');
  const dropAll = database.prepare('DELETE FROM sighted_codes WHERE number = ?');
  const isThere = database.prepare('SELECT 1 FROM sighted_codes WHERE number = ? LIMIT 1');
  const noteGone = database.prepare('INSERT INTO sighted_gone (number) VALUES (?)');
  const dropNotes = database.prepare(
    'DELETE FROM sighted_gone WHERE rev <= (SELECT max(rev) FROM sighted_gone) - ?',
  );
  const readGone = database.prepare('SELECT rev, number FROM sighted_gone WHERE rev > ? ORDER BY rev');
  const lastGone = database.prepare('SELECT max(rev) AS rev FROM sighted_gone');
  const read = database.prepare(
    `SELECT c.rev, c.number, hex(c.code) AS code, r.sort, r.workspace, r.channel, r.scope, r.thread, r.person
     FROM sighted_codes c LEFT JOIN sighted r ON r.number = c.number
     WHERE c.rev > ? AND c.model = ? AND c.dims = ? ORDER BY c.rev LIMIT ?`,
  );
  const kinds = new Map<string, Kept>();
  const loading = new Map<string, Promise<void>>();
  const places: { readonly sort: string; readonly place: Place }[] = [];
  const placeNumbers = new Map<string, number>();
  /** Up to where it is known what went; undefined before anything was read. */
  let goneUpTo: number | undefined;
  let filling: Promise<void> | undefined;

  function save(number: number, model: string, values: Float32Array): void {
    const { bits, fit } = codeOf(values);
    const code = Buffer.alloc(4 + bits.length);
    code.writeFloatLE(fit);
    code.set(bits, 4);
    drop.run(number, model);
    insert.run(number, model, values.length, code);
  }

  function placeOf(row: Record<string, string | number | null>): number {
    const { workspace, channel, scope, thread, person, sort } = row;
    const key = JSON.stringify([sort, workspace, channel, scope, thread, person]);
    const before = placeNumbers.get(key);
    if (before !== undefined) return before;
    places.push({
      sort: String(sort),
      // The columns hold a place, as it was inserted; what it lacks is null there.
      place: {
        ...{ workspace, channel, scope },
        ...(thread !== null && { thread }),
        ...(person !== null && { person }),
      } as Place,
    });
    placeNumbers.set(key, places.length - 1);
    return places.length - 1;
  }

  function keep(kept: Kept, bytes: number, row: Record<string, string | number | null>): void {
    kept.last = Number(row['rev']);
    if (row['workspace'] === null) return;
    const slot = kept.count % perPart;
    if (slot === 0)
      kept.parts.push({
        codes: new Uint8Array(perPart * bytes),
        fits: new Float32Array(perPart),
        numbers: new Float64Array(perPart),
        places: new Int32Array(perPart).fill(nowhere),
      });
    const part = kept.parts.at(-1);
    const code = Buffer.from(String(row['code']), 'hex');
    if (part === undefined || code.length !== bytes + 4) return;
    part.fits[slot] = code.readFloatLE();
    part.codes.set(code.subarray(4), slot * bytes);
    part.numbers[slot] = Number(row['number']);
    part.places[slot] = placeOf(row);
    kept.count += 1;
  }

  /** Reads what was added since; a first time in steps, so that others are served meanwhile. */
  async function load(kept: Kept, model: string, dims: number): Promise<void> {
    filling ??= fill(database, save);
    await filling;
    wipeGone();
    for (;;) {
      const rows = read.all(kept.last, model, dims, readAtOnce).filter(isRow);
      for (const row of rows) keep(kept, codeBytes(dims), row);
      if (rows.length < readAtOnce) break;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** What this or another process removed since is wiped here too. */
  function wipeGone(): void {
    if (goneUpTo === undefined) {
      // Nothing is kept here yet, so nothing of it has gone.
      const row = lastGone.get();
      goneUpTo = isRow(row) ? Number(row['rev']) : 0;
      return;
    }
    const rows = readGone.all(goneUpTo).filter(isRow);
    const [first] = rows;
    if (first === undefined) return;
    // So much went that nobody knows all of it any more: everything is read anew.
    if (Number(first['rev']) > goneUpTo + 1) for (const one of kinds.values()) empty(one);
    goneUpTo = Number(rows.at(-1)?.['rev']);
    // A number may have been given to another row since.
    const gone = new Set(
      rows.map((row) => Number(row['number'])).filter((number) => isThere.get(number) === undefined),
    );
    for (const one of kinds.values()) forget(one, gone);
  }

  async function loaded(model: string, dims: number): Promise<Kept> {
    const key = `${String(dims)} ${model}`;
    const kept = kinds.get(key) ?? { last: 0, count: 0, parts: [] };
    kinds.set(key, kept);
    const under =
      loading.get(key) ??
      load(kept, model, dims).finally(() => {
        loading.delete(key);
      });
    loading.set(key, under);
    await under;
    return kept;
  }

  return {
    save,
    remove(number) {
      if (dropAll.run(number).changes === 0) return;
      noteGone.run(number);
      dropNotes.run(mostNotes);
    },
    async find({ sight, sort, model, values, limit, compare }) {
      const bytes = codeBytes(values.length);
      const kept = await loaded(model, values.length);
      const held =
        [...kinds.values()].reduce((sum, { parts }) => sum + parts.length, 0) * perPart * (bytes + 16);
      if (held > mostBytes) return undefined;
      const isSeen = Uint8Array.from(places, (entry) =>
        entry.sort === sort && mayUse(sight, entry.place) ? 1 : 0,
      );
      const ordered = bestCasesFirst(kept, bytes, isSeen, values);
      return compareUntilSure(ordered, limit, compare);
    },
  };
}

interface Ordered {
  readonly numbers: Float64Array;
  /** The best case of each, no better than this. */
  readonly most: Float32Array;
}

/** Counted into buckets, because sorting a hundred thousand would take longer than comparing them. */
function bestCasesFirst(kept: Kept, bytes: number, isSeen: Uint8Array, values: Float32Array): Ordered {
  const table = tableOf(values);
  const numbers = new Float64Array(kept.count);
  const most = new Float32Array(kept.count);
  let count = 0;
  for (const [nth, part] of kept.parts.entries()) {
    const size = Math.min(perPart, kept.count - nth * perPart);
    for (let slot = 0; slot < size; slot += 1) {
      const place = part.places[slot] ?? nowhere;
      if (place === nowhere || isSeen[place] !== 1) continue;
      numbers[count] = part.numbers[slot] ?? 0;
      most[count] = mostAlike(table, part.codes, slot * bytes, part.fits[slot] ?? 0);
      count += 1;
    }
  }
  const begins = new Uint32Array(buckets + 1);
  const bucketOf = (value: number): number =>
    Math.min(buckets - 1, Math.max(0, Math.floor(((1 - value) / 2) * buckets)));
  for (let at = 0; at < count; at += 1) {
    const bucket = bucketOf(most[at] ?? 0) + 1;
    begins[bucket] = (begins[bucket] ?? 0) + 1;
  }
  for (let bucket = 1; bucket <= buckets; bucket += 1)
    begins[bucket] = (begins[bucket] ?? 0) + (begins[bucket - 1] ?? 0);
  const ordered: Ordered = { numbers: new Float64Array(count), most: new Float32Array(count) };
  for (let at = 0; at < count; at += 1) {
    const bucket = bucketOf(most[at] ?? 0);
    const to = begins[bucket] ?? 0;
    begins[bucket] = to + 1;
    ordered.numbers[to] = numbers[at] ?? 0;
    ordered.most[to] = bucket === 0 ? Number.POSITIVE_INFINITY : 1 - (2 * bucket) / buckets;
  }
  return ordered;
}

/** What is left cannot be nearer than the last one that is wanted. */
function compareUntilSure(
  { numbers, most }: Ordered,
  limit: number,
  compare: NearQuery['compare'],
): readonly NearRow[] {
  let best: readonly NearRow[] = [];
  let size = Math.max(firstCompared, 2 * limit);
  for (let from = 0; from < numbers.length;) {
    const found = compare([...new Set(numbers.subarray(from, from + size))]);
    const merged = [...best, ...found].toSorted((one, other) => one.distance - other.distance);
    best = [...new Map(merged.toReversed().map((row) => [row.number, row])).values()]
      .toReversed()
      .slice(0, limit);
    from += size;
    size = Math.min(mostCompared, 2 * size);
    const last = best.length < limit ? undefined : best.at(-1);
    if (last !== undefined && (most[from] ?? nowhere) < 1 - last.distance) break;
  }
  return best;
}

function empty(kept: Kept): void {
  for (const part of kept.parts) {
    part.places.fill(nowhere);
    part.codes.fill(0);
  }
  kept.parts.length = 0;
  kept.count = 0;
  kept.last = 0;
}

function forget(kept: Kept, gone: ReadonlySet<number>): void {
  for (const part of kept.parts)
    for (const [slot, number] of part.numbers.entries())
      if (gone.has(number)) {
        part.places[slot] = nowhere;
        part.codes.fill(0, (slot * part.codes.length) / perPart, ((slot + 1) * part.codes.length) / perPart);
      }
}

/** Makes the codes of vectors that an older version kept; once for a file, and harmless when two processes do it. */
async function fill(database: LocalDatabase, save: NearRows['save']): Promise<void> {
  const done = database.prepare('SELECT 1 FROM meta WHERE key = ?');
  if (done.get(isFilled) !== undefined) return;
  const bare = database.prepare(
    `SELECT v.number, v.model, hex(v.vector) AS vector FROM sighted_vectors v WHERE (v.number, v.model) > (?, ?)
     AND NOT EXISTS (SELECT 1 FROM sighted_codes c WHERE c.number = v.number AND c.model = v.model)
     ORDER BY v.number, v.model LIMIT ?`,
  );
  let after: readonly [number, string] = [-1, ''];
  for (;;) {
    const rows = await database.write(() => {
      const found = bare.all(...after, filledAtOnce).filter(isRow);
      for (const row of found) {
        const bytes = Buffer.from(String(row['vector']), 'hex');
        const values = new Float32Array(new Uint8Array(bytes).buffer);
        save(Number(row['number']), String(row['model']), values);
      }
      return found;
    });
    const last = rows.at(-1);
    if (last === undefined) break;
    after = [Number(last['number']), String(last['model'])];
  }
  await database.write(() => {
    database.prepare("INSERT INTO meta (key, value) VALUES (?, '1') ON CONFLICT DO NOTHING").run(isFilled);
  });
}
