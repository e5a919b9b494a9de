/**
 * The console's files: `index.html` for its addresses, and the files beside it under `/assets/`.
 *
 * The folder is listed once, at the start. Only listed names are served, so no address can reach outside, and a
 * build that replaces files under a running process cannot mix two versions of one file.
 */
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sha256 } from '../core/hash.ts';
import { sendProblem, unknownRoute } from './problem.ts';

/** Addresses that the console's own code reads. */
export const pagePaths = [
  '/',
  '/c/*',
  '/t/*',
  '/approvals',
  '/approvals/*',
  '/outcomes',
  '/runs',
  '/runs/*',
  '/ledger',
  '/ledger/*',
  '/overview',
  '/search',
  '/tools',
  '/tools/*',
  '/health',
  '/policy',
  '/people',
  '/memory',
  '/memory/*',
  '/schedules',
] as const;

const mediaTypes = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.json', 'application/json; charset=utf-8'],
  ['.map', 'application/json; charset=utf-8'],
  ['.webmanifest', 'application/manifest+json'],
  ['.svg', 'image/svg+xml'],
  ['.png', 'image/png'],
  ['.ico', 'image/x-icon'],
  ['.woff2', 'font/woff2'],
  ['.txt', 'text/plain; charset=utf-8'],
]);

interface Page {
  readonly body: Buffer;
  readonly etag: string;
  readonly mediaType: string;
}

/** Files by their path below the folder, with `/`. Links and hidden files are left out. */
async function listFiles(folder: string): Promise<ReadonlySet<string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.'));
  return new Set(
    files.map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/')),
  );
}

function isUnchanged(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const known = ifNoneMatch.split(',').map((entry) => entry.trim().replace(/^W\//u, ''));
  return known.includes(etag) || known.includes('*');
}

export async function addStaticPages(app: FastifyInstance, folder: string): Promise<void> {
  const files = await listFiles(folder);
  const read = new Map<string, Promise<Page>>();

  async function readPage(name: string): Promise<Page> {
    const body = await readFile(join(folder, name));
    const mediaType = mediaTypes.get(extname(name)) ?? 'application/octet-stream';
    return { body, etag: `"${sha256(body.toString('base64')).slice(0, 32)}"`, mediaType };
  }

  async function send(name: string, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    if (!files.has(name)) return sendProblem(reply, unknownRoute());
    const reading = read.get(name) ?? readPage(name);
    read.set(name, reading);
    let page: Page;
    try {
      page = await reading;
    } catch (error) {
      read.delete(name);
      throw error;
    }
    // Checked again at each use: names carry no version.
    void reply.header('etag', page.etag).header('cache-control', 'no-cache');
    if (isUnchanged(request.headers['if-none-match'], page.etag)) return reply.code(304).send();
    return reply.header('content-type', page.mediaType).send(page.body);
  }

  const config = { isPage: true };
  for (const path of pagePaths) {
    app.get(path, { config, exposeHeadRoute: true }, async (request, reply) => {
      if (files.has('index.html')) return send('index.html', request, reply);
      const detail = 'The pages of the console are not built. Run «npm run build».';
      return sendProblem(reply, { status: 404, code: 'pages.missing', detail });
    });
  }
  app.get('/favicon.ico', async (_, reply) => reply.code(204).send());
  app.get<{ Params: { '*': string } }>('/assets/*', { exposeHeadRoute: true }, async (request, reply) =>
    send(request.params['*'], request, reply),
  );
}
