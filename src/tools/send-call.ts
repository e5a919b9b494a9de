/**
 * Sends one tool call, once. Imported by the gate alone.
 *
 * `not-sent` is claimed only when the transport was never given the call, or the connection to carry it was never
 * made. From then on only an answer that fits the call is `answered`; everything else is `unknown`, since the tool
 * may have run: time-outs, aborts, broken streams, a dead server, and answers that make no sense.
 *
 * Protocol errors: «no such method», «invalid parameters», «invalid request» and «not JSON» say that the call was
 * turned down before the tool ran, and so do the HTTP statuses below. Any other error may come from half-way.
 */
import {
  ProtocolError,
  ProtocolErrorCode,
  SdkError,
  SdkErrorCode,
  SdkHttpError,
} from '@modelcontextprotocol/client';
import type { CallToolResult, Tool as ListedDefinition } from '@modelcontextprotocol/client';
import { canonicalJson, parseStrictJson } from '../core/canonical-json.ts';
import type { Clock } from '../core/clock.ts';
import { describeError } from '../core/errors.ts';
import { isJsonObject } from '../core/json.ts';
import type { JsonObject } from '../core/json.ts';
import type { Logger } from '../core/logger.ts';
import { isConnectFailure } from './http-transport.ts';
import { readListedTools } from './listed-tools.ts';
import { isLostSession } from './server-connection.ts';
import type { LiveServer, ServerConnection } from './server-connection.ts';
import type { Tool, ToolCaller, ToolCallRequest, ToolOutcome } from './tool.ts';
import { readToolResult } from './tool-result.ts';
import { createToolSchemas } from './tool-schemas.ts';

export interface ToolCallerOptions {
  readonly connections: ReadonlyMap<string, ServerConnection>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export function createToolCaller(options: ToolCallerOptions): ToolCaller {
  const { connections, clock, logger } = options;
  const schemas = createToolSchemas();
  return {
    async call(request) {
      const { tool } = request;
      const connection = connections.get(tool.server);
      if (connection === undefined)
        return { kind: 'not-sent', why: `There is no tool server named ${tool.server}.` };
      if (connection.identity !== tool.serverIdentity) {
        return {
          kind: 'not-sent',
          why: `${tool.server} is not the server that ${tool.name} was approved on.`,
        };
      }
      const args = readArguments(request.argsJson);
      if (args === undefined)
        return { kind: 'not-sent', why: 'The arguments are not the canonical JSON of an object.' };
      const deadline = createDeadline(request, clock);
      try {
        const outcome = await sendOnce(connection, request, args, deadline, (result) =>
          readToolResult(tool, result, schemas),
        );
        if (outcome.kind !== 'answered')
          logger.warn('tool-call.unanswered', { tool: tool.name, kind: outcome.kind, why: outcome.why });
        return outcome;
      } finally {
        deadline.release();
      }
    },
  };
}

/** The arguments as a value, if sending that value sends exactly what was approved. */
function readArguments(argsJson: string): JsonObject | undefined {
  try {
    const value = parseStrictJson(argsJson);
    return isJsonObject(value) && canonicalJson(value) === argsJson ? value : undefined;
  } catch {
    return undefined;
  }
}

interface Deadline {
  readonly signal: AbortSignal;
  why(): string;
  /** Settles with the work, or rejects when the time is over or the caller gave up. */
  race<Result>(work: Promise<Result>): Promise<Result>;
  release(): void;
}

function createDeadline({ timeoutMs, signal }: ToolCallRequest, clock: Clock): Deadline {
  const stop = new AbortController();
  let why = 'The call was given up.';
  const onAbort = (): void => {
    stop.abort();
  };
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) stop.abort();
  const timer = clock.after(timeoutMs, () => {
    if (!stop.signal.aborted) why = `No answer within ${String(timeoutMs)} ms.`;
    stop.abort();
  });
  const over = new Promise<never>((_, reject) => {
    const give = (): void => {
      reject(new Error(why));
    };
    if (stop.signal.aborted) give();
    else stop.signal.addEventListener('abort', give, { once: true });
  });
  over.catch(() => undefined);
  return {
    signal: stop.signal,
    why: () => why,
    race: (work) => Promise.race([work, over]),
    release() {
      timer.cancel();
      signal.removeEventListener('abort', onAbort);
    },
  };
}

