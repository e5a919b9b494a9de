/**
 * A tool server behind streamable HTTP: the SDK's transport with everything that could repeat a request switched
 * off, a cap on what one message may bring, and connections to allowed addresses alone.
 *
 * No redirect is followed (a redirected POST is a second request, perhaps to another machine), no broken stream is
 * resumed, and no sign-in flow runs. Nothing is sent to another origin than that of the server's URL, and the address
 * behind its name is looked at while the connection is made.
 */
import { isIP } from 'node:net';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { Transport } from '@modelcontextprotocol/client';
import { createCheckedLookup } from '../core/public-address.ts';
import { AddressRefused, createAllowedAddresses, findNetMistake, hostOf } from './allowed-addresses.ts';
import type { HttpServerConfig } from './mcp-config.ts';

/** Stands for the system's own look-up of names. */
export type NameLookup = Parameters<typeof createCheckedLookup>[2];

export function createHttpTransport(
  config: HttpServerConfig,
  maxMessageBytes: number,
  lookup?: NameLookup,
): Transport {
  const guarded = createGuardedFetch(config, lookup);
  const transport = new StreamableHTTPClientTransport(new URL(config.url), {
    requestInit: { headers: { ...config.headers }, redirect: 'manual' },
    reconnectionOptions: {
      maxRetries: 0,
      initialReconnectionDelay: 1000,
      maxReconnectionDelay: 1000,
      reconnectionDelayGrowFactor: 1,
    },
    fetch: async (url, init) => capBody(await guarded.fetch(url, init), maxMessageBytes),
  });
  const close = transport.close.bind(transport);
  return Object.assign(transport, {
    async close() {
      await close();
      await guarded.end();
    },
  });
}

interface GuardedFetch {
  fetch(url: string | URL, init: RequestInit | undefined): Promise<Response>;
  end(): Promise<void>;
}

function createGuardedFetch(config: HttpServerConfig, lookup: NameLookup): GuardedFetch {
  const home = new URL(config.url);
  const allowed = createAllowedAddresses(home, config.allowAddresses);
  const refuse = (name: string, address: string | undefined): AddressRefused => {
    const isPossible = address !== undefined && findNetMistake(address) === undefined;
    const fix = isPossible
      ? ` If that is meant, write "allowAddresses": ["${address}"] in the entry of ${config.name} in mcp.json.`
      : '';
    return new AddressRefused(
      `${name} leads to ${address ?? 'no address'}, which is not public, so no connection was made.${fix}`,
    );
  };
  let pool: ReturnType<typeof openPool> | undefined;

  async function openPool() {
    const { Agent, fetch } = await import('undici');
    const agent = new Agent({ connect: { lookup: createCheckedLookup(allowed.has, refuse, lookup) } });
    return { agent, fetch };
  }

  return {
    async fetch(address, init) {
      const url = new URL(address);
      if (url.origin !== home.origin)
        throw new AddressRefused(
          `${config.name} is spoken to at ${home.origin} alone, not at ${url.origin}.`,
        );
      // A number is connected to without a look-up.
      const host = hostOf(url);
      if (isIP(host) !== 0 && !allowed.has(host)) throw refuse(host, host);
      pool ??= openPool();
      const { agent, fetch } = await pool;
      // Both sides name the same standard types, undici by its own declarations and Node by another copy of them.
      const sent = { ...init, redirect: 'manual', dispatcher: agent } as Parameters<typeof fetch>[1];
      // The same of the answer.
      return (await fetch(url, sent)) as unknown as Response;
    },
    async end() {
      const opened = await pool;
      await opened?.agent.destroy();
    },
  };
}

/** The same response, whose body breaks off once one message in it is too long. An event stream starts anew per event. */
function capBody(response: Response, maxBytes: number): Response {
  if (response.body === null) return response;
  const isEventStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  let held = 0;
  let isLineEmpty = true;
  const capped = response.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        if (!isEventStream) held += chunk.length;
        else {
          for (const byte of chunk) {
            held += 1;
            // An empty line ends an event.
            if (byte === 0x0a) {
              if (isLineEmpty) held = 0;
              isLineEmpty = true;
            } else if (byte !== 0x0d) isLineEmpty = false;
          }
        }
        if (held > maxBytes)
          controller.error(new Error(`A message is longer than ${String(maxBytes)} bytes.`));
        else controller.enqueue(chunk);
      },
    }),
  );
  return new Response(capped, {
    status: response.status,
    statusText: response.statusText,
    headers: response.headers,
  });
}

const connectFailures = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

interface ConnectError {
  readonly code?: unknown;
  readonly syscall?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
}

/** True when the connection itself was never made, so that no byte of the request can have left. */
export function isConnectFailure(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  if (error instanceof AddressRefused) return true;
  // Every field may be missing; each is looked at before it is used.
  const { code, syscall, cause, errors } = error as ConnectError;
  // One error for each address that was tried.
  if (Array.isArray(errors) && errors.length > 0) return errors.every(isConnectFailure);
  if (cause !== undefined) return isConnectFailure(cause);
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return true;
  // Only errors of connecting carry these codes together with what was being done.
  return (
    typeof code === 'string' &&
    connectFailures.has(code) &&
    (syscall === 'connect' || syscall === 'getaddrinfo')
  );
}
