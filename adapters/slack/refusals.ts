/** Slack's refusals, told apart: try again later, wait until somebody mends it, or never. */
import { AppError, describeError } from '../../src/core/errors.ts';
import type { SlackLibrary } from './vendor.ts';

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

/** Those of them that concern the token. */
const tokenWords = new Set([
  ...['invalid_auth', 'not_authed', 'token_revoked', 'token_expired', 'account_inactive'],
]);

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

/** The word by which Slack refused a token; undefined for any other failure. */
export function tokenRefusal(library: SlackLibrary, error: unknown): string | undefined {
  if (!(error instanceof library.webApi.WebAPIPlatformError)) return undefined;
  return tokenWords.has(error.data.error) ? error.data.error : undefined;
}

export function toAppError(
  library: SlackLibrary,
  error: unknown,
  method: string,
  tokenFix?: string,
): AppError {
  const { WebAPIPlatformError, WebAPIHTTPError, WebAPIRateLimitedError } = library.webApi;
  if (error instanceof WebAPIPlatformError) {
    const reason = error.data.error;
    const needed: unknown = Reflect.get(error.data, 'needed');
    if (passing.has(reason))
      return new AppError('chat.unavailable', `Slack answered ${method} with ${reason}.`);
    const scope = reason === 'missing_scope' && typeof needed === 'string' ? ` (${needed})` : '';
    if (tokenFix !== undefined && tokenWords.has(reason)) return new SlackRefusal(reason, tokenFix);
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
