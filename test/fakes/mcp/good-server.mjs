// A well-behaved tool server on the current SDK, over stdio or, with PORT=0, over HTTP.
import { createServer } from 'node:http';
import { McpServer, createMcpHandler } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { z } from 'zod';

function factory() {
  const server = new McpServer({ name: 'good', version: '1.0.0' });
  server.registerTool(
    'echo',
    {
      description: 'Says it back.',
      inputSchema: z.object({ text: z.string() }),
      annotations: { readOnlyHint: true },
    },
    ({ text }) => ({
      content: [{ type: 'text', text: `echo: ${text}` }],
    }),
  );
  server.registerTool(
    'sum',
    {
      description: 'Adds.',
      inputSchema: z.object({ a: z.number(), b: z.number() }),
      outputSchema: z.object({ sum: z.number() }),
    },
    ({ a, b }) => ({
      content: [{ type: 'text', text: String(a + b) }],
      structuredContent: { sum: a + b },
    }),
  );
  server.registerTool('fail', { description: 'Does not work.', inputSchema: z.object({}) }, () => ({
    isError: true,
    content: [{ type: 'text', text: 'no funds' }],
  }));
  return server;
}

if (process.env.PORT === undefined) serveStdio(factory);
else {
  const handler = toNodeHandler(createMcpHandler(factory));
  const http = createServer((request, response) => {
    if (request.headers.authorization !== 'Bearer s3cret-token') {
      response.writeHead(401).end();
      return;
    }
    void handler(request, response);
  });
  http.listen(Number(process.env.PORT), '127.0.0.1', () => console.log(http.address().port));
}
