/** discord.js, loaded when the adapter starts and not before, so that a bot without Discord never pays for it. */
import { createRequire } from 'node:module';
import type * as Discord from 'discord.js';

export type DiscordLibrary = typeof Discord;

export async function loadDiscord(): Promise<DiscordLibrary> {
  return import('discord.js');
}

type RestAgent = Parameters<Discord.REST['setAgent']>[0];

/**
 * A connection pool from the very copy of undici that discord.js sends with.
 *
 * Without one its requests go through the process-wide dispatcher, which another library's copy of undici may have
 * set; uploads then end the process.
 */
export function createRestAgent(): RestAgent {
  const fromClient = createRequire(createRequire(import.meta.url).resolve('discord.js'));
  const fromRest = createRequire(fromClient.resolve('@discordjs/rest'));
  const undici: unknown = fromRest('undici');
  // discord.js declares undici as a dependency, and `setAgent` takes that copy's Agent.
  const { Agent } = undici as { readonly Agent: new () => RestAgent };
  return new Agent();
}
