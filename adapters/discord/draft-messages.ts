/** An answer while it is written: a message that is edited, seldom enough for Discord's limits. */
import type { MessageReference } from '../../src/chat/adapter.ts';
import type { DraftSurface } from '../../src/chat/drafts.ts';
import { describeError } from '../../src/core/errors.ts';
import { newNonce } from '../../src/core/ids.ts';
import type { ThreadId } from '../../src/core/ids.ts';
import type { Logger } from '../../src/core/logger.ts';
import type { Posts } from './posts.ts';

export interface DraftMessage {
  readonly thread: ThreadId;
  readonly reference: MessageReference;
}

/** One channel takes five edits in five seconds, cards included. */
export const growEveryMs = 2_500;

export function createDraftMessages(posts: Posts, logger: Logger): DraftSurface<DraftMessage> {
  async function attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      logger.info('draft.failed', { why: describeError(error) });
      return undefined;
    }
  }

  return {
    begin: (thread, { text }) =>
      attempt(async () => ({
        thread,
        reference: await posts.writeDraft(thread, text, newNonce().slice(0, 24)),
      })),
    grow: async ({ thread, reference }, text) =>
      (await attempt(() => posts.rewriteDraft(thread, reference, text))) === true,
    close: () => Promise.resolve(),
    async remove({ thread, reference }) {
      await attempt(() => posts.remove(thread, reference));
    },
    clear: async (thread) =>
      (await attempt(async () => {
        for (;;) {
          const left = await posts.findDraft(thread);
          if (left === undefined) return true;
          await posts.remove(thread, left);
        }
      })) === true,
  };
}
