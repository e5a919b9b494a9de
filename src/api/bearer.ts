/**
 * Who calls: `Authorization: Bearer <token>` to a person, or a 401.
 *
 * A missing token is looked up like a wrong one, so that both take the same time. Tokens are never read from the
 * address, where logs and referrers would keep them.
 */
import type { Metrics } from '../core/metrics.ts';
import type { Person } from '../people/person.ts';
import type { ApiBackend } from './backend.ts';
import type { FailureLimit } from './failure-limit.ts';
import type { Problem } from './problem.ts';

export type Authentication =
  | { readonly kind: 'person'; readonly person: Person; readonly token: string }
  | { readonly kind: 'refused'; readonly problem: Problem };

export interface Authenticator {
  authenticate(authorization: string | undefined, address: string): Authentication;
}

const longestToken = 512;

function parseBearer(authorization: string | undefined): string | undefined {
  const match = authorization === undefined ? null : /^bearer +([\x21-\x7e]+)$/iu.exec(authorization);
  return match?.[1];
}

export function createAuthenticator(
  backend: ApiBackend,
  limit: FailureLimit,
  metrics: Metrics,
): Authenticator {
  const refuse = (problem: Problem): Authentication => {
    metrics.count('countersign_http_refused_total', { code: problem.code });
    return { kind: 'refused', problem };
  };
  return {
    authenticate(authorization, address) {
      const token = parseBearer(authorization);
      if (token !== undefined) {
        const wait = limit.findWait(address, token);
        if (wait !== undefined) {
          return refuse({
            status: 429,
            code: 'token.flooded',
            detail: 'Too many wrong tokens came from your address. Wait a little, then try again.',
            retryAfterSeconds: wait,
          });
        }
      }
      const isTooLong = token !== undefined && token.length > longestToken;
      const person = backend.findByToken(token === undefined || isTooLong ? '' : token);
      if (token === undefined) {
        return refuse({
          status: 401,
          code: 'token.missing',
          detail: 'Send your token as «Authorization: Bearer <token>».',
        });
      }
      if (person === undefined || isTooLong) {
        limit.noteFailure(address);
        return refuse({ status: 401, code: 'token.unknown', detail: 'Nobody has this token.' });
      }
      limit.noteSuccess(address, token);
      return { kind: 'person', person, token };
    },
  };
}
