/** What those who follow a run are told of it. Pure. */
import { isFinished, pendingApprovals } from '../runs/run-state.ts';
import type { RunState } from '../runs/run-state.ts';
import type { NoticeSort } from './notice-state.ts';

export interface RunNotice {
  readonly key: string;
  readonly sort: NoticeSort;
  /** The event that it follows from. */
  readonly number: number;
}

/** What the run has come to: where it waits for people, and how it ended. */
export function noticesOf(state: RunState): readonly RunNotice[] {
  const { id, finished, parked, status } = state;
  if (finished !== undefined && isFinished(state)) {
    const sort = status === 'failed' || status === 'stopped' ? status : 'done';
    return [{ key: `${id}/end`, sort, number: finished.number }];
  }
  const asked = pendingApprovals(state).map((approval): RunNotice => ({
    ...{ key: `${id}/${approval.id}`, sort: 'waits', number: approval.mark.number },
  }));
  const forms = [...state.waits.values()]
    .filter(({ kind, end }) => kind === 'form' && end === undefined)
    .map(({ key, mark }): RunNotice => ({ key: `${id}/form/${key}`, sort: 'waits', number: mark.number }));
  const parking: readonly RunNotice[] =
    parked === undefined || parked.until !== undefined
      ? []
      : [{ key: `${id}/parked/${String(parked.mark.number)}`, sort: 'parked', number: parked.mark.number }];
  return [...asked, ...forms, ...parking];
}
