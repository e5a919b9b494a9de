/**
 * What is asked of Slack's Web API, with its refusals told apart: try again later, or never.
 *
 * Nothing is repeated by the library: a message whose answer was lost may stand there, and is looked for before it is
 * sent again. Only what Slack refused for its rate is certain not to have happened, and waits for its time.
 */
import { AppError, describeError } from '../../src/core/errors.ts';
import { readCapped } from '../../src/core/read-capped.ts';
import type { Pace } from './pace.ts';
import type { SlackLibrary } from './vendor.ts';

/** An answer, or an argument: what it holds is unknown until it is parsed. */
export type SlackObject = Readonly<Record<string, unknown>>;

export interface SlackApi {
  /** Throws `chat.unavailable`, or `chat.refused` as a `SlackRefusal` with Slack's own word. */
  call(method: string, args: SlackObject): Promise<SlackObject>;
  /** Answers by an interaction's own address, which needs no token. Throws like `call`. */
  respond(url: string, body: SlackObject): Promise<void>;
  /**
   * A private file, with the token, from Slack's own hosts alone. `refused` is Slack's sign-in page in its place.
   * Throws `chat.unavailable`.
   */
  download(url: string, mostBytes: number): Promise<Buffer | 'refused' | 'foreign' | 'too-large'>;
  /** Sends a file's bytes to the address that Slack gave for them. Throws `chat.unavailable` or `chat.refused`. */
  upload(url: string, bytes: Buffer): Promise<void>;
  stop(): void;
}

/** Slack's refusal by its own word: `channel_not_found`. */
export class SlackRefusal extends AppError {
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(Object.hasOwn(mendable, reason) ? 'chat.parked' : 'chat.refused', message);
    this.reason = reason;
  }
}

export function isRefusal(error: unknown, ...reasons: readonly string[]): error is SlackRefusal {
  return error instanceof SlackRefusal && reasons.includes(error.reason);
}

export interface SlackApiOptions {
  readonly library: SlackLibrary;
  readonly token: string;
  readonly apiUrl: string | undefined;
  readonly pace: Pace;
}

const timeoutMs = 20_000;
const mostRateWaits = 5;
/** More connections at once only wait for each other, and some of them until they are given up. */
const mostAtOnce = 25;

/** Slack's words for «later», though they come as refusals. */
const passing = new Set([
  'fatal_error',
  'internal_error',
  'service_unavailable',
  'request_timeout',
  'team_added_to_org',
  'ratelimited',
  'rate_limited',
]);

/** What stands until somebody mends it in Slack: what is to be shown waits until then. */
const mendable: Readonly<Record<string, string>> = {
  invalid_auth: 'SLACK_BOT_TOKEN is not accepted. Fix: copy the bot token again.',
  not_authed: 'SLACK_BOT_TOKEN is not accepted. Fix: copy the bot token again.',
  token_revoked: 'The bot token was revoked. Fix: install the app again and copy the new token.',
  token_expired: 'The bot token has expired. Fix: install the app again and copy the new token.',
  account_inactive: 'The app was uninstalled. Fix: install it again and copy the new token.',
  missing_scope: 'A scope is missing. Fix: update the app from manifest.yml and install it again.',
  not_in_channel: 'The bot is not in the channel. Fix: invite it there.',
  channel_not_found: 'The bot does not see the channel. Fix: invite it there.',
  is_archived: 'The channel is archived. Fix: unarchive it.',
};

