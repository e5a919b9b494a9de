/**
 * The bot token of a workspace as it is at this moment.
 *
 * Where tokens rotate, the next one is fetched before this one ends, by one process: a refresh token works once. The
 * others wait for what that one keeps.
 */
import { z } from 'zod';
import type { Clock } from '../../src/core/clock.ts';
import { pause } from '../../src/core/clock.ts';
import { AppError } from '../../src/core/errors.ts';
import { SlackRefusal } from './refusals.ts';
import type { Installation, Installations, Installed } from './installations.ts';

/** `oauth.v2.access` in the name of the app. Throws like `SlackApi.call`. */
export type Exchange = (
  given: Readonly<Record<string, unknown>>,
) => Promise<Readonly<Record<string, unknown>>>;

export interface TokenSource {
  /** Throws `chat.parked` when there is none any more, and `chat.unavailable` when it cannot be had now. */
  current(): Promise<string>;
  /** Slack refused this one by `reason`; answers whether there is another one by now. Throws like `current`. */
  renew(refused: string, reason: string): Promise<boolean>;
}

/** The one token of a bot that serves one workspace. */
export function fixedToken(token: string): TokenSource {
  return { current: () => Promise.resolve(token), renew: () => Promise.resolve(false) };
}

export interface InstalledTokenOptions {
  readonly team: string;
  readonly installations: Installations;
  readonly exchange: Exchange;
  readonly clock: Clock;
  /** What an operator does about a workspace that is not served any more. */
  fixFor(installation: { readonly team: string; readonly name: string }): string;
  /** It will not come back by itself. Called by whoever found out. */
  onGone(installation: Installation & { readonly state: 'gone' }): void;
}

/** Slack's tokens live for twelve hours. */
const renewBeforeMs = 30 * 60_000;
/** Longer than the question takes at most. */
const renewWithinMs = 45_000;
const lookAgainMs = 250;

const renewed = z.object({
  access_token: z.string(),
  refresh_token: z.string(),
  expires_in: z.number(),
});

/** Slack's words for a refresh token that will never work again. */
const finalRefusals = new Set([
  ...[
    'invalid_refresh_token',
    'invalid_grant',
    'token_revoked',
    'account_inactive',
    'team_access_not_granted',
  ],
]);

export function createInstalledToken(options: InstalledTokenOptions): TokenSource {
  const { team, installations, exchange, clock } = options;
  let held: Installed | undefined;
  let renewing: Promise<string> | undefined;

  function refuse(installation: Installation & { readonly state: 'gone' }): never {
    throw new SlackRefusal('account_inactive', options.fixFor(installation));
  }

  async function read(): Promise<Installed> {
    const found = await installations.find(team);
    if (found?.state === 'installed') {
      held = found;
      return found;
    }
    held = undefined;
    return refuse(found ?? { state: 'gone', team, name: team, why: 'it is not installed' });
  }

  const now = (): number => clock.now().getTime();

  /** The token after `old`, fetched here or by another process. */
  async function renewNow(old: string): Promise<string> {
    for (;;) {
      const { standing, isMine } = await installations.change(team, (found) => {
        const isFree =
          found.state === 'installed' && found.token === old && (found.renewingUntil ?? 0) <= now();
        return isFree ? { ...found, renewingUntil: now() + renewWithinMs } : undefined;
      });
      if (standing?.state !== 'installed') return (await read()).token;
      if (!isMine && standing.token !== old) {
        held = standing;
        return standing.token;
      }
      if (isMine) return fetchNext(standing);
      await pause(clock, lookAgainMs);
    }
  }

  async function fetchNext(installed: Installed): Promise<string> {
    try {
      const answer = renewed.parse(
        await exchange({ grant_type: 'refresh_token', refresh_token: installed.refreshToken ?? '' }),
      );
      const next: Installed = {
        ...installed,
        token: answer.access_token,
        refreshToken: answer.refresh_token,
        expiresAt: now() + answer.expires_in * 1_000,
        renewingUntil: undefined,
      };
      await change(installed, () => next);
      held = next;
      return next.token;
    } catch (error) {
      if (!(error instanceof SlackRefusal) || !finalRefusals.has(error.reason)) {
        await change(installed, (found) => ({ ...found, renewingUntil: undefined }));
        throw error instanceof AppError && error.code !== 'chat.refused'
          ? error
          : new AppError('chat.unavailable', `The token of workspace ${team} could not be renewed.`, {
              cause: error,
            });
      }
      const gone = { state: 'gone', team, name: installed.name, why: error.reason } as const;
      await change(installed, () => gone);
      options.onGone(gone);
      return refuse(gone);
    }
  }

  /** Unless somebody installed it anew meanwhile. */
  async function change(installed: Installed, to: (found: Installed) => Installation): Promise<void> {
    await installations.change(team, (found) =>
      found.state === 'installed' && found.token === installed.token ? to(found) : undefined,
    );
  }

  /** One question at a time in this process. */
  function renewOnce(old: string): Promise<string> {
    renewing ??= renewNow(old).finally(() => {
      renewing = undefined;
    });
    return renewing;
  }

  return {
    async current() {
      const installed = held ?? (await read());
      const { token, expiresAt } = installed;
      if (expiresAt === undefined || expiresAt - now() > renewBeforeMs) return token;
      try {
        return await renewOnce(token);
      } catch (error) {
        // It works for a while yet: the next call tries again.
        if (error instanceof AppError && error.isRetryable && expiresAt > now()) return token;
        throw error;
      }
    },
    async renew(refused, reason) {
      const installed = await read();
      if (installed.token !== refused) return true;
      if (reason !== 'token_expired' || installed.refreshToken === undefined) return false;
      await renewOnce(refused);
      return true;
    },
  };
}
