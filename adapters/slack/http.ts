/**
 * Slack over HTTP: `POST /slack/events` for events, buttons, forms and commands, believed only with Slack's signature
 * over the very bytes.
 *
 * The signature covers its own moment, so an old or a future one is refused. The same bytes sent twice within that
 * time are one request: the second gets the first one's answer. After a restart, what it did is already in the
 * ledger, where doing it again changes nothing.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { HttpRoute, HttpRouteAnswer, HttpRouteRequest } from '../../src/chat/http-route.ts';
import type { Clock } from '../../src/core/clock.ts';
import { describeError } from '../../src/core/errors.ts';
import type { Logger } from '../../src/core/logger.ts';
import type { Receive } from './receive.ts';

export interface HttpOptions {
  readonly signingSecret: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Undefined until the adapter has started. */
  receive(): Receive | undefined;
}

export const eventsPath = '/slack/events';
const toleranceSeconds = 300;
/** Longer than a signature is valid. */
const rememberedMs = 2 * toleranceSeconds * 1_000;

export function eventsRoute(options: HttpOptions): HttpRoute {
  const { clock, logger } = options;
  const seen = new Map<string, { readonly until: number; readonly answer: Promise<HttpRouteAnswer> }>();

  function forget(): void {
    const now = clock.monotonicMs();
    for (const [signature, { until }] of seen) {
      if (until > now) return;
      seen.delete(signature);
    }
  }

  async function answerTo(request: HttpRouteRequest): Promise<HttpRouteAnswer> {
    const payload = parseBody(request);
    if (payload === undefined) return answer(400, { error: 'The body is not understood.' });
    if (payload['type'] === 'url_verification')
      return answer(200, { challenge: String(payload['challenge']) });
    const receive = options.receive();
    if (receive === undefined) return answer(503, { error: 'Not started yet.' });
    try {
      const { body, after } = await receive(payload);
      void after?.();
      return body === undefined ? { status: 200, body: '' } : answer(200, body);
    } catch (error) {
      logger.warn('slack.not-kept', { why: describeError(error) });
      return answer(503, { error: 'It could not be kept. Send it again.' });
    }
  }

  return {
    method: 'POST',
    path: eventsPath,
    async handle(request) {
      const fault = findFault(options.signingSecret, request, clock.now());
      if (fault !== undefined) {
        logger.warn('slack.signature-refused', { why: fault });
        return answer(401, { error: 'The signature does not hold.' });
      }
      forget();
      const signature = String(request.headers['x-slack-signature']);
      const known = seen.get(signature);
      if (known !== undefined) return known.answer;
      const answering = answerTo(request);
      seen.set(signature, { until: clock.monotonicMs() + rememberedMs, answer: answering });
      const given = await answering;
      // What was not taken may come again under the same signature.
      if (given.status !== 200) seen.delete(signature);
      return given;
    },
  };
}

/** Why a request is not believed; undefined for one that is. Headers sent twice arrive joined, and fail. */
function findFault(secret: string, request: HttpRouteRequest, now: Date): string | undefined {
  const signature = request.headers['x-slack-signature'];
  const timestamp = request.headers['x-slack-request-timestamp'];
  if (typeof signature !== 'string' || typeof timestamp !== 'string') return 'headers are missing';
  if (!/^v0=[0-9a-f]{64}$/u.test(signature)) return 'the signature is not one';
  if (!/^\d{10}$/u.test(timestamp)) return 'the timestamp is not one';
  const wanted = createHmac('sha256', secret).update(`v0:${timestamp}:`).update(request.rawBody).digest();
  if (!timingSafeEqual(wanted, Buffer.from(signature.slice(3), 'hex')))
    return 'the signature is of something else';
  const age = now.getTime() / 1_000 - Number(timestamp);
  return Math.abs(age) > toleranceSeconds
    ? `it was signed ${String(Math.round(age))} seconds ago`
    : undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** Events are JSON, commands a form, buttons and forms JSON inside a form. */
function parseBody({ headers, rawBody }: HttpRouteRequest): Fields | undefined {
  const text = rawBody.toString('utf8');
  const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/x-www-form-urlencoded') return parseJson(text);
  const form = new URLSearchParams(text);
  const payload = form.get('payload');
  return payload === null ? Object.fromEntries(form) : parseJson(payload);
}

function parseJson(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    // An object's fields are of unknown kind until they are parsed.
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Fields)
      : undefined;
  } catch {
    return undefined;
  }
}

function answer(status: number, body: object): HttpRouteAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