export function createSlackApi({ library, token, apiUrl, pace }: SlackApiOptions): SlackApi {
  const client = new library.webApi.WebClient(token, {
    ...(apiUrl !== undefined && { slackApiUrl: apiUrl }),
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    maxRequestConcurrency: mostAtOnce,
    allowAbsoluteUrls: false,
    timeout: timeoutMs,
    logger: silent(library),
  });

  return {
    async call(method, args) {
      const channel = typeof args['channel'] === 'string' ? args['channel'] : undefined;
      for (let tries = 0; ; tries += 1) {
        await pace.turn(method, channel);
        try {
          return { ...(await client.apiCall(method, { ...args })) };
        } catch (error) {
          if (error instanceof library.webApi.WebAPIRateLimitedError && tries < mostRateWaits) {
            pace.hold(method, channel, error.retryAfter);
            continue;
          }
          throw toAppError(library, error, method);
        } finally {
          pace.done(method, channel);
        }
      }
    },
    async respond(url, body) {
      let status: number;
      try {
        const answer = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json; charset=utf-8' },
          body: JSON.stringify(body),
          redirect: 'error',
          signal: AbortSignal.timeout(timeoutMs),
        });
        status = answer.status;
        await answer.body?.cancel();
      } catch (error) {
        // The address is a secret: it stays out of errors.
        throw new AppError(
          'chat.unavailable',
          `Slack did not take an answer: ${describeError(error).replaceAll(url, '…')}`,
        );
      }
      if (status === 200) return;
      throw status >= 500 || status === 429
        ? new AppError('chat.unavailable', `Slack answered an answer with HTTP ${String(status)}.`)
        : new SlackRefusal('response_refused', `Slack did not take an answer (HTTP ${String(status)}).`);
    },
    async download(address, mostBytes) {
      const url = new URL(address);
      if (!isOwnHost(url, apiUrl)) return 'foreign';
      try {
        // A redirect leads to the sign-in page: the token goes nowhere else.
        const answer = await fetch(url, {
          headers: { authorization: `Bearer ${token}` },
          redirect: 'manual',
          signal: AbortSignal.timeout(timeoutMs),
        });
        const isPage = answer.headers.get('content-type')?.startsWith('text/html') === true;
        const isSignIn = isPage && answer.headers.get('content-disposition') === null;
        if (answer.status >= 500 || answer.status === 429)
          throw new AppError('chat.unavailable', `Slack answered a file with HTTP ${String(answer.status)}.`);
        if (answer.status !== 200 || isSignIn) {
          await answer.body?.cancel();
          return 'refused';
        }
        return (await readCapped(answer, mostBytes)) ?? 'too-large';
      } catch (error) {
        if (error instanceof AppError) throw error;
        throw new AppError('chat.unavailable', `Slack did not hand out a file: ${describeError(error)}`);
      }
    },
    async upload(address, bytes) {
      const url = new URL(address);
      if (!isOwnHost(url, apiUrl))
        throw new AppError('chat.refused', 'Slack gave an address of somebody else for a file.');
      let status: number;
      try {
        const answer = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/octet-stream' },
          body: new Uint8Array(bytes),
          redirect: 'error',
          signal: AbortSignal.timeout(timeoutMs),
        });
        status = answer.status;
        await answer.body?.cancel();
      } catch (error) {
        throw new AppError('chat.unavailable', `Slack did not take a file: ${describeError(error)}`);
      }
      if (status !== 200)
        throw new AppError('chat.unavailable', `Slack answered a file with HTTP ${String(status)}.`);
    },
    stop: () => {
      pace.stop();
    },
  };
}

/** Where the bot token may go: Slack over HTTPS, or whatever stands in for it by configuration. */
function isOwnHost(url: URL, apiUrl: string | undefined): boolean {
  if (apiUrl !== undefined && url.origin === new URL(apiUrl).origin) return true;
  return url.protocol === 'https:' && /(?:^|\.)slack(?:-gov)?\.com$/u.test(url.hostname);
}

function toAppError(library: SlackLibrary, error: unknown, method: string): AppError {
  const { WebAPIPlatformError, WebAPIHTTPError, WebAPIRateLimitedError } = library.webApi;
  if (error instanceof WebAPIPlatformError) {
    const reason = error.data.error;
    const needed: unknown = Reflect.get(error.data, 'needed');
    if (passing.has(reason))
      return new AppError('chat.unavailable', `Slack answered ${method} with ${reason}.`);
    const scope = reason === 'missing_scope' && typeof needed === 'string' ? ` (${needed})` : '';
    const fix = mendable[reason];
    // Operators are told once per cause, whichever of the bot's requests met it.
    if (fix !== undefined) return new SlackRefusal(reason, `Slack refused: ${reason}${scope}. ${fix}`);
    return new SlackRefusal(reason, `Slack refused ${method}: ${reason}.${details(error.data)}`);
  }
  if (error instanceof WebAPIHTTPError)
    return new AppError(
      'chat.unavailable',
      `Slack answered ${method} with HTTP ${String(error.statusCode)}.`,
    );
  if (error instanceof WebAPIRateLimitedError)
    return new AppError('chat.unavailable', `Slack is asked too often for ${method}.`);
  return new AppError('chat.unavailable', `Slack did not answer ${method}: ${describeError(error)}`);
}

/** What exactly Slack found wrong with a message, for whoever mends it. */
function details({
  response_metadata: more,
}: {
  readonly response_metadata?: { readonly messages?: readonly string[] };
}): string {
  const messages = more?.messages ?? [];
  return messages.length === 0 ? '' : ` (${messages.slice(0, 3).join('; ')})`;
}

/** The library says nothing by itself: what matters is thrown. */
export function silent(
  library: SlackLibrary,
): NonNullable<ConstructorParameters<SlackLibrary['SocketModeReceiver']>[0]['logger']> {
  const nothing = (): void => undefined;
  return {
    debug: nothing,
    info: nothing,
    warn: nothing,
    error: nothing,
    setLevel: nothing,
    getLevel: () => library.LogLevel.ERROR,
    setName: nothing,
  };
}
