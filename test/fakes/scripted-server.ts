/**
 * The HTTP side that the stand-ins for model APIs share: one script entry per accepted request.
 *
 * A request that the real service would turn down gets its 400 here too and uses up no entry. So does a
 * request nobody scripted.
 */
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { ScriptedReply, ScriptedAnswer } from './scripted-answer.ts';

export interface FakeRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
  /** Why the request was turned down, or undefined. */
  readonly problem?: string;
}

export interface FakeModelServer {
  readonly url: string;
  readonly requests: FakeRequest[];
  /** Adds to the end of the script. */
  next(...replies: readonly ScriptedReply[]): void;
  /** Settles when this many requests have arrived in all. */
  arrived(count: number): Promise<void>;
  close(): Promise<void>;
}

export interface Rendered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly frames: readonly string[];
  readonly end: 'close' | 'break' | 'open';
}

export interface Dialect {
  readonly path: string;
  /** Finds what the real service would refuse. */
  findProblem(request: FakeRequest): { readonly status: number; readonly message: string } | undefined;
  render(answer: Exclude<ScriptedAnswer, { kind: 'hang' }>, request: FakeRequest): Rendered;
}

export async function serveScript(
  dialect: Dialect,
  script: readonly ScriptedReply[],
): Promise<FakeModelServer> {
  const replies = [...script];
  const requests: FakeRequest[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];

  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = incoming.url ?? '/';
    const body = await readBody(incoming);
    const seen: FakeRequest = { path, headers: incoming.headers, body };
    const refused =
      incoming.method === 'POST' && path === dialect.path
        ? dialect.findProblem(seen)
        : { status: 404, message: `No such address: ${path}` };
    requests.push(refused === undefined ? seen : { ...seen, problem: refused.message });
    for (const waiter of waiting) if (requests.length >= waiter.count) waiter.resolve();
    if (refused !== undefined) {
      await write(response, dialect.render({ kind: 'status', ...refused }, seen));
      return;
    }
    const reply = replies.shift() ?? {
      kind: 'status',
      status: 400,
      message: 'The script has no answer left.',
    };
    const answer = typeof reply === 'function' ? reply(body) : reply;
    if (answer.kind !== 'hang') await write(response, dialect.render(answer, seen));
  };

  const server = createServer((incoming, response) => {
    handle(incoming, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  return {
    url: `http://127.0.0.1:${String(port)}`,
    requests,
    next: (...more) => {
      replies.push(...more);
    },
    arrived: (count) =>
      new Promise((resolve) => {
        if (requests.length >= count) resolve();
        else waiting.push({ count, resolve });
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function readBody(incoming: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const chunk of incoming) text += String(chunk);
  const body: unknown = text === '' ? {} : JSON.parse(text);
  // Whatever is not an object has no fields, which the dialect then complains about.
  return typeof body === 'object' && body !== null ? { ...body } : {};
}

async function write(response: ServerResponse, { status, headers, frames, end }: Rendered): Promise<void> {
  response.writeHead(status, headers);
  response.flushHeaders();
  for (const frame of frames) {
    response.write(frame);
    // Lets the frame leave alone, so that clients see it in pieces.
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (end === 'close') response.end();
  if (end === 'break') response.destroy();
}
