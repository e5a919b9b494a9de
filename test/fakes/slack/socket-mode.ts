/**
 * Socket Mode: each payload goes to one of the open connections and is acknowledged by its envelope id within 3 s.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../../src/core/clock.ts';
import type { Attempt, Carry, CarryResult } from './deliveries.ts';
import { acceptSocket } from './web-socket-server.ts';
import type { ServerSocket } from './web-socket-server.ts';

export interface SocketConnection {
  readonly id: string;
  isOpen: boolean;
  /** Told to leave: it keeps what it has and gets nothing more. */
  isLeaving: boolean;
}

export interface SocketMode {
  readonly connections: readonly SocketConnection[];
  /** A ticket for one connection, as apps.connections.open hands out; too many and it is refused. */
  openTicket(): string;
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  readonly carry: Carry;
  /** A disconnect frame. `refresh_requested` makes the app come back; `link_disabled` says that it may not. */
  disconnect(reason: 'warning' | 'refresh_requested' | 'link_disabled', connectionId?: string): void;
  /** Cuts connections without a close frame. */
  drop(connectionId?: string): void;
  /** Frames with an envelope id that no delivery has, or that came twice. */
  readonly strayAcks: readonly unknown[];
  /** Holds back hello, as an overloaded Slack does. */
  setSilent(isSilent: boolean): void;
  /** Ends every connection with the close handshake. */
  close(): void;
}

interface Waiting {
  readonly connection: SocketConnection;
  finish(result: CarryResult): void;
  readonly attempt: Attempt;
}

const maxConnections = 10;

export function createSocketMode(clock: Clock, onOpen: () => void): SocketMode {
  const sockets = new Map<SocketConnection, ServerSocket>();
  const connections: SocketConnection[] = [];
  const tickets = new Set<string>();
  const waiting = new Map<string, Waiting>();
  const strayAcks: unknown[] = [];
  let turn = 0;
  let envelopes = 0;
  let isSilent = false;

  const isFit = (one: SocketConnection): boolean => one.isOpen && !one.isLeaving;
  const chosen = (id: string | undefined): SocketConnection[] =>
    connections.filter((one) => one.isOpen && (id === undefined || one.id === id));

  const acknowledge = (message: unknown): void => {
    const envelope: unknown =
      typeof message === 'object' && message !== null && 'envelope_id' in message
        ? message.envelope_id
        : undefined;
    const found = typeof envelope === 'string' ? waiting.get(envelope) : undefined;
    if (typeof envelope !== 'string' || found === undefined) {
      strayAcks.push(message);
      return;
    }
    waiting.delete(envelope);
    found.attempt.ackedAfterMs = clock.monotonicMs() - found.attempt.sentAt;
    const payload: unknown =
      typeof message === 'object' && message !== null && 'payload' in message ? message.payload : undefined;
    found.finish({ kind: 'acknowledged', response: payload });
  };

  const ended = (connection: SocketConnection): void => {
    connection.isOpen = false;
    sockets.delete(connection);
    for (const [envelope, entry] of [...waiting]) {
      if (entry.connection !== connection) continue;
      waiting.delete(envelope);
      // What was in flight when the line broke goes to whoever is there, or waits for somebody.
      entry.finish(
        connections.some(isFit) ? { kind: 'failed', reason: 'connection_failed' } : { kind: 'nobody' },
      );
    }
  };

  return {
    connections,
    strayAcks,
    openTicket() {
      const ticket = `ticket-${String(tickets.size + 1)}`;
      tickets.add(ticket);
      return ticket;
    },
    accept(request, socket, head) {
      const ticket = new URL(request.url ?? '/', 'ws://fake').searchParams.get('ticket') ?? '';
      if (!tickets.has(ticket)) {
        socket.end('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n');
        return;
      }
      const connection: SocketConnection = {
        id: `link-${String(connections.length + 1)}`,
        isOpen: true,
        isLeaving: false,
      };
      const server = acceptSocket(request, socket, head, {
        message: acknowledge,
        closed: () => ended(connection),
      });
      const open = connections.filter((one) => one.isOpen).length;
      connections.push(connection);
      sockets.set(connection, server);
      if (open >= maxConnections) {
        connection.isLeaving = true;
        server.send({ type: 'disconnect', reason: 'too_many_websockets', debug_info: { host: 'fake' } });
        return;
      }
      if (isSilent) {
        connection.isLeaving = true;
        return;
      }
      server.send({
        type: 'hello',
        num_connections: open + 1,
        debug_info: { host: 'fake', approximate_connection_time: 18_060 },
        connection_info: { app_id: 'A01' },
      });
      onOpen();
    },
    carry(delivery, retry, done) {
      const fit = connections.filter(isFit);
      const connection = fit[turn++ % Math.max(1, fit.length)];
      if (connection === undefined) {
        done({ kind: 'nobody' });
        return;
      }
      envelopes += 1;
      const envelope = `envelope-${String(envelopes)}`;
      const attempt: Attempt = {
        number: retry.number,
        sentAt: clock.monotonicMs(),
        connection: connection.id,
      };
      delivery.attempts.push(attempt);
      const timer = clock.after(3000, () => {
        if (waiting.delete(envelope)) done({ kind: 'failed', reason: 'timeout' });
      });
      waiting.set(envelope, {
        connection,
        attempt,
        finish(result) {
          timer.cancel();
          done(result);
        },
      });
      const isEvent = delivery.kind === 'events_api';
      sockets.get(connection)?.send({
        type: delivery.kind,
        envelope_id: envelope,
        payload: delivery.payload,
        accepts_response_payload: !isEvent,
        ...(isEvent && { retry_attempt: retry.number, retry_reason: retry.reason ?? '' }),
      });
    },
    disconnect(reason, connectionId) {
      for (const connection of chosen(connectionId)) {
        if (reason !== 'warning') connection.isLeaving = true;
        sockets.get(connection)?.send({ type: 'disconnect', reason, debug_info: { host: 'fake' } });
      }
    },
    drop(connectionId) {
      for (const connection of chosen(connectionId)) {
        const socket = sockets.get(connection);
        ended(connection);
        socket?.drop();
      }
    },
    setSilent(value) {
      isSilent = value;
    },
    close() {
      for (const connection of chosen(undefined)) sockets.get(connection)?.close(1000);
    },
  };
}
