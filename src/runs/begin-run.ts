/** The beginning of a run: its first commit, and the rows that lists and claims read. Pure but for salts and nonces. */
import type { RunId } from '../core/ids.ts';
import { runStream } from '../core/ids.ts';
import { noPrev } from '../ledger/commit.ts';
import type { CommitDraft } from '../ledger/commit.ts';
import type { EventDraft } from '../ledger/fold.ts';
import { foldStream } from '../ledger/fold.ts';
import { sealCommit } from '../ledger/seal-commit.ts';
import type { RowWrite } from '../ledger/store.ts';
import { foldRun } from './fold-run.ts';
import { projectRun } from './project-run.ts';
import { emptyRun } from './run-state.ts';
import type { Lease } from './store.ts';

export interface Beginning {
  readonly run: RunId;
  readonly draft: CommitDraft;
  readonly rows: readonly RowWrite[];
}

export function beginRun(
  run: RunId,
  what: {
    readonly by: string;
    readonly events: readonly EventDraft[];
    /** Stands for the moment of landing in the rows. */
    readonly at: Date;
    readonly lease?: Lease;
  },
): Beginning {
  const place = { stream: runStream(run), seq: 0, by: what.by, prev: noPrev };
  const draft = sealCommit(place, what.events);
  const state = foldStream([{ ...draft, landedAt: what.at }], emptyRun(run), foldRun);
  return { run, draft, rows: projectRun(state, 0, what.lease, []) };
}
