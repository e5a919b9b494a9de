/**
 * A document from the web, by an address that somebody gave: from public servers alone, and from those alone that
 * the operator lists, if he lists any.
 *
 * The address that a name stands for is looked at while the connection is made, so a name that changes meanwhile leads
 * nowhere else, and every redirect is looked at anew. Nothing of ours goes along: no token, no cookie.
 */
import { request as requestHttp } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import { AppError, describeError } from '../core/errors.ts';
import { createCheckedLookup, isPublicAddress } from '../core/public-address.ts';

export interface FetchedDocument {
  readonly bytes: Buffer;
  /** Where it was found in the end. */
  readonly url: URL;
  /** As the server says: `text/html`. */
  readonly mediaType: string;
}

export interface FetchOptions {
  readonly mostBytes: number;
  /** True for an address that may be asked. Tests ask servers of their own. */
  readonly isPublic?: (address: string) => boolean;
  /** Why an address is not to be asked though it is public, as a clause; looked at for each redirect, too. */
  readonly whyClosed?: ((url: URL) => string | undefined) | undefined;
}

/** Its server says that it is not there (any more). */
export class DocumentGone extends AppError {
  constructor(message: string) {
    super('document.unreadable', message);
  }
}

const timeoutMs = 20_000;
const mostRedirects = 4;

/** Throws `document.unreadable` with a sentence for people. */
export async function fetchPublic(address: string, options: FetchOptions): Promise<FetchedDocument> {
  let url = parseAddress(address, options);
  for (let hops = 0; hops <= mostRedirects; hops += 1) {
    const found = await fetchOnce(url, options);
    if (!(found instanceof URL)) return found;
    url = parseAddress(found.href, options);
  }
  throw unreadable(`${address} leads from one address to the next without an end.`);
}

/** A web address without a name or password in it. */
function parseAddress(address: string, { whyClosed }: FetchOptions): URL {
  if (!URL.canParse(address)) throw unreadable(`${address} is not an address.`);
  const url = new URL(address);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw unreadable(`${address}: only http and https addresses are read.`);
  if (url.username !== '' || url.password !== '')
    throw unreadable(`The address of ${url.hostname} holds a name or a password. Leave it out.`);
  const closed = whyClosed?.(url);
  if (closed !== undefined) throw unreadable(`${url.hostname} ${closed}.`);
  return url;
}

function fetchOnce(
  url: URL,
  { mostBytes, isPublic = isPublicAddress }: FetchOptions,
): Promise<FetchedDocument | URL> {
  const host = url.hostname.replace(/^\[|\]$/gu, '');
  const refused = unreadable(`${url.hostname} is not a public server, so it is not asked.`);
  // A number needs no look-up, so it is looked at here.
  if (isIP(host) !== 0 && !isPublic(host)) return Promise.reject(refused);
  const lookUp = createCheckedLookup(isPublic, () => refused);
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      reject(
        error instanceof AppError ? error : unreadable(`${url.href} cannot be read: ${describeError(error)}`),
      );
    };
    const headers = { accept: 'text/html, text/plain, text/markdown, application/pdf, */*;q=0.5' };
    const signal = AbortSignal.timeout(timeoutMs);
    const sent = send(url, { lookup: lookUp, headers, signal }, (answer) => {
      read(url, answer, mostBytes).then(resolve, fail);
    });
    sent.on('error', fail);
    sent.end();
  });
}

async function read(url: URL, answer: IncomingMessage, mostBytes: number): Promise<FetchedDocument | URL> {
  const status = answer.statusCode ?? 0;
  const { location } = answer.headers;
  if (status >= 300 && status < 400 && location !== undefined) {
    answer.destroy();
    if (!URL.canParse(location, url.href)) throw unreadable(`${url.href} leads to what is no address.`);
    return new URL(location, url.href);
  }
  if (status !== 200) {
    answer.destroy();
    const text = `${url.href} cannot be read: its server answers HTTP ${String(status)}.`;
    throw status === 404 || status === 410 ? new DocumentGone(text) : unreadable(text);
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer) {
    // The stream of an answer without an encoding yields buffers.
    const bytes = chunk as Buffer;
    size += bytes.length;
    if (size > mostBytes) {
      answer.destroy();
      throw unreadable(`${url.href} is larger than ${String(Math.floor(mostBytes / 1024 / 1024))} MB.`);
    }
    chunks.push(bytes);
  }
  const mediaType = (answer.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  return { bytes: Buffer.concat(chunks), url, mediaType };
}

function unreadable(text: string): AppError {
  return new AppError('document.unreadable', text);
}
