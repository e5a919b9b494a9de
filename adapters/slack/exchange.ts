/** `oauth.v2.access`: a code or a refresh token against a bot token, in the name of the app. */
import type { AppError } from '../../src/core/errors.ts';
import { silent } from './api.ts';
import { toAppError } from './refusals.ts';
import type { Exchange } from './tokens.ts';
import type { SlackLibrary } from './vendor.ts';

export interface ExchangeOptions {
  readonly library: SlackLibrary;
  readonly apiUrl: string | undefined;
  readonly clientId: string;
  readonly clientSecret: string;
}

const timeoutMs = 20_000;

export function createExchange({ library, apiUrl, clientId, clientSecret }: ExchangeOptions): Exchange {
  const client = new library.webApi.WebClient(undefined, {
    ...(apiUrl !== undefined && { slackApiUrl: apiUrl }),
    // A code and a refresh token work once: whether they did is not found out by sending them again.
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    allowAbsoluteUrls: false,
    timeout: timeoutMs,
    logger: silent(library),
  });
  return async (given) => {
    try {
      return {
        ...(await client.apiCall('oauth.v2.access', {
          client_id: clientId,
          client_secret: clientSecret,
          ...given,
        })),
      };
    } catch (error) {
      throw toAppError(library, error, 'oauth.v2.access') satisfies AppError;
    }
  };
}
