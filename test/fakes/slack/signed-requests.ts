/** HTTP mode: signed requests to the app's own address, repeated as Slack repeats them. */
import { createHmac } from 'node:crypto';
import type { Clock } from '../../../src/core/clock.ts';
import type { Attempt, Carry, Delivery } from './deliveries.ts';
import type { Fault } from './faults.ts';

export function signatureOf(secret: string, timestamp: string, body: string): string {
  return `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`;
}

/** The body as it travels: events are JSON, commands are a form, interactions JSON inside a form. */
export function bodyOf(delivery: Pick<Delivery, 'kind' | 'payload'>): {
  readonly type: string;
  readonly body: string;
} {
  const form = 'application/x-www-form-urlencoded';
  switch (delivery.kind) {
    case 'events_api':
      return { type: 'application/json', body: JSON.stringify(delivery.payload) };
    case 'interactive':
      return {
        type: form,
        body: new URLSearchParams({ payload: JSON.stringify(delivery.payload) }).toString(),
      };
    case 'slash_commands': {
      const fields = Object.entries(delivery.payload).map(([key, value]) => [key, String(value)]);
      return { type: form, body: new URLSearchParams(fields).toString() };
    }
    default:
      return delivery.kind satisfies never;
  }
}

export interface SignedRequestOptions {
  readonly clock: Clock;
  readonly secret: string;
  address(): string | undefined;
  /** What the next delivery meets: it never arrives, or its answer is lost on the way back. */
  takeFault(): Fault | undefined;
}

export function createSignedRequests({ clock, secret, address, takeFault }: SignedRequestOptions): Carry {
  return (delivery, retry, done) => {
    const url = address();
    if (url === undefined) {
      done({ kind: 'nobody' });
      return;
    }
    const fault = takeFault();
    if (fault !== undefined && fault.kind !== 'reset')
      throw new Error(`A delivery has no fault ${fault.kind}.`);
    const { type, body } = bodyOf(delivery);
    const timestamp = String(Math.floor(clock.now().getTime() / 1000));
    const attempt: Attempt = { number: retry.number, sentAt: clock.monotonicMs() };
    delivery.attempts.push(attempt);
    const abort = new AbortController();
    let isOver = false;
    const finish: typeof done = (result) => {
      if (isOver) return;
      isOver = true;
      timer.cancel();
      done(result);
    };
    const timer = clock.after(3000, () => {
      finish({ kind: 'failed', reason: 'http_timeout' });
      abort.abort();
    });
    const headers = {
      'content-type': type,
      'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': signatureOf(secret, timestamp, body),
      ...(retry.number > 0 && {
        'x-slack-retry-num': String(retry.number),
        'x-slack-retry-reason': retry.reason ?? 'unknown_error',
      }),
    };
    const send = async (): Promise<void> => {
      const response = await fetch(url, {
        method: 'POST',
        headers,
        body,
        redirect: 'manual',
        signal: abort.signal,
      });
      const text = await response.text();
      if (fault?.when === 'after') {
        finish({ kind: 'failed', reason: 'connection_failed' });
        return;
      }
      attempt.status = response.status;
      attempt.ackedAfterMs = clock.monotonicMs() - attempt.sentAt;
      if (!response.ok) {
        const isFinal = response.headers.get('x-slack-no-retry') === '1';
        finish({ kind: 'failed', reason: 'http_error', isFinal });
        return;
      }
      const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
      // A command may be answered with bare text.
      finish({
        kind: 'acknowledged',
        response: text === '' ? undefined : isJson ? JSON.parse(text) : { text },
      });
    };
    if (fault?.when === 'before') finish({ kind: 'failed', reason: 'connection_failed' });
    else send().catch(() => finish({ kind: 'failed', reason: 'connection_failed' }));
  };
}
