/** The client for Discord's HTTP interface, with a connection pool of its own. */
import type { RESTOptions } from 'discord.js';
import { createDiscordRest } from './rest.ts';
import type { DiscordRest, DiscordRestOptions } from './rest.ts';
import { createRestAgent } from './vendor.ts';
import type { DiscordLibrary } from './vendor.ts';

export interface OpenRest {
  readonly rest: DiscordRest;
  /** For the gateway's client, which asks where to connect. */
  readonly options: Partial<RESTOptions>;
  close(): void;
}

export function openRest(
  library: DiscordLibrary,
  options: DiscordRestOptions & { readonly apiUrl?: string | undefined },
): OpenRest {
  const { apiUrl } = options;
  const agent = createRestAgent();
  const shared: Partial<RESTOptions> = {
    version: '10',
    agent,
    ...(apiUrl !== undefined && { api: apiUrl.replace(/\/+$/u, '') }),
  };
  const client = new library.REST(shared).setToken(options.token);
  return {
    rest: createDiscordRest(library, client, options),
    options: shared,
    close() {
      client.clearHashSweeper();
      client.clearHandlerSweeper();
    },
  };
}
