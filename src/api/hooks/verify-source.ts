/**
 * Whether a webhook comes from where it says, and which delivery it is. Pure but for the moment.
 *
 * GitHub signs the raw bytes (`X-Hub-Signature-256`); Alertmanager sends a bearer token; everything else signs
 * `<timestamp>.<delivery>.<raw bytes>` with HMAC-SHA256 and sends `X-Countersign-Timestamp` (seconds since 1970),
 * `X-Countersign-Delivery` and `X-Countersign-Signature: sha256=<hex>`. What is wrong never shows in the time it takes.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { findAgeFault } from '../../chat/pushed-request.ts';
import { sha256 } from '../../core/hash.ts';
import type { HttpRouteRequest } from '../../chat/http-route.ts';
import type { Hook } from './parse-hooks.ts';

export type Verified =
  | {
      readonly kind: 'genuine';
      /** The same for a delivery that is sent again. */
      readonly delivery: string;
      /** What the sender calls the event: `issues` on GitHub. */
      readonly about?: string;
    }
  | { readonly kind: 'refused'; readonly why: string };

export function verifySource(
  hook: Pick<Hook, 'source' | 'secret'>,
  request: Pick<HttpRouteRequest, 'headers' | 'rawBody'>,
  now: Date,
): Verified {
  switch (hook.source) {
    case 'github':
      return verifyGithub(hook.secret, request);
    case 'alertmanager':
      return verifyBearer(hook.secret, request);
    case 'hmac':
      return verifyHmac(hook.secret, request, now);
    default:
      return hook.source satisfies never;
  }
}

/** GitHub does not sign its name of the delivery, so the signed bytes name it: a copy under another name is no other. */
function verifyGithub(
  secret: string,
  { headers, rawBody }: Pick<HttpRouteRequest, 'headers' | 'rawBody'>,
): Verified {
  if (!isSigned(secret, rawBody, single(headers['x-hub-signature-256'])))
    return refused('the signature does not hold');
  const about = single(headers['x-github-event']);
  return {
    kind: 'genuine',
    delivery: nameOf(rawBody),
    ...(about !== undefined && /^\w{1,60}$/u.test(about) && { about }),
  };
}

/** Alertmanager names no delivery: the same bytes are the same alerts, however often it repeats them. */
function verifyBearer(
  secret: string,
  { headers, rawBody }: Pick<HttpRouteRequest, 'headers' | 'rawBody'>,
): Verified {
  const [, token = ''] = /^bearer +(\S+)$/iu.exec(single(headers.authorization) ?? '') ?? [];
  return isSame(token, secret)
    ? { kind: 'genuine', delivery: nameOf(rawBody) }
    : refused('the bearer token is not the one');
}

function verifyHmac(
  secret: string,
  { headers, rawBody }: Pick<HttpRouteRequest, 'headers' | 'rawBody'>,
  now: Date,
): Verified {
  const timestamp = single(headers['x-countersign-timestamp']) ?? '';
  const delivery = single(headers['x-countersign-delivery']) ?? '';
  if (!/^\d{1,12}$/u.test(timestamp))
    return refused('X-Countersign-Timestamp is missing or no number of seconds');
  // The delivery is signed too: else a copy under another name would be another delivery.
  const signed = Buffer.concat([Buffer.from(`${timestamp}.${delivery}.`, 'utf8'), rawBody]);
  if (!isSigned(secret, signed, single(headers['x-countersign-signature'])))
    return refused('the signature does not hold');
  if (findAgeFault(timestamp, now) !== undefined)
    return refused('it was signed more than five minutes ago or ahead');
  if (!/^[\w.-]{1,100}$/u.test(delivery)) return refused('X-Countersign-Delivery is missing');
  return { kind: 'genuine', delivery };
}

function nameOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function isSigned(secret: string, bytes: Buffer, header: string | undefined): boolean {
  const [, hex] = /^sha256=([0-9a-f]{64})$/u.exec(header ?? '') ?? [];
  const expected = createHmac('sha256', secret).update(bytes).digest();
  return hex !== undefined && timingSafeEqual(Buffer.from(hex, 'hex'), expected);
}

/** Compared by hash, so that neither length nor content shows in the time it takes. */
function isSame(given: string, wanted: string): boolean {
  return timingSafeEqual(Buffer.from(sha256(given), 'hex'), Buffer.from(sha256(wanted), 'hex'));
}

/** Node joins repeated headers; a list is never what a sender means here. */
function single(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}

function refused(why: string): Verified {
  return { kind: 'refused', why };
}
