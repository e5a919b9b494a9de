/** Erases texts of one run and brings its rows in step, so that lists and threads show «erased» too. */
import type { RunId } from '../core/ids.ts';
import { runStream } from '../core/ids.ts';
import { eraseTexts } from '../ledger/erase-texts.ts';
import type { Erasure } from '../ledger/erase-texts.ts';
import { foldStream } from '../ledger/fold.ts';
import type { LedgerStore } from '../ledger/store.ts';
import { foldRun } from './fold-run.ts';
import { projectRun } from './project-run.ts';
import { emptyRun } from './run-state.ts';

/** For runs that are over: one at work would go on with what it still remembers. */
export async function eraseRun(
  store: LedgerStore,
  run: RunId,
  erasure: Omit<Erasure, 'stream'>,
): Promise<void> {
  const stream = runStream(run);
  await eraseTexts(store, { ...erasure, stream });
  const commits = await store.read(stream);
  const state = foldStream(commits, emptyRun(run), foldRun);
  const seq = commits.at(-1)?.seq ?? 0;
  await store.saveRows(projectRun(state, seq, undefined, [...state.approvals.values()]));
}
