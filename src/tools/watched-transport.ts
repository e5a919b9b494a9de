/**
 * A transport under watch: knows of each tool call whether it was handed over for sending, and lets no second copy
 * of it through, whatever the SDK above might want to repeat.
 *
 * Answers are passed up only when their id is exactly one that is awaited and comes for the first time: the SDK
 * would take `"7"` for 7 and an error without an id for the first request.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/client';

export interface CallTicket {
  /** True from the moment the transport was given the call. */
  wasHandedOver(): boolean;
  /** Runs what issues the one `tools/call`. Rejects early when its answer can no longer come. */
  run<Answer>(issue: () => Promise<Answer>): Promise<Answer>;
}

export interface WatchedTransport {
  readonly transport: Transport;
  newTicket(): CallTicket;
}

interface OpenTicket {
  isHandedOver: boolean;
  id?: string | number;
  fail(error: Error): void;
}

export function watchTransport(inner: Transport, onStray: (why: string) => void): WatchedTransport {
  const awaited = new Map<string | number, OpenTicket | undefined>();
  const current = new AsyncLocalStorage<OpenTicket>();

  const transport: Transport = {
    start: () => inner.start(),
    close: () => inner.close(),
    setProtocolVersion: (version) => inner.setProtocolVersion?.(version),
    setSupportedProtocolVersions: (versions) => inner.setSupportedProtocolVersions?.(versions),
    get sessionId() {
      return inner.sessionId;
    },
    async send(message, options) {
      const isCall = 'method' in message && message.method === 'tools/call' && 'id' in message;
      const ticket = isCall ? current.getStore() : undefined;
      if (isCall) {
        if (ticket === undefined || ticket.isHandedOver)
          throw new Error('A tool call is sent once and never repeated.');
        ticket.isHandedOver = true;
      }
      if (!('method' in message && 'id' in message)) {
        await inner.send(message, options);
        return;
      }
      const { id } = message;
      awaited.set(id, ticket);
      if (ticket !== undefined) ticket.id = id;
      const onRequestStreamEnd = (): void => {
        options?.onRequestStreamEnd?.();
        if (awaited.has(id)) ticket?.fail(new Error('The stream ended before the answer came.'));
      };
      await inner.send(message, { ...options, onRequestStreamEnd });
    },
  };
  if (inner.hasPerRequestStream !== undefined)
    Object.assign(transport, { hasPerRequestStream: inner.hasPerRequestStream });

  inner.onclose = () => transport.onclose?.();
  inner.onerror = (error) => transport.onerror?.(error);
  inner.onmessage = (message: JSONRPCMessage, extra) => {
    if ('method' in message) {
      transport.onmessage?.(message, extra);
      return;
    }
    if (message.id === undefined || !awaited.has(message.id)) {
      onStray('an answer to nothing that was asked, or a second one');
      return;
    }
    awaited.delete(message.id);
    transport.onmessage?.(message, extra);
  };

  return {
    transport,
    newTicket() {
      let fail: (error: Error) => void = () => undefined;
      const broken = new Promise<never>((_, reject) => {
        fail = reject;
      });
      broken.catch(() => undefined);
      const ticket: OpenTicket = { isHandedOver: false, fail };
      return {
        wasHandedOver: () => ticket.isHandedOver,
        run: (issue) =>
          Promise.race([current.run(ticket, issue), broken]).finally(() => {
            // Nobody waits any longer: what still comes for it is stray.
            if (ticket.id !== undefined) awaited.delete(ticket.id);
          }),
      };
    },
  };
}
