import { describe, expect, it } from '@jest/globals';
import { toAppError } from '../../../adapters/slack/refusals.ts';
import type { SlackLibrary } from '../../../adapters/slack/vendor.ts';

class Refused extends Error {
  readonly data: object;
  constructor(data: object) {
    super('refused');
    this.data = data;
  }
}
// Of the library only its errors are looked at here, and all of these are of one sort.
const library = { webApi: { WebAPIPlatformError: Refused } } as unknown as SlackLibrary;
const errorFor = (error: string, needed?: string) =>
  toAppError(library, new Refused({ ok: false, error, needed }), 'chat.postMessage');

describe('given what Slack refuses', () => {
  it.each([
    ['token_revoked', 'install the app again'],
    ['account_inactive', 'install it again'],
    ['invalid_auth', 'copy the bot token again'],
    ['not_in_channel', 'invite it there'],
    ['channel_not_found', 'invite it there'],
    ['is_archived', 'unarchive it'],
  ])('when it is %s, then what is to be shown waits, and the fix is said', (reason, fix) => {
    expect(errorFor(reason)).toMatchObject({ code: 'chat.parked', message: expect.stringContaining(fix) });
  });

  it('when a scope is missing, then it is named', () => {
    const error = errorFor('missing_scope', 'files:write');

    expect(error.code).toBe('chat.parked');
    expect(error.message).toContain('(files:write)');
    expect(error.message).toContain('update the app from manifest.yml');
  });

  it('when it is busy, then it is tried again, and what it will never take is not', () => {
    expect(errorFor('internal_error').code).toBe('chat.unavailable');
    expect(errorFor('invalid_blocks').code).toBe('chat.refused');
  });
});
