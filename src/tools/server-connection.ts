/**
 * One tool server and at most one live connection to it.
 *
 * It starts at first need, one start at a time, and after it went away again at the next need, within the restart
 * budget. We declare no capability: a server that asks for sampling, roots or elicitation is told there is none.
 */
import { Client, SdkHttpError } from '@modelcontextprotocol/client';
import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import { AppError, describeError } from '../core/errors.ts';
import { isJsonObject } from '../core/json.ts';
import type { JsonObject } from '../core/json.ts';
import type { Logger } from '../core/logger.ts';
import { findRefusal } from './allowed-addresses.ts';
import { createHttpTransport } from './http-transport.ts';
import type { NameLookup } from './http-transport.ts';
import type { ServerConfig } from './mcp-config.ts';
import { createRedaction } from './redact-values.ts';
import { createRestartBudget } from './restart-budget.ts';
import { createStderrLog } from './stderr-log.ts';
import { createStdioTransport } from './stdio-transport.ts';
import { watchTransport } from './watched-transport.ts';
import type { CallTicket } from './watched-transport.ts';

export interface ServerConnectionOptions {
  readonly config: ServerConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Our own version, as the server sees it. */
  readonly version?: string;
  /** How long starting and listing may take. */
  readonly startTimeoutMs?: number;
  readonly maxMessageBytes?: number;
  /** How names of HTTP servers are looked up, when not as the system does. */
  readonly lookup?: NameLookup;
}

/** One start of a server, until it goes away. */
export interface LiveServer {
  readonly client: Client;
  newTicket(): CallTicket;
  /**
   * Every object the server lists, as it came, over all pages. Throws `tool-server.unreachable`.
   *
   * A server that cannot list is dropped, so that the next need starts it anew.
   */
  list(): Promise<readonly JsonObject[]>;
  /** The definition hashes of the last listing by the tool's own name, once there was one on this start. */
  listed(): ReadonlyMap<string, string> | undefined;
  noteListed(hashes: ReadonlyMap<string, string>): void;
  isAlive(): boolean;
  /** Gives this start up; the next need makes another. */
  drop(why: string): void;
}

export interface ServerConnection {
  readonly name: string;
  readonly identity: string;
  /** The live server, started if need be. Throws `tool-server.unreachable` with what to check. */
  open(): Promise<LiveServer>;
  live(): LiveServer | undefined;
  status(): { readonly state: 'idle' | 'starting' | 'ready' | 'unreachable'; readonly detail?: string };
  /** Takes the server's own secrets out of a text. */
  redact(text: string): string;
  /** The server says that its list has changed. May come in storms. */
  onListChanged(listener: () => void): void;
  stop(): Promise<void>;
}

const defaultStartTimeoutMs = 20_000;
const defaultMaxMessageBytes = 10 * 1024 * 1024;
const maxPages = 64;
const maxTools = 2000;

const listPage = z.looseObject({ tools: z.array(z.unknown()), nextCursor: z.string().optional() });

/** Connections by server name; nothing is started yet. */
export function createServerConnections(
  servers: readonly ServerConfig[],
  options: Omit<ServerConnectionOptions, 'config'>,
): ReadonlyMap<string, ServerConnection> {
  return new Map(servers.map((config) => [config.name, createServerConnection({ ...options, config })]));
}

