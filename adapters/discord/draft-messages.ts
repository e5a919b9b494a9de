/** An answer while it is written: a message that is edited, seldom enough for Discord's limits. */
import type { DraftSurface } from '../../src/chat/drafts.ts';
import { describeError } from '../../src/core/errors.ts';
import { newNonce } from '../../src/core/ids.ts';
import type { ThreadId } from '../../src/core/ids.ts';
import type { Logger } from '../../src/core/logger.ts';
import type { Posts } from './posts.ts';

export interface DraftMessage {
  readonly thread: ThreadId;
  /** Of the message. */
  readonly id: string;
}

/** One channel takes five edits in five seconds, cards included. */
export const growEveryMs = 2_500;
const mostCharacters = 3_000;

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
      attempt(async () => ({ thread, id: await posts.writeDraft(thread, text, newNonce().slice(0, 24)) })),
    async grow({ thread, id }, text) {
      if (text.length > mostCharacters) return false;
      return (await attempt(() => posts.rewriteDraft(thread, id, text).then(() => true))) === true;
    },
    close: () => Promise.resolve(),
    async remove({ thread, id }) {
      await attempt(() => posts.remove(thread, id));
    },
    clear: async (thread) =>
      (await attempt(async () => {
        for (let id = await posts.findDraft(thread); id !== undefined; id = await posts.findDraft(thread))
          await posts.remove(thread, id);
        return true;
      })) === true,
  };
}
