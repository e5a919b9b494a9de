/**
 * Socket Mode: two links, so that what Slack hands over while one is renewed comes by the other.
 *
 * The library keeps one link; making the next one is done here, at once and with its failures caught. Its own way of
 * coming back waits five seconds, during which a press would be lost, and gives up outside of every promise.
 */
import type { SocketModeReceiver } from '@slack/bolt';
import type { Clock, Timer } from '../../src/core/clock.ts';
import { pause } from '../../src/core/clock.ts';
import { AppError, describeError } from '../../src/core/errors.ts';
import type { Logger } from '../../src/core/logger.ts';
import { silent } from './api.ts';
import type { Receive } from './receive.ts';
import type { SlackLibrary } from './vendor.ts';

export interface SocketStatus {
  readonly state: 'ok' | 'warning' | 'failed';
  readonly detail: string;
}

export interface SocketLinks {
  /** Resolves when messages can arrive, or when connecting goes on in the background. Throws `config.invalid`. */
  connect(): Promise<void>;
  stop(): Promise<void>;
  status(): SocketStatus;
}

export interface SocketOptions {
  readonly library: SlackLibrary;
  readonly appToken: string;
  readonly apiUrl: string | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly receive: Receive;
}

interface Link {
  readonly number: number;
  receiver: SocketModeReceiver | undefined;
  isOpen: boolean;
  failures: number;
  retry: Timer | undefined;
}

const links = 2;
const helloWithinMs = 15_000;
const stopWithinMs = 2_000;
const againDelaysMs = [200, 1_000, 5_000, 15_000, 60_000];

/** Refusals of the app-level token, and what an operator does about each. */
export const fatalAppTokens: Readonly<Record<string, string>> = {
  invalid_auth: 'Slack does not accept SLACK_APP_TOKEN. Fix: make an app-level token with connections:write.',
  not_authed: 'Slack does not accept SLACK_APP_TOKEN. Fix: make an app-level token with connections:write.',
  not_allowed_token_type:
    'SLACK_APP_TOKEN is not an app-level token. Fix: copy the one that begins with xapp-.',
  missing_scope: 'SLACK_APP_TOKEN lacks the scope connections:write. Fix: make a token with it.',
  token_revoked: 'SLACK_APP_TOKEN was revoked. Fix: make another app-level token.',
  account_inactive: 'The app was uninstalled. Fix: install it again.',
  forbidden_team: 'Socket Mode is off. Fix: switch it on in the settings of the app.',
};

export function createSocketLinks(options: SocketOptions): SocketLinks {
  const { library, clock, logger, receive } = options;
  const all = Array.from({ length: links }, (_, number): Link => ({
    number,
    receiver: undefined,
    isOpen: false,
    failures: 0,
    retry: undefined,
  }));
  let isStopped = false;
  let refused: string | undefined;

  /** Opens one link. Throws when it does not come about. */
  async function open(link: Link): Promise<void> {
    const receiver = new library.SocketModeReceiver({
      appToken: options.appToken,
      autoReconnectEnabled: false,
      logger: silent(library),
      installerOptions: {
        // The client changes the options it is given, so each has its own.
        clientOptions: {
          retryConfig: { retries: 0 },
          ...(options.apiUrl !== undefined && { slackApiUrl: options.apiUrl }),
        },
      },
    });
    link.receiver = receiver;
    // The receiver calls nothing of an app but this.
    receiver.init({ processEvent: ({ body, ack }) => take(body, ack) } as Parameters<
      SocketModeReceiver['init']
    >[0]);
    receiver.client.on('disconnected', () => {
      ended(link, receiver);
    });
    const opened = receiver.start().then(
      () => 'open' as const,
      (error: unknown) => ({ error }),
    );
    const outcome = await Promise.race([opened, pause(clock, helloWithinMs).then(() => 'silent' as const)]);
    if (outcome === 'open') {
      link.isOpen = true;
      link.failures = 0;
      return;
    }
    link.receiver = undefined;
    await receiver.client.disconnect().catch(() => undefined);
    throw toAppError(library, outcome === 'silent' ? new Error('Slack does not say hello.') : outcome.error);
  }

  async function take(payload: unknown, ack: (response?: object) => Promise<void>): Promise<void> {
    try {
      const { body, after } = await receive(payload);
      // Without an acknowledgement Slack sends an event again, by whichever link is there.
      await ack(body ?? {});
      await after?.();
    } catch (error) {
      logger.warn('slack.not-acknowledged', { why: describeError(error) });
    }
  }

  function ended(link: Link, receiver: SocketModeReceiver): void {
    if (link.receiver !== receiver || !link.isOpen) return;
    link.isOpen = false;
    link.receiver = undefined;
    if (isStopped) return;
    logger.info('slack.link-ended', { link: link.number });
    reopen(link);
  }

  function reopen(link: Link): void {
    if (isStopped) return;
    open(link).catch((error: unknown) => {
      failed(link, error);
    });
  }

  function failed(link: Link, error: unknown): void {
    if (isStopped) return;
    const delay = againDelaysMs[Math.min(link.failures, againDelaysMs.length - 1)] ?? 60_000;
    link.failures += 1;
    refused = error instanceof AppError && !error.isRetryable ? error.message : undefined;
    logger[refused === undefined ? 'warn' : 'error']('slack.unreachable', {
      link: link.number,
      why: describeError(error),
    });
    // A token may be mended in Slack, so even a refusal is tried again, seldom.
    link.retry = clock.after(refused === undefined ? delay : 60_000, () => {
      reopen(link);
    });
  }

  return {
    async connect() {
      const [first, ...others] = all;
      try {
        if (first !== undefined) await open(first);
      } catch (error) {
        if (error instanceof AppError && !error.isRetryable) throw error;
        if (first !== undefined) failed(first, error);
      }
      for (const link of others) reopen(link);
    },
    async stop() {
      isStopped = true;
      for (const { retry } of all) retry?.cancel();
      const closing = all.flatMap(({ receiver }) =>
        receiver === undefined ? [] : [receiver.client.disconnect()],
      );
      // A link whose other end is gone takes half a minute to close; the process does not wait for it.
      await Promise.race([Promise.allSettled(closing), pause(clock, stopWithinMs)]);
    },
    status() {
      const open = all.filter((link) => link.isOpen).length;
      if (open > 0)
        return { state: 'ok', detail: `connected by ${String(open)} ${open === 1 ? 'link' : 'links'}` };
      if (refused !== undefined) return { state: 'failed', detail: refused };
      return { state: 'warning', detail: isStopped ? 'stopped' : 'connecting' };
    },
  };
}

function toAppError(library: SlackLibrary, error: unknown): AppError {
  if (error instanceof library.webApi.WebAPIPlatformError) {
    const reason = error.data.error;
    const fix = fatalAppTokens[reason];
    return fix === undefined
      ? new AppError('chat.unavailable', `Slack refused a Socket Mode link: ${reason}.`)
      : new AppError('config.invalid', fix);
  }
  return new AppError('chat.unavailable', `Slack's Socket Mode cannot be reached: ${describeError(error)}`);
}
