/**
 * A tool server behind streamable HTTP: the SDK's transport with everything that could repeat a request switched
 * off, and a cap on what one message may bring.
 *
 * No redirect is followed (a redirected POST is a second request, perhaps to another machine), no broken stream is
 * resumed, and no sign-in flow runs.
 */
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { Transport } from '@modelcontextprotocol/client';
import type { HttpServerConfig } from './mcp-config.ts';

export function createHttpTransport(config: HttpServerConfig, maxMessageBytes: number): Transport {
  return new StreamableHTTPClientTransport(new URL(config.url), {
    requestInit: { headers: { ...config.headers }, redirect: 'manual' },
    reconnectionOptions: {
      maxRetries: 0,
      initialReconnectionDelay: 1000,
      maxReconnectionDelay: 1000,
      reconnectionDelayGrowFactor: 1,
    },
    fetch: async (url, init) => capBody(await fetch(url, init), maxMessageBytes),
  });
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