async function sendOnce(
  connection: ServerConnection,
  request: ToolCallRequest,
  args: JsonObject,
  deadline: Deadline,
  read: (result: CallToolResult) => ToolOutcome,
): Promise<ToolOutcome> {
  const { tool } = request;
  let live: LiveServer;
  try {
    live = await deadline.race(connection.open());
    const misfit = await deadline.race(findChange(connection, live, tool));
    if (misfit !== undefined) return { kind: 'not-sent', why: misfit };
  } catch (error) {
    return { kind: 'not-sent', why: connection.redact(describeError(error)) };
  }
  const ticket = live.newTicket();
  try {
    const result = await deadline.race(
      ticket.run(() => callTool(live, tool, args, request.timeoutMs, deadline.signal)),
    );
    return read(result);
  } catch (error) {
    if (isLostSession(error)) live.drop('it does not know this session any more');
    if (!ticket.wasHandedOver()) return { kind: 'not-sent', why: connection.redact(describeError(error)) };
    if (deadline.signal.aborted) return { kind: 'unknown', why: deadline.why() };
    return classifyFailure(error, (text) => connection.redact(text).slice(0, 1000));
  }
}

/**
 * Why the tool on this very start of the server is not the one to call, or undefined when it is.
 *
 * A server that restarted since it was listed may have become another: it is asked before it gets the call.
 */
async function findChange(
  connection: ServerConnection,
  live: LiveServer,
  tool: Tool,
): Promise<string | undefined> {
  if (live.listed() === undefined) {
    const { tools } = readListedTools(connection, await live.list());
    live.noteListed(new Map([...tools].map(([ownName, entry]) => [ownName, entry.tool.definitionHash])));
  }
  return live.listed()?.get(tool.ownName) === tool.definitionHash
    ? undefined
    : `${tool.name} is not what it was when it was approved; it must be asked for again.`;
}

function callTool(
  live: LiveServer,
  tool: Tool,
  args: JsonObject,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<CallToolResult> {
  // With a definition given, the SDK neither repeats a call nor judges results by a listing of its own. The input
  // schema of a listed tool is an object schema; the SDK reads only its header marks.
  const toolDefinition = { name: tool.ownName, inputSchema: tool.inputSchema } as ListedDefinition;
  // Our own deadline comes first; the SDK's stands behind it.
  return live.client.callTool(
    { name: tool.ownName, arguments: args },
    { signal, timeout: timeoutMs + 60_000, toolDefinition },
  );
}

const refusedBeforeRunning: ReadonlySet<number> = new Set([
  ProtocolErrorCode.ParseError,
  ProtocolErrorCode.InvalidRequest,
  ProtocolErrorCode.MethodNotFound,
  ProtocolErrorCode.InvalidParams,
]);
/** Not allowed, not found, too large, wrong type, too many, and any redirect: the endpoint did not take the call in. */
const refusedStatuses: ReadonlySet<number> = new Set([401, 403, 404, 405, 413, 415, 429]);

function classifyFailure(error: unknown, show: (text: string) => string): ToolOutcome {
  if (ProtocolError.isInstance(error)) {
    // Some servers check their own output and report that misfit, after the tool ran, as «invalid parameters».
    const isAboutOutput = /output|structured/iu.test(error.message);
    return refusedBeforeRunning.has(error.code) && !isAboutOutput
      ? { kind: 'answered', content: show(`The server refused the call: ${error.message}`), isError: true }
      : {
          kind: 'unknown',
          why: show(`The server answered with error ${String(error.code)}: ${error.message}`),
        };
  }
  if (SdkHttpError.isInstance(error)) {
    const { status } = error;
    return refusedStatuses.has(status) || (status >= 300 && status < 400)
      ? {
          kind: 'answered',
          content: `The server refused the call with HTTP status ${String(status)}.`,
          isError: true,
        }
      : { kind: 'unknown', why: `The server answered with HTTP status ${String(status)}.` };
  }
  if (SdkError.isInstance(error) && error.code === SdkErrorCode.UnsupportedResultType) {
    return {
      kind: 'answered',
      content:
        'The tool asks for further input before it goes on; that is not passed on. Nothing more was sent.',
      isError: true,
    };
  }
  if (isConnectFailure(error)) return { kind: 'not-sent', why: show(describeError(error)) };
  return { kind: 'unknown', why: show(describeError(error)) };
}
