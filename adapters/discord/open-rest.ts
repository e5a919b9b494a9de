/** The client for Discord's HTTP interface, with a connection pool of its own. */
import type { RESTOptions } from 'discord.js';
import { createDiscordRest } from './rest.ts';
import type { RefusedRequests } from './refused-requests.ts';
import { createRefusedRequests } from './refused-requests.ts';
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
  options: Omit<DiscordRestOptions, 'refused'> & {
    readonly apiUrl?: string | undefined;
    /** One of its own without it. */
    readonly refused?: RefusedRequests;
  },
): OpenRest {
  const { apiUrl, refused = createRefusedRequests({ clock: options.clock }) } = options;
  const agent = createRestAgent();
  const shared: Partial<RESTOptions> = {
    version: '10',
    agent,
    // Here, so that what the library repeats by itself and what the gateway asks are counted as well.
    async makeRequest(url, init) {
      refused.admit({ isOptional: false });
      const answer = await library.DefaultRestOptions.makeRequest(url, init);
      try {
        refused.note(answer.status, answer.headers);
      } catch (error) {
        // Nobody reads it, and a connection is held until somebody has.
        await answer.text().catch(() => '');
        throw error;
      }
      return answer;
    },
    ...(apiUrl !== undefined && { api: apiUrl.replace(/\/+$/u, '') }),
  };
  const client = new library.REST(shared).setToken(options.token);
  return {
    rest: createDiscordRest(library, client, { ...options, refused }),
    options: shared,
    close() {
      client.clearHashSweeper();
      client.clearHandlerSweeper();
    },
  };
}
