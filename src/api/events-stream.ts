/**
 * Server-sent events: everything a person may see, as it happens.
 *
 * Nothing is kept for absent readers: a reader that connects reads the lists anew. A reader that does not keep up
 * is cut off before what waits for it grows beyond a bound. A token is looked up again at every heartbeat, so a
 * person who was removed stops hearing.
 */
import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { Clock, Timer } from '../core/clock.ts';
import { describeError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Metrics } from '../core/metrics.ts';
import type { Person } from '../people/person.ts';
import type { ApiBackend } from './backend.ts';
import type { Problem } from './problem.ts';
import { securityHeaders } from './security-headers.ts';

export interface EventStreams {
  /** Takes over the reply and streams until either side ends it; or says why not. */
  open(person: Person, token: string, reply: FastifyReply): Problem | undefined;
  /** Ends every stream at once. */
  stop(): void;
}

interface Stream {
  readonly person: Person;
  readonly token: string;
  readonly raw: ServerResponse;
  end(): void;
}

const heartbeatMs = 15_000;
const mostStreams = 2_000;
const mostStreamsPerPerson = 50;

export function createEventStreams(options: {
  readonly backend: ApiBackend;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Bytes that may wait for one reader. */
  readonly mostWaitingBytes: number;
}): EventStreams {
  const { backend, clock, logger, metrics, mostWaitingBytes } = options;
  const streams = new Set<Stream>();
  let heartbeat: Timer | undefined;

  function beat(): void {
    for (const stream of [...streams]) {
      if (backend.findByToken(stream.token)?.id === stream.person.id) stream.raw.write(': still here\n\n');
      else stream.end();
    }
  }

  function forget(stream: Stream): void {
    if (!streams.delete(stream)) return;
    metrics.set('countersign_event_streams', {}, streams.size);
    if (streams.size > 0) return;
    heartbeat?.cancel();
    heartbeat = undefined;
  }

  function findFault(person: Person): Problem | undefined {
    if (streams.size >= mostStreams) {
      return {
        status: 503,
        code: 'streams.full',
        detail: 'Too many streams are open here.',
        retryAfterSeconds: 30,
      };
    }
    let own = 0;
    for (const stream of streams) if (stream.person.id === person.id) own += 1;
    if (own < mostStreamsPerPerson) return undefined;
    return {
      status: 429,
      code: 'streams.too-many',
      detail: 'You have too many streams open. Close some.',
      retryAfterSeconds: 30,
    };
  }

  return {
    open(person, token, reply) {
      const fault = findFault(person);
      if (fault !== undefined) return fault;
      reply.hijack();
      const { raw } = reply;
      raw.writeHead(200, {
        ...securityHeaders,
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      raw.write('retry: 2000\n: connected\n\n');

      let lastId = 0;
      let unsubscribe: (() => void) | undefined;
      const close = (): void => {
        forget(stream);
        unsubscribe?.();
        unsubscribe = undefined;
      };
      const stream: Stream = {
        person,
        token,
        raw,
        end() {
          close();
          raw.end();
          raw.socket?.destroySoon();
        },
      };
      raw.on('close', close);
      raw.on('error', close);
      streams.add(stream);
      metrics.set('countersign_event_streams', {}, streams.size);
      heartbeat ??= clock.every(heartbeatMs, beat);
      try {
        unsubscribe = backend.subscribe(person, ({ event, data }) => {
          if (!streams.has(stream)) return;
          lastId += 1;
          raw.write(`id: ${String(lastId)}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
          if (raw.writableLength <= mostWaitingBytes) return;
          metrics.count('countersign_event_streams_dropped_total', {});
          logger.warn('event-stream.dropped', { person: person.id, waitingBytes: raw.writableLength });
          close();
          raw.destroy();
        });
        // The first event may already have cut the stream off.
        if (!streams.has(stream)) unsubscribe();
      } catch (error) {
        logger.error('event-stream.failed', { problem: describeError(error) });
        stream.end();
      }
      return undefined;
    },
    stop() {
      for (const stream of [...streams]) stream.end();
    },
  };
}
