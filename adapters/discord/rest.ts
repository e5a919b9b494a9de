/**
 * What is asked of Discord over HTTP, with its refusals told apart: try again later, or never.
 *
 * Waiting for rate limits and repeating after a server's fault is the library's work; creating is idempotent by nonce,
 * so a repeated create is one message. Once Discord has refused the token it is asked again once a minute and not
 * more; all refusals are counted, see `refused-requests.ts`.
 */
import type { REST } from 'discord.js';
import type { Clock } from '../../src/core/clock.ts';
import { AppError, describeError } from '../../src/core/errors.ts';
import type { RefusedRequests } from './refused-requests.ts';
import type { DiscordLibrary } from './vendor.ts';

export interface UploadedFile {
  readonly name: string;
  readonly data: Buffer;
  /** For those who do not see a picture. */
  readonly description?: string;
}

export interface RestRequest {
  readonly body?: object;
  readonly files?: readonly UploadedFile[];
  readonly query?: Readonly<Record<string, string>>;
  /** False for requests whose address holds an interaction's token. */
  readonly auth?: boolean;
  /** True for what may be left out while Discord has refused much: drafts, and looking back. */
  readonly isOptional?: boolean;
}

export type RestMethod = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

export interface DiscordRest {
  /** Throws `chat.unavailable` or `chat.refused`; the latter carries Discord's own code as `DiscordRefusal`. */
  send(method: RestMethod, path: `/${string}`, request?: RestRequest): Promise<unknown>;
}

/** Discord's refusal: HTTP status and its own error code. */
export class DiscordRefusal extends AppError {
  readonly status: number;
  readonly reason: number;

  constructor(status: number, reason: number, message: string, options: { readonly cause: unknown }) {
    super(status === 401 || mendable.has(reason) ? 'chat.parked' : 'chat.refused', message, options);
    this.status = status;
    this.reason = reason;
  }
}

/** Discord's error codes that something follows from. */
export const refusals = {
  unknownChannel: 10003,
  unknownGuild: 10004,
  unknownMember: 10007,
  unknownMessage: 10008,
  unknownUser: 10013,
  unknownWebhook: 10015,
  unknownInteraction: 10062,
  invalidBody: 50035,
  missingAccess: 50001,
  missingPermissions: 50013,
  threadLocked: 160005,
  cannotSendToUser: 50007,
  threadArchived: 50083,
  threadExists: 160004,
} as const;

/** What stands until somebody gives the bot its rights back: what is to be shown waits until then. */
const mendable: ReadonlySet<number> = new Set([
  refusals.missingAccess,
  refusals.missingPermissions,
  refusals.threadLocked,
]);

export function isRefusal(error: unknown, ...reasons: readonly number[]): error is DiscordRefusal {
  return error instanceof DiscordRefusal && reasons.includes(error.reason);
}

export const tokenRefused =
  'Discord does not accept DISCORD_TOKEN. Fix: copy the bot token again, set it and restart.';

const askAgainMs = 60_000;

export interface DiscordRestOptions {
  readonly token: string;
  /** Undefined where nothing is asked for longer than a moment. */
  readonly clock?: Clock | undefined;
  readonly refused: RefusedRequests;
}

export function createDiscordRest(
  library: DiscordLibrary,
  rest: REST,
  { token, clock, refused }: DiscordRestOptions,
): DiscordRest {
  let refusedAt: number | undefined;
  const now = (): number => clock?.monotonicMs() ?? 0;

  /** The library drops a token that was refused; it is given back when it is time to try. */
  function checkToken(): void {
    if (refusedAt === undefined) return;
    if (now() - refusedAt < askAgainMs) throw refusedToken();
    refusedAt = now();
    rest.setToken(token);
  }

  return {
    async send(method, path, { body, files, query, auth = true, isOptional = false } = {}) {
      refused.admit({ isOptional });
      if (auth) checkToken();
      try {
        const answer = await rest.request({
          // `RequestMethod` is an enum whose members are these very words.
          method: library.RequestMethod[methodNames[method]],
          fullRoute: path,
          auth,
          ...(body !== undefined && { body }),
          ...(files !== undefined &&
            files.length > 0 && { files: files.map(({ name, data }) => ({ name, data })) }),
          ...(query !== undefined && { query: new URLSearchParams(query) }),
        });
        if (auth) refusedAt = undefined;
        return answer;
      } catch (error) {
        if (error instanceof AppError) throw error;
        if (auth && error instanceof library.DiscordAPIError && error.status === 401) refusedAt = now();
        // What waited its turn meanwhile goes out without a token, and the library itself refuses that.
        const isWithoutToken = auth && refusedAt !== undefined && !(error instanceof library.DiscordAPIError);
        if (isWithoutToken) throw refusedToken();
        throw toAppError(library, error, `${method} ${withoutToken(path)}`);
      }
    },
  };
}

const methodNames = { GET: 'Get', POST: 'Post', PATCH: 'Patch', PUT: 'Put', DELETE: 'Delete' } as const;

function toAppError(library: DiscordLibrary, error: unknown, what: string): AppError {
  if (error instanceof library.DiscordAPIError) {
    if (error.status === 401) return refusedToken();
    const reason = typeof error.code === 'number' ? error.code : 0;
    // Operators are told once per cause, whichever of the bot's requests met it.
    const subject = mendable.has(reason) ? '' : ` ${what}`;
    return new DiscordRefusal(
      error.status,
      reason,
      `Discord refused${subject}: ${error.message.replaceAll('\n', ' ')} (HTTP ${String(error.status)}, code ${String(reason)}).${advice(error.status)}`,
      // The library's error holds the request with its address; an interaction's token stays out of logs.
      { cause: undefined },
    );
  }
  if (error instanceof library.HTTPError)
    return new AppError('chat.unavailable', `Discord answered ${what} with HTTP ${String(error.status)}.`);
  return new AppError('chat.unavailable', `Discord did not answer ${what}: ${describeError(error)}`);
}

function refusedToken(): DiscordRefusal {
  return new DiscordRefusal(401, 0, tokenRefused, { cause: undefined });
}

function advice(status: number): string {
  if (status === 403) return ' Fix: give the bot its permissions in that channel.';
  return '';
}

/** Tokens in addresses are secrets. */
function withoutToken(path: string): string {
  return path.replace(/^(\/(?:webhooks|interactions)\/\d+\/)[^/]+/u, '$1…');
}
