/**
 * Interactions over HTTP: `POST /discord/interactions`, believed only with Discord's signature over the very bytes.
 *
 * The signature covers its own moment, so an old or a future one is refused. A request sent twice within that time is
 * one interaction: the second gets the first one's answer. After a restart what it did is already in the ledger, where
 * doing it again changes nothing.
 */
import { createPublicKey, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { HttpRoute, HttpRouteRequest } from '../../src/chat/http-route.ts';
import { answerJson, findAgeFault } from '../../src/chat/pushed-request.ts';
import type { Clock } from '../../src/core/clock.ts';
import { parseJsonObject } from '../../src/core/json.ts';
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
        return answerJson(401, { error: 'The signature does not hold.' });
      }
      const payload = parseJsonObject(request.rawBody.toString('utf8'));
      if (payload === undefined) return answerJson(400, { error: 'The body is not JSON.' });
      if (payload['type'] === ping) return answerJson(200, { type: ping });
      const interactions = options.interactions();
      if (interactions === undefined) return answerJson(503, { error: 'Not started yet.' });
      const reply = await interactions.answer(payload);
      if (reply === undefined) return answerJson(400, { error: 'Not an interaction that is known here.' });
      // What follows waits by itself until Discord has this answer.
      void reply.after?.();
      return answerJson(200, reply.body);
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
  return findAgeFault(timestamp, now);
}
