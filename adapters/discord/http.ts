/**
 * Interactions over HTTP: `POST /discord/interactions`, believed only with Discord's signature over the very bytes.
 *
 * The signature covers its own moment, so an old or a future one is refused. A request sent twice within that time is
 * one interaction: the second gets the first one's answer. After a restart what it did is already in the ledger, where
 * doing it again changes nothing.
 */
import { createPublicKey, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { HttpRoute, HttpRouteAnswer, HttpRouteRequest } from '../../src/chat/http-route.ts';
import type { Clock } from '../../src/core/clock.ts';
import type { Logger } from '../../src/core/logger.ts';
import type { Interactions } from './interactions.ts';

export interface HttpOptions {
  /** Hex, 32 bytes, from the application's page. */
  readonly publicKey: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Undefined until the adapter has started. */
  interactions(): Interactions | undefined;
}

const toleranceSeconds = 300;
/** What stands before the raw key in the standard form of an Ed25519 key. */
const keyPrefix = Buffer.from('302a300506032b6570032100', 'hex');
const ping = 1;

export function interactionsRoute(options: HttpOptions): HttpRoute {
  const key = createPublicKey({
    key: Buffer.concat([keyPrefix, Buffer.from(options.publicKey, 'hex')]),
    format: 'der',
    type: 'spki',
  });
  return {
    method: 'POST',
    path: '/discord/interactions',
    async handle(request) {
      const fault = findFault(key, request, options.clock.now());
      if (fault !== undefined) {
        options.logger.warn('discord.signature-refused', { why: fault });
        return answer(401, { error: 'The signature does not hold.' });
      }
      const payload = parseJson(request.rawBody);
      if (payload === undefined) return answer(400, { error: 'The body is not JSON.' });
      if (payload['type'] === ping) return answer(200, { type: ping });
      const interactions = options.interactions();
      if (interactions === undefined) return answer(503, { error: 'Not started yet.' });
      const reply = await interactions.answer(payload);
      if (reply === undefined) return answer(400, { error: 'Not an interaction that is known here.' });
      // What follows waits by itself until Discord has this answer.
      void reply.after?.();
      return answer(200, reply.body);
    },
  };
}

function findFault(key: KeyObject, request: HttpRouteRequest, now: Date): string | undefined {
  const signature = request.headers['x-signature-ed25519'];
  const timestamp = request.headers['x-signature-timestamp'];
  if (typeof signature !== 'string' || typeof timestamp !== 'string') return 'headers are missing';
  if (!/^[0-9a-f]{128}$/iu.test(signature)) return 'the signature is not one';
  if (!/^\d{1,12}$/u.test(timestamp)) return 'the timestamp is not one';
  const message = Buffer.concat([Buffer.from(timestamp, 'utf8'), request.rawBody]);
  if (!verify(null, message, key, Buffer.from(signature, 'hex'))) return 'the signature is of something else';
  const age = now.getTime() / 1_000 - Number(timestamp);
  return Math.abs(age) > toleranceSeconds
    ? `it was signed ${String(Math.round(age))} seconds ago`
    : undefined;
}

function parseJson(bytes: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    // An object's fields are of unknown kind until they are parsed.
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function answer(status: number, body: object): HttpRouteAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
