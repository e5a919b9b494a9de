// A tool server on the maintenance line of the SDK: what most servers in the field still are.
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { z } from 'zod';

const server = new McpServer({ name: 'legacy', version: '1.0.0' });
server.registerTool(
  'echo',
  { description: 'Says it back.', inputSchema: { text: z.string() } },
  ({ text }) => ({ content: [{ type: 'text', text: `legacy echo: ${text}` }] }),
);
await server.connect(new StdioServerTransport());
