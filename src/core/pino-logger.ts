/**
 * The Logger port by pino: one JSON object a line, or a short readable line on a terminal.
 *
 * Every text in every field passes through `redact` before it is written, however deep it sits.
 */
import { pino } from 'pino';
import { describeError } from './errors.ts';
import type { Logger } from './logger.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export interface LogOutput {
  readonly isTTY?: boolean | undefined;
  write(line: string): unknown;
}

const deepest = 8;

function clean(value: unknown, redact: (text: string) => string, depth = 0): unknown {
  if (typeof value === 'string') return redact(value);
  if (typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined)
    return value;
  if (value instanceof Error) return redact(describeError(value));
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object') return `(${typeof value})`;
  if (depth === deepest) return '…';
  if (Array.isArray(value)) return value.map((entry: unknown) => clean(entry, redact, depth + 1));
  return cleanFields(Object.entries(value), redact, depth + 1);
}

function cleanFields(
  fields: [string, unknown][],
  redact: (text: string) => string,
  depth = 0,
): Record<string, unknown> {
  return Object.fromEntries(fields.map(([key, entry]) => [redact(key), clean(entry, redact, depth)]));
}

/** `10:43:02.120 warn  tool-server.lost {"server":"crm"}`. */
function readableLine(line: string): string {
  // Pino writes one JSON object per line, with the three fields that the options below ask for.
  const { level, time, msg, ...fields } = JSON.parse(line) as { level: string; time: string; msg: string };
  const rest = Object.keys(fields).length === 0 ? '' : ` ${JSON.stringify(fields)}`;
  return `${time.slice(11, 23)} ${level.padEnd(5)} ${msg}${rest}\n`;
}

/** `redact` takes secrets out of a text. Written synchronously, so that a crash loses no line. */
export function createLogger(
  level: LogLevel,
  redact: (text: string) => string,
  output: LogOutput = process.stdout,
): Logger {
  const destination =
    output.isTTY === true
      ? { write: (line: string) => output.write(readableLine(line)) }
      : output === process.stdout
        ? pino.destination({ dest: 1, sync: true })
        : { write: (line: string) => output.write(line) };
  const log = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  const write =
    (at: Exclude<LogLevel, 'silent'>) =>
    (event: string, fields?: Record<string, unknown>): void => {
      if (!log.isLevelEnabled(at)) return;
      const safe = fields === undefined ? {} : cleanFields(Object.entries(fields), redact);
      // A field must not pass for the line's own level, time or event.
      for (const own of ['level', 'time', 'msg']) {
        if (own in safe) {
          safe[`${own}_`] = safe[own];
          Reflect.deleteProperty(safe, own);
        }
      }
      log[at](safe, redact(event));
    };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}
