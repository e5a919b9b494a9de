/** `countersign rebuild`: lists and inboxes anew from the ledger. Rows are guarded by their commit, so a running bot wins. */
import { newWorkerId } from '../core/ids.ts';
import { foldStream } from '../ledger/fold.ts';
import { foldRun } from '../runs/fold-run.ts';
import { projectRun } from '../runs/project-run.ts';
import { emptyRun } from '../runs/run-state.ts';
import { readSetup, say } from './command-setup.ts';
import { runLedgers } from './run-ledgers.ts';

const toldEvery = 500;

export async function rebuild(): Promise<void> {
  const setup = readSetup();
  const worker = newWorkerId();
  await setup.withStore(async (store) => {
    let count = 0;
    for await (const { run: id, commits } of runLedgers(store.ledger)) {
      const seq = commits.at(-1)?.seq ?? -1;
      if (seq < 0) continue;
      const state = foldStream(commits, emptyRun(id), foldRun);
      // A run in the middle of its work is due at once, so that the sweep looks whether anybody still has it.
      const isAtWork = state.status === 'running' || state.status === 'queued';
      const lease = isAtWork ? { worker, lastsMs: 0 } : undefined;
      await store.ledger.saveRows(projectRun(state, seq, lease, [...state.approvals.values()]));
      count += 1;
      if (process.stderr.isTTY && count % toldEvery === 0)
        process.stderr.write(`\r\u001b[K${String(count)} runs`);
    }
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
    say(`${String(count)} runs are projected anew.`);
  });
}
