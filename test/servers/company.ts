/** The four shipped servers as a bot meets them: bundled, each a process, spoken to over stdio by the real client. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { getDefaultEnvironment, StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { build } from 'esbuild';
import { z } from 'zod';

export type ServerName = 'crm' | 'billing' | 'mail' | 'database';

export interface Reply {
  readonly text: string;
  readonly isError: boolean;
  readonly structured: Record<string, unknown>;
}

export interface CompanyWorld {
  readonly folder: string;
  /** One more process of a server, as a second bot would have. Without `env`, processes are shared by name. */
  connect(server: ServerName, env?: Readonly<Record<string, string>>): Promise<Client>;
  call(tool: string, args: Record<string, unknown>, client?: Client): Promise<Reply>;
  /** Rows of a SELECT, through database/query. */
  select(sql: string): Promise<readonly (readonly (string | number | null)[])[]>;
  /** How often each tool did something. */
  effects(): Promise<Readonly<Record<string, number>>>;
  /** Ends all processes; the folder stays. */
  disconnect(): Promise<void>;
  stop(): Promise<void>;
}

const answer = z.object({
  content: z.array(z.object({ text: z.string() })).min(1),
  isError: z.boolean().optional(),
  structuredContent: z.record(z.string(), z.unknown()).optional(),
});
const table = z.array(z.array(z.union([z.string(), z.number(), z.null()])));

/** Bundles inside the project, so that the external packages are found; returns the folder. */
export async function buildServers(): Promise<string> {
  const outdir = await mkdtemp(join(process.cwd(), 'node_modules', '.company-'));
  const names: readonly ServerName[] = ['crm', 'billing', 'mail', 'database'];
  await build({
    entryPoints: Object.fromEntries(names.map((name) => [name, join('servers', name, 'index.ts')])),
    outdir,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    logLevel: 'error',
  });
  return outdir;
}

export async function aCompany(built: string): Promise<CompanyWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'company-'));
  const shared = new Map<ServerName, Promise<Client>>();
  const clients: Client[] = [];

  const connect = async (server: ServerName, env: Readonly<Record<string, string>> = {}): Promise<Client> => {
    const client = new Client({ name: 'company-test', version: '1.0.0' });
    await client.connect(
      new StdioClientTransport({
        command: process.execPath,
        args: [join(built, `${server}.js`)],
        env: { ...getDefaultEnvironment(), COMPANY_DATA_DIR: folder, ...env },
        stderr: 'ignore',
      }),
    );
    clients.push(client);
    return client;
  };

  const call = async (tool: string, args: Record<string, unknown>, client?: Client): Promise<Reply> => {
    const [server = '', name = ''] = tool.split('/');
    // Callers write tool names of the four servers; another name fails to start, loudly.
    const known = server as ServerName;
    if (client === undefined && !shared.has(known)) shared.set(known, connect(known));
    const to = client ?? (await shared.get(known));
    const reply = answer.parse(await to?.callTool({ name, arguments: args }));
    return {
      text: reply.content[0]?.text ?? '',
      isError: reply.isError === true,
      structured: reply.structuredContent ?? {},
    };
  };

  const select = async (sql: string): Promise<z.output<typeof table>> => {
    const reply = await call('database/query', { sql });
    if (reply.isError) throw new Error(reply.text);
    return table.parse(reply.structured['rows']);
  };

  const disconnect = async (): Promise<void> => {
    shared.clear();
    await Promise.all(clients.splice(0).map((client) => client.close()));
  };

  return {
    folder,
    connect,
    call,
    select,
    effects: async () => {
      const rows = await select('SELECT tool, count(*) FROM effects GROUP BY tool');
      return Object.fromEntries(rows.map(([tool, count]) => [String(tool), Number(count)]));
    },
    disconnect,
    stop: async () => {
      await disconnect();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
