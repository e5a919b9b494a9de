/** Who the bot is: its account and its application. */
import { z } from 'zod';
import { AppError } from '../../src/core/errors.ts';
import { DiscordRefusal } from './rest.ts';
import type { DiscordRest } from './rest.ts';

const applicationSchema = z.object({
  id: z.string(),
  /** 64 hex characters. */
  verify_key: z.string().optional(),
  interactions_endpoint_url: z.string().nullish(),
  flags: z.number().default(0),
});

export async function readApplication(rest: DiscordRest): Promise<z.infer<typeof applicationSchema>> {
  return applicationSchema.parse(await rest.send('GET', '/applications/@me'));
}

const selfSchema = z.object({ id: z.string(), username: z.string().default('the bot') });

/** The bot's own account; a token that does not work is told here, before anything connects. */
export async function readSelf(rest: DiscordRest): Promise<z.infer<typeof selfSchema>> {
  try {
    return selfSchema.parse(await rest.send('GET', '/users/@me'));
  } catch (error) {
    if (!(error instanceof DiscordRefusal) || error.status !== 401) throw error;
    throw new AppError(
      'config.invalid',
      `DISCORD_TOKEN: Discord does not accept it (HTTP ${String(error.status)}). Fix: copy the bot token again.`,
      { cause: error },
    );
  }
}
