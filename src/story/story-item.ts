/** What a thread shows, platform-neutral: each item keeps its id for as long as it is shown, so it can be edited. */
import type { ShownItem } from '../chat/adapter.ts';
import type { ApprovalId, RunId } from '../core/ids.ts';

export interface StoryItem extends ShownItem {
  /** The run that it belongs to, where it stands in another run's thread. */
  readonly run?: RunId;
  readonly approval?: { readonly id: string; readonly digest: string; readonly state: string };
}

/** Who looks, and what the words need to know. */
export interface Reader {
  readonly id: string;
  /** False for a copy outside the thread: it shows what runs and who asked, never the private thread. */
  readonly mayReadThread: boolean;
}

export interface StoryWords {
  nameOf(person: string): string;
  /** A moment in the form that this surface turns into the reader's own zone. */
  time(at: Date | number): string;
  /** The console's page of an approval that waits; undefined where nobody knows the console's address. */
  pageOf?(approval: ApprovalId): string | undefined;
}
