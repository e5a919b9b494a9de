/**
 * The tools of a running bot over standard input and output, for agents that start their servers as programs.
 *
 * Nothing is decided here: every question goes to the bot's `/mcp` with the person's token. It connects at the first
 * question, so an agent that starts before the bot does is told so by an answer instead of a crash.
 */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { McpServer } from '@modelcontextprotocol/server';
import type { CallToolResult } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { describeError } from '../core/errors.ts';

export interface BridgeOptions {
  /** The bot's address: `http://127.0.0.1:8787`. */
  readonly url: string;
  readonly token: string;
}

/** Longer than a tool waits for news. */
const callWithinMs = 90_000;

export function bridgeStdio({ url, token }: BridgeOptions): void {
  let connecting: Promise<Client> | undefined;

  function connected(): Promise<Client> {
    connecting ??= connect().catch((error: unknown) => {
      connecting = undefined;
      throw error;
    });
    return connecting;
  }

  async function connect(): Promise<Client> {
    const client = new Client({ name: 'countersign-stdio', version: '1' }, { capabilities: {} });
    await client.connect(
      new StreamableHTTPClientTransport(new URL('/mcp', url), {
        requestInit: { headers: { authorization: `Bearer ${token}` }, redirect: 'error' },
      }),
    );
    return client;
  }

  const fix = (error: unknown): string =>
    `Countersign does not answer at ${url}: ${describeError(error).replaceAll(token, '…')}. Is it running, and is the token right?`;

  serveStdio(() => {
    const served = new McpServer({ name: 'countersign', version: '1' }, { capabilities: { tools: {} } });
    const { server } = served;
    server.setRequestHandler('tools/list', async () => {
      try {
        return { tools: (await (await connected()).listTools()).tools };
      } catch (error) {
        throw new Error(fix(error), { cause: error });
      }
    });
    server.setRequestHandler('tools/call', async ({ params }): Promise<CallToolResult> => {
      try {
        const { name, arguments: given = {} } = params;
        const client = await connected();
        return await client.callTool({ name, arguments: given }, { timeout: callWithinMs });
      } catch (error) {
        return { content: [{ type: 'text', text: fix(error) }], isError: true };
      }
    });
    return served;
  });
}
