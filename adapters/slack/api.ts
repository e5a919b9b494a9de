/**
 * What is asked of Slack's Web API, with its refusals told apart: try again later, or never.
 *
 * Nothing is repeated by the library: a message whose answer was lost may stand there, and is looked for before it is
 * sent again. Only what Slack refused for its rate is certain not to have happened, and waits for its time.
 */
import { AppError, describeError } from '../../src/core/errors.ts';
import { readCapped } from '../../src/core/read-capped.ts';
import type { Pace } from './pace.ts';
import { SlackRefusal, toAppError, tokenRefusal } from './refusals.ts';
import type { TokenSource } from './tokens.ts';
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

export interface SlackApiOptions {
  readonly library: SlackLibrary;
  readonly tokens: TokenSource;
  readonly apiUrl: string | undefined;
  readonly pace: Pace;
  /** What an operator does about a token that Slack refuses. */
  readonly tokenFix?: string;
}

const timeoutMs = 20_000;
const mostRateWaits = 5;
/** More connections at once only wait for each other, and some of them until they are given up. */
const mostAtOnce = 25;

export function createSlackApi({ library, tokens, apiUrl, pace, tokenFix }: SlackApiOptions): SlackApi {
  // Its token comes with each call: it may be another one by then.
  const client = new library.webApi.WebClient(undefined, {
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
      let isRenewed = false;
      for (let tries = 0; ; tries += 1) {
        const token = await tokens.current();
        await pace.turn(method, channel);
        try {
          return { ...(await client.apiCall(method, { ...args, token })) };
        } catch (error) {
          // Slack looks at the token before anything else: what it refused for that did not happen.
          const word = tokenRefusal(library, error);
          if (word !== undefined && !isRenewed && (await tokens.renew(token, word))) {
            isRenewed = true;
            continue;
          }
          if (error instanceof library.webApi.WebAPIRateLimitedError && tries < mostRateWaits) {
            pace.hold(method, channel, error.retryAfter);
            continue;
          }
          throw toAppError(library, error, method, tokenFix);
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
          headers: { authorization: `Bearer ${await tokens.current()}` },
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