export function createServerConnection(options: ServerConnectionOptions): ServerConnection {
  const { config, clock, logger } = options;
  const { name } = config;
  const startTimeoutMs = options.startTimeoutMs ?? defaultStartTimeoutMs;
  const redact = createRedaction(config.secrets);
  const budget = createRestartBudget(clock);
  const stderr = createStderrLog({ server: name, clock, logger, redact });
  const listeners: (() => void)[] = [];
  let live: LiveServer | undefined;
  let starting: Promise<LiveServer> | undefined;
  let problem: string | undefined;
  let isStopped = false;
  /** Ends a start that is under way. */
  let giveUpStart: () => void = () => undefined;

  function createTransport(): ReturnType<typeof createStdioTransport> {
    const maxMessageBytes = options.maxMessageBytes ?? defaultMaxMessageBytes;
    switch (config.kind) {
      case 'stdio':
        return createStdioTransport({ config, clock, maxMessageBytes, onStderr: stderr });
      case 'http':
        return createHttpTransport(config, maxMessageBytes, options.lookup);
      default:
        return config satisfies never;
    }
  }

  function unreachable(why: string, cause?: unknown): AppError {
    const message = `Tool server ${name}: ${redact(why)}`;
    return new AppError(
      'tool-server.unreachable',
      message,
      cause === undefined ? {} : { cause: new Error(redact(describeError(cause))) },
    );
  }

  async function start(): Promise<LiveServer> {
    const waitMs = budget.waitMs();
    if (waitMs > 0) {
      throw unreachable(
        `${problem ?? 'it went away'}; the next start is allowed in ${String(Math.ceil(waitMs / 1000))} s`,
      );
    }
    budget.started();
    const watched = watchTransport(createTransport(), (why) => {
      logger.warn('tool-server.answer-dropped', { server: name, why });
    });
    const client = new Client(
      { name: 'countersign', version: options.version ?? '0.0.0' },
      {
        capabilities: {},
        // `auto` over stdio would start a second process just to ask.
        versionNegotiation: { mode: config.kind === 'stdio' ? 'legacy' : 'auto' },
        // A server's further questions are never answered and its calls never issued again behind our back.
        inputRequired: { autoFulfill: false },
        listChanged: {
          tools: {
            autoRefresh: false,
            debounceMs: 0,
            onChanged: () => {
              for (const listener of listeners) listener();
            },
          },
        },
      },
    );
    const started = createLiveServer(client, watched.newTicket);
    let isUp = false;
    client.onclose = () => {
      if (isUp && live === started) gone('it closed the connection');
    };
    client.onerror = (error) => {
      logger.debug('tool-server.complained', {
        server: name,
        why: redact(describeError(error)).slice(0, 500),
      });
    };
    giveUpStart = () => void watched.transport.close().catch(() => undefined);
    try {
      await client.connect(watched.transport, { timeout: startTimeoutMs });
    } catch (cause) {
      budget.failed();
      problem = redact(describeError(cause)).slice(0, 500);
      logger.warn('tool-server.start-failed', { server: name, why: problem });
      await watched.transport.close().catch(() => undefined);
      const refusal = findRefusal(cause);
      throw refusal !== undefined
        ? unreachable(refusal.message)
        : unreachable('it does not start or does not answer; check its entry in mcp.json and its log', cause);
    }
    if (isStopped) {
      await client.close();
      throw unreachable('it was stopped');
    }
    isUp = true;
    giveUpStart = () => undefined;
    live = started;
    problem = undefined;
    logger.info('tool-server.started', { server: name, protocol: client.getNegotiatedProtocolVersion() });
    return started;
  }

  /** The running server went away by itself, or is of no use any more. */
  function gone(why: string): void {
    if (live === undefined) return;
    live = undefined;
    if (isStopped) return;
    budget.failed();
    problem = redact(why).slice(0, 500);
    logger.warn('tool-server.closed', { server: name, why: problem });
  }

  function createLiveServer(client: Client, newTicket: () => CallTicket): LiveServer {
    let hashes: ReadonlyMap<string, string> | undefined;
    const self: LiveServer = {
      client,
      newTicket,
      listed: () => hashes,
      noteListed(noted) {
        hashes = noted;
      },
      isAlive: () => live === self,
      drop(why) {
        if (live === self) gone(why);
        client.close().catch(() => undefined);
      },
      async list() {
        try {
          return await listPages(client, startTimeoutMs);
        } catch (cause) {
          self.drop(`its tools could not be listed: ${describeError(cause)}`);
          throw unreachable('its tools could not be listed; check its log', cause);
        }
      },
    };
    return self;
  }

  return {
    name,
    identity: config.identity,
    redact,
    live: () => live,
    async open() {
      if (isStopped) throw unreachable('it was stopped');
      if (live !== undefined) return live;
      starting ??= start().finally(() => {
        starting = undefined;
      });
      return starting;
    },
    status() {
      if (live !== undefined) return { state: 'ready' };
      if (starting !== undefined) return { state: 'starting' };
      return problem === undefined ? { state: 'idle' } : { state: 'unreachable', detail: problem };
    },
    onListChanged(listener) {
      listeners.push(listener);
    },
    async stop() {
      isStopped = true;
      giveUpStart();
      await starting?.catch(() => undefined);
      const leaving = live;
      live = undefined;
      await leaving?.client.close();
    },
  };
}

/** True when the server turned a request down because it no longer knows our session. */
export function isLostSession(error: unknown): boolean {
  return SdkHttpError.isInstance(error) && (error.status === 404 || error.status === 400);
}

async function listPages(client: Client, timeoutMs: number): Promise<readonly JsonObject[]> {
  if (client.getServerCapabilities()?.tools === undefined) return [];
  const listed: JsonObject[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < maxPages; page += 1) {
    const params = cursor === undefined ? {} : { cursor };
    const answer = await client.request({ method: 'tools/list', params }, listPage, { timeout: timeoutMs });
    for (const entry of answer.tools) {
      if (!isJsonObject(entry))
        throw new AppError('tool-server.unreachable', 'The list holds something that is no tool.');
      listed.push(entry);
    }
    if (listed.length > maxTools)
      throw new AppError('tool-server.unreachable', `The list is longer than ${String(maxTools)} tools.`);
    if (answer.nextCursor === undefined || answer.nextCursor === '') return listed;
    if (answer.nextCursor === cursor)
      throw new AppError('tool-server.unreachable', 'The list repeats the same page.');
    cursor = answer.nextCursor;
  }
  throw new AppError('tool-server.unreachable', `The list has more than ${String(maxPages)} pages.`);
}
