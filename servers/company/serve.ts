/**
 * One MCP server over stdio on top of the company's file.
 *
 * `COMPANY_SLOW_MS` makes every write wait that long after it is durable and before it answers. Kill the process or
 * let the caller time out meanwhile, and the caller has an outcome it cannot know: the effect is there, the answer is not.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { McpServer } from '@modelcontextprotocol/server';
import type { CallToolResult, StandardSchemaWithJSON, ToolAnnotations } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import type { z } from 'zod';
import { companyFolder, openCompany } from './open.ts';
import type { Company } from './open.ts';
import { Refusal } from './refusal.ts';

export interface Answer {
  readonly text: string;
  readonly structured: Record<string, unknown>;
  /** True when this very call changed something; a repeated keyed call did not. */
  readonly didWrite?: boolean;
}

export interface CompanyTool<Input extends z.ZodObject> {
  readonly name: string;
  readonly description: string;
  readonly input: Input;
  /** What the server says about itself. Real servers get these wrong, so nothing here relies on them. */
  readonly annotations?: ToolAnnotations;
  run(company: Company, input: z.output<Input>): Answer | Promise<Answer>;
}

export type AddTool = <Input extends z.ZodObject>(tool: CompanyTool<Input>) => void;

export function serveCompany(name: string, instructions: string, addTools: (add: AddTool) => void): void {
  let opened: Company | undefined;
  // Opened at the first call: listing tools needs no books, and a folder that cannot be written is then an answer.
  const company = (): Company => (opened ??= openCompany(companyFolder()));

  serveStdio(() => {
    const server = new McpServer({ name, version: '1.0.0' }, { instructions });
    addTools((tool) => {
      const { description, annotations } = tool;
      const inputSchema: StandardSchemaWithJSON = tool.input;
      // The SDK has parsed the input already; parsing it again gives it the tool's own type.
      server.registerTool(
        tool.name,
        { description, inputSchema, ...(annotations === undefined ? {} : { annotations }) },
        async (input) => answer(name, tool, company, tool.input.parse(input)),
      );
    });
    return server;
  });
}

async function answer<Input extends z.ZodObject>(
  server: string,
  tool: CompanyTool<Input>,
  company: () => Company,
  input: z.output<Input>,
): Promise<CallToolResult> {
  try {
    const { text, structured, didWrite } = await tool.run(company(), input);
    if (didWrite === true) await wait(slowMs());
    return { content: [{ type: 'text', text }], structuredContent: structured };
  } catch (error) {
    return { content: [{ type: 'text', text: explain(server, tool.name, error) }], isError: true };
  }
}

function explain(server: string, tool: string, error: unknown): string {
  if (error instanceof Refusal) return error.message;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code.startsWith('SQLITE_BUSY')) return 'The company is busy: nothing was done. Try again in a moment.';
  process.stderr.write(
    `${server}/${tool}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return `${server}/${tool} failed and did nothing; the server's log says why.`;
}

function slowMs(): number {
  const value = Number(process.env.COMPANY_SLOW_MS ?? '0');
  return Number.isFinite(value) && value > 0 ? value : 0;
}
