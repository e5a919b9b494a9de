/**
 * Which texts of a run are a person's: all of a run that he asked for, and his own words in the runs of others. Pure.
 *
 * What the model and the tools made of his request quotes him, so it goes with it. Other people's words in his run
 * are theirs and stay.
 */
import type { Commit } from '../ledger/commit.ts';
import { textsWhere } from '../ledger/erase-texts.ts';
import type { TextsBySeq } from '../ledger/erase-texts.ts';

/** Kinds whose texts are the words of the person in `by`, and nothing of the requester's. */
const ownWords: ReadonlySet<string> = new Set([
  'message.received',
  'approval.voted',
  'approval.decided',
  'run.stopped',
  'outcome.settled',
  'memory.changed',
]);

/** Texts that are still there. Empty when none of this stream are his. */
export function personalTexts(commits: readonly Commit[], person: string): TextsBySeq {
  const isRequester = commits[0]?.events.some(({ data }) => data['requester'] === person) === true;
  return textsWhere(commits, ({ kind, data }) => {
    if (data['by'] === person) return true;
    const isAnothers = ownWords.has(kind) && typeof data['by'] === 'string';
    return isRequester && !isAnothers;
  });
}

/** The summary of its thread that a run wrote: it tells of texts of other runs. */
export function summaryTexts(commits: readonly Commit[]): TextsBySeq {
  return textsWhere(commits, ({ kind }) => kind === 'thread.summarised');
}

/** Every text that is still there. */
export function allTexts(commits: readonly Commit[]): TextsBySeq {
  return textsWhere(commits, () => true);
}
