/**
 * The door: which Host and Origin a request may carry.
 *
 * A name that an attacker points at this machine (DNS rebinding) arrives with his Host; a page of another site
 * arrives with its Origin or with Sec-Fetch-Site. Neither may read or act. There are no CORS headers at all.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Problem } from './problem.ts';

export interface GuardedRequest {
  readonly method: string;
  /** As it stands in the request line. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  /** The address of ours that the connection came in by. */
  readonly localAddress: string | undefined;
  /** Platforms call by whatever address they were given. */
  readonly isHostExempt: boolean;
  /** Pages may be opened by a link from elsewhere; everything else may not. */
  readonly isPage: boolean;
}

export interface OriginGuard {
  /** Why the request is refused, or undefined. */
  findFault(request: GuardedRequest): Problem | undefined;
}

/** `::1` as it stands in a URL: `[::1]`; addresses of version 4 in 6 as version 4. */
export function hostInUrl(address: string): string {
  const plain = address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
  return plain.includes(':') && !plain.startsWith('[') ? `[${plain}]` : plain.toLowerCase();
}

export function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::' || host === '[::]' || host === '';
}

export function createOriginGuard(options: {
  readonly host: string;
  readonly port: number;
  readonly publicUrl?: string | undefined;
}): OriginGuard {
  const { host, port, publicUrl } = options;
  const hosts = new Set<string>();
  const origins = new Set<string>();
  const admit = (name: string): void => {
    hosts.add(`${name}:${String(port)}`);
    if (port === 80) hosts.add(name);
    origins.add(new URL(`http://${name}:${String(port)}`).origin);
  };
  for (const name of ['127.0.0.1', 'localhost', '[::1]']) admit(name);
  if (host !== '') admit(hostInUrl(host));
  if (publicUrl !== undefined) {
    const url = new URL(publicUrl);
    hosts.add(url.host);
    if (url.port === '') hosts.add(`${url.hostname}:${url.protocol === 'https:' ? '443' : '80'}`);
    origins.add(url.origin);
  }
  const isAnyAddress = isWildcard(host);
  // Listening on every address means that each address of this machine is the configured host. An address
  // cannot be rebound, so the one that the connection came in by is safe to accept.
  const isOwnAddress = (given: string, localAddress: string | undefined): boolean =>
    isAnyAddress && localAddress !== undefined && given === `${hostInUrl(localAddress)}:${String(port)}`;

  return {
    findFault({ method, target, headers, localAddress, isHostExempt, isPage }) {
      const given = headers.host?.toLowerCase() ?? '';
      // A target with a host of its own would outrank the Host header; only proxies are asked that way.
      const isAskedAsProxy = !target.startsWith('/');
      if (isAskedAsProxy || (!isHostExempt && !hosts.has(given) && !isOwnAddress(given, localAddress))) {
        return {
          status: 403,
          code: 'host.refused',
          detail:
            'This address is not mine. Set PUBLIC_URL to the address people use, or open me by 127.0.0.1.',
        };
      }
      const { origin } = headers;
      if (origin !== undefined && !origins.has(origin.toLowerCase())) {
        const isOwn =
          origin.startsWith('http://') &&
          isOwnAddress(origin.slice('http://'.length).toLowerCase(), localAddress);
        if (!isOwn)
          return { status: 403, code: 'origin.refused', detail: 'Pages of another site may not call me.' };
      }
      const site = headers['sec-fetch-site'];
      if (site !== undefined && site !== 'same-origin' && site !== 'none') {
        const isLink =
          isPage &&
          (method === 'GET' || method === 'HEAD') &&
          headers['sec-fetch-mode'] === 'navigate' &&
          headers['sec-fetch-dest'] === 'document';
        if (!isLink)
          return { status: 403, code: 'origin.refused', detail: 'Pages of another site may not call me.' };
      }
      return undefined;
    },
  };
}
