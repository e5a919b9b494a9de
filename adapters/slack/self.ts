import { z } from 'zod';
import { AppError } from '../../src/core/errors.ts';
import { SlackRefusal } from './refusals.ts';
import type { SlackApi } from './api.ts';

const selfSchema = z.object({
  team_id: z.string(),
  /** The workspace's name. */
  team: z.string().optional(),
  user_id: z.string(),
  bot_id: z.string(),
  /** Of the workspace, for links to its messages. */
  url: z.url(),
});

/** Who the bot is; a token that does not work is told here, before anything connects. */
export async function readSelf(api: SlackApi): Promise<z.infer<typeof selfSchema>> {
  try {
    return selfSchema.parse(await api.call('auth.test', {}));
  } catch (error) {
    if (!(error instanceof SlackRefusal)) throw error;
    throw new AppError(
      'config.invalid',
      `SLACK_BOT_TOKEN: Slack does not accept it (${error.reason}). Fix: copy the bot token again.`,
      { cause: error },
    );
  }
}
