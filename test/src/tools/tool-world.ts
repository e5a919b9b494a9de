/** A registry and a caller over real server processes, with what those servers saw. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Clock } from '../../../src/core/clock.ts';
import { systemClock } from '../../../src/core/clock.ts';
import type { Logger } from '../../../src/core/logger.ts';
import { parseMcpConfig } from '../../../src/tools/mcp-config.ts';
import { createPins } from '../../../src/tools/pins.ts';
import { createToolRegistry } from '../../../src/tools/registry.ts';
import { createToolCaller } from '../../../src/tools/send-call.ts';
import { createServerConnections } from '../../../src/tools/server-connection.ts';
import type { ServerConnection, ServerConnectionOptions } from '../../../src/tools/server-connection.ts';
import type { Tool, ToolOutcome } from '../../../src/tools/tool.ts';
import type { LocalLedger } from '../../builders/local-ledger.ts';
import { aLedgerStore } from '../../builders/local-ledger.ts';

export const fakeServer = (name: string): string => path.resolve('test/fakes/mcp', name);

export interface ToolWorldOptions {
  readonly servers?: Record<string, object>;
  /** Environment of the one server `raw`, when `servers` is not given. */
  readonly env?: Record<string, string>;
  readonly clock?: Clock;
  readonly ledger?: LocalLedger;
  readonly reviewed?: ReadonlySet<string>;
  readonly startTimeoutMs?: number;
  readonly maxMessageBytes?: number;
  readonly lookup?: ServerConnectionOptions['lookup'];
}

export interface ToolWorld {
  readonly registry: ReturnType<typeof createToolRegistry>;
  readonly connections: ReadonlyMap<string, ServerConnection>;
  readonly ledger: LocalLedger;
  readonly logged: { readonly event: string; readonly fields: unknown }[];
  /** Lines of the raw server's own log that start so. */
  seen(prefix: string): string[];
  offer(tools: readonly object[]): void;
  tool(name: string): Promise<Tool>;
  call(
    name: string,
    args?: object,
    options?: { timeoutMs?: number; signal?: AbortSignal; tool?: Tool },
  ): Promise<ToolOutcome>;
  end(): Promise<void>;
}

export function aToolWorld(options: ToolWorldOptions = {}): ToolWorld {
  const folder = mkdtempSync(path.join(tmpdir(), 'tools-'));
  const logFile = path.join(folder, 'log');
  const toolsFile = path.join(folder, 'tools.json');
  const env = { LOG_FILE: logFile, TOOLS_FILE: toolsFile, ...options.env };
  const servers = options.servers ?? {
    raw: { command: process.execPath, args: [fakeServer('raw-server.mjs')], env },
  };
  const configs = parseMcpConfig(JSON.stringify({ mcpServers: servers }), { file: 'mcp.json', env: {} });
  const clock = options.clock ?? systemClock;
  const logged: { event: string; fields: unknown }[] = [];
  const keep = (event: string, fields?: Record<string, unknown>): void => void logged.push({ event, fields });
  const logger: Logger = { debug: keep, info: keep, warn: keep, error: keep };
  const ledger = options.ledger ?? aLedgerStore();
  const { startTimeoutMs, maxMessageBytes, lookup } = options;
  const connections = createServerConnections(configs, {
    clock,
    logger,
    ...(startTimeoutMs === undefined ? {} : { startTimeoutMs }),
    ...(maxMessageBytes === undefined ? {} : { maxMessageBytes }),
    ...(lookup === undefined ? {} : { lookup }),
  });
  const registry = createToolRegistry({
    connections,
    pins: createPins({ store: ledger }),
    reviewed: () => options.reviewed ?? new Set(),
    clock,
    logger,
  });
  const caller = createToolCaller({ connections, clock, logger });

  async function tool(name: string): Promise<Tool> {
    const state = await registry.find(name);
    if (state.kind !== 'ready' && state.kind !== 'drifted')
      throw new Error(`${name} is ${JSON.stringify(state)}`);
    return state.tool;
  }

  return {
    registry,
    connections,
    ledger,
    logged,
    seen: (prefix) =>
      (existsSync(logFile) ? readFileSync(logFile, 'utf8') : '')
        .split('\n')
        .filter((line) => line.startsWith(prefix)),
    offer(tools) {
      writeFileSync(toolsFile, JSON.stringify(tools));
    },
    tool,
    async call(
      name,
      args = {},
      { timeoutMs = 5000, signal = new AbortController().signal, tool: given } = {},
    ) {
      return caller.call({
        tool: given ?? (await tool(name)),
        argsJson: JSON.stringify(args),
        timeoutMs,
        signal,
      });
    },
    async end() {
      await registry.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Waits for something outside this process to become true. */
export async function until(isTrue: () => boolean): Promise<void> {
  for (let tries = 0; !isTrue(); tries += 1) {
    if (tries > 500) throw new Error('It never became true.');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
