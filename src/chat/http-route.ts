/**
 * An HTTP route that an adapter hands to the server: how platforms that push reach it.
 *
 * The body arrives as the bytes that were sent, because signatures are made over bytes. Nothing here has been
 * authenticated: the route itself verifies its platform's signature before it believes a word. Requests are
 * checked for a foreign Origin, but not for their Host, since platforms come by the public address.
 */
import type { IncomingHttpHeaders } from 'node:http';

export interface HttpRouteRequest {
  readonly headers: IncomingHttpHeaders;
  /** Empty for requests without a body. */
  readonly rawBody: Buffer;
  readonly query: Readonly<Record<string, string | readonly string[]>>;
  /** Path and query as they were sent. */
  readonly url: string;
  /** Aborted when the caller hangs up before the answer is complete. */
  readonly signal: AbortSignal;
}

export interface HttpRouteAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A sequence of bytes is sent as it arrives and cut when the server stops. */
  readonly body: string | Uint8Array | AsyncIterable<Uint8Array>;
}

export interface HttpRoute {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** An exact path: `/slack/events`. */
  readonly path: string;
  /** True for routes that programs on this machine call: their Host is checked like any other. */
  readonly isHostChecked?: boolean;
  handle(request: HttpRouteRequest): Promise<HttpRouteAnswer>;
}
