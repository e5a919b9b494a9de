/**
 * `countersign migrate --to mongodb://…`: everything of the local store, moved to an empty database.
 *
 * The bot must not run. A move that was cut short goes on where it was; a database that holds anything else is refused.
 * At the end every chain is compared: how many commits it has and how it ends.
 */
import { AppError } from '../core/errors.ts';
import { lookAhead, openLeft, openMove } from '../open-store.ts';
import type { Move } from '../open-store.ts';
import { readSetup, say, sayTable } from './command-setup.ts';

const rowsAtOnce = 1_000;
const headsAtOnce = 50;

export async function migrate(options: { readonly to: string; readonly dryRun: boolean }): Promise<void> {
  const setup = readSetup();
  const { dataDir, mongodbUri } = setup.config;
  if (mongodbUri !== undefined)
    throw new AppError(
      'config.invalid',
      'MONGODB_URI: it is set, so the bot lives on MongoDB already. Fix: unset it to move what lies under DATA_DIR.',
    );
  if (options.dryRun) {
    const left = openLeft(setup);
    try {
      sayTable(left.tables.map((table) => [table, String(left.count(table))]));
      sayVectors(left);
      sayTarget(await lookAhead(setup, options.to, left), left);
    } finally {
      left.close();
    }
    return;
  }
  const move = await openMove(setup, options.to);
  try {
    await moveRows(move);
    sayVectors(move.from);
    const streams = await compareHeads(move);
    await move.to.finish();
    say(`ok   ${String(streams)} chains have as many commits as here, and end as they do here.`);
    say(`Set MONGODB_URI and start the bot. What lies in ${dataDir} stays as it is.`);
  } finally {
    showProgress('');
    move.from.close();
    await move.to.close();
  }
}

function sayTarget(seen: Awaited<ReturnType<typeof lookAhead>>, left: Move['from']): void {
  const { place, isBegun, mayWrite, others } = seen;
  if (isBegun) {
    say(`ok   ${place} answers, and holds a part of this store. It goes on there:`);
    for (const table of left.tables) {
      const done = seen.done[table] ?? 0;
      if (done > 0) say(`     ${table.padEnd(12)}${String(done)} of ${String(left.count(table))}`);
    }
  } else say(`ok   ${place} answers, and holds nothing that would be in the way.`);
  say(
    mayWrite === true
      ? 'ok   This user may write there.'
      : 'note The server does not say whether this user may write there. It needs the role readWrite.',
  );
  if (others.length > 0) {
    const named = others.slice(0, 5).join(', ') + (others.length > 5 ? ', …' : '');
    say(`note Other collections are in that database: ${named}. They would stay as they are.`);
  }
  say('Nothing was written, here or there.');
}

/** What is kept by several models is not the same thing several times. */
function sayVectors({ vectors }: Move['from']): void {
  for (const { model, count, isMoved } of vectors)
    say(
      isMoved
        ? `     ${String(count)} vectors of ${model} go along.`
        : `note ${String(count)} vectors of ${model} stay here: EMBEDDER names another model, or more are of another, and a row there has one. The bot makes what is missing when it starts.`,
    );
}

async function moveRows({ from, to }: Move): Promise<void> {
  for (const table of from.tables) {
    const all = from.count(table);
    let done = await to.done(table);
    if (done > 0 && done < all) say(`${table}: going on after ${String(done)}`);
    while (done < all) {
      const rows = from.read(table, done, rowsAtOnce);
      await to.take(table, rows, done + rows.length);
      done += rows.length;
      showProgress(`${table} ${String(done)} of ${String(all)}`);
    }
    showProgress('');
    say(`${table.padEnd(12)}${String(all)}`);
  }
}

/** Answers how many chains there are. Throws `store.corrupt` naming those that are not the same. */
async function compareHeads({ from, to }: Move): Promise<number> {
  const wrong: string[] = [];
  let streams = 0;
  let after = '';
  for (;;) {
    const heads = from.heads(after, headsAtOnce);
    const found = await Promise.all(heads.map(({ stream }) => to.findHead(stream)));
    for (const [index, head] of heads.entries())
      if (JSON.stringify(found[index]) !== JSON.stringify(head)) wrong.push(head.stream);
    streams += heads.length;
    showProgress(`${String(streams)} chains compared`);
    const last = heads.at(-1);
    if (last === undefined) break;
    after = last.stream;
  }
  showProgress('');
  for (const stream of wrong) say(`BAD  ${stream} is not there as it is here`);
  if (wrong.length > 0)
    throw new AppError(
      'store.corrupt',
      `--to: ${String(wrong.length)} of ${String(streams)} chains differ. Fix: empty the database and migrate again.`,
    );
  return streams;
}

function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}
