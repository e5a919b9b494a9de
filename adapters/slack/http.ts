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
import { answerJson, findAgeFault, signatureSeconds } from '../../src/chat/pushed-request.ts';
import type { Clock } from '../../src/core/clock.ts';
import { describeError } from '../../src/core/errors.ts';
import { parseJsonObject } from '../../src/core/json.ts';
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
/** Longer than a signature is valid. */
const rememberedMs = 2 * signatureSeconds * 1_000;

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
    if (payload === undefined) return answerJson(400, { error: 'The body is not understood.' });
    if (payload['type'] === 'url_verification')
      return answerJson(200, { challenge: String(payload['challenge']) });
    const receive = options.receive();
    if (receive === undefined) return answerJson(503, { error: 'Not started yet.' });
    try {
      const { body, after } = await receive(payload);
      void after?.();
      return body === undefined ? { status: 200, body: '' } : answerJson(200, body);
    } catch (error) {
      logger.warn('slack.not-kept', { why: describeError(error) });
      return answerJson(503, { error: 'It could not be kept. Send it again.' });
    }
  }

  return {
    method: 'POST',
    path: eventsPath,
    async handle(request) {
      const fault = findFault(options.signingSecret, request, clock.now());
      if (fault !== undefined) {
        logger.warn('slack.signature-refused', { why: fault });
        return answerJson(401, { error: 'The signature does not hold.' });
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
  return findAgeFault(timestamp, now);
}

type Fields = Readonly<Record<string, unknown>>;

/** Events are JSON, commands a form, buttons and forms JSON inside a form. */
function parseBody({ headers, rawBody }: HttpRouteRequest): Fields | undefined {
  const text = rawBody.toString('utf8');
  const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/x-www-form-urlencoded') return parseJsonObject(text);
  const form = new URLSearchParams(text);
  const payload = form.get('payload');
  return payload === null ? Object.fromEntries(form) : parseJsonObject(payload);
}
