/** Exported commits: one a line as JSON, enough for a stranger to recompute every hash. */
import { z } from 'zod';
import { AppError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import type { Commit } from './commit.ts';

const shape = z.object({
  stream: z.string(),
  seq: z.number().int(),
  by: z.string(),
  writer: z.string(),
  events: z.array(z.object({ kind: z.string(), v: z.number(), data: z.record(z.string(), z.unknown()) })),
  prev: z.string(),
  hash: z.string(),
  landedAt: z.iso.datetime(),
  bodies: z.record(z.string(), z.object({ salt: z.string(), text: z.string() })),
});

export function exportLine(commit: Commit): string {
  const { stream, seq, by, writer, events, prev, hash, landedAt, bodies } = commit;
  return JSON.stringify({
    stream,
    seq,
    by,
    writer,
    events,
    prev,
    hash,
    landedAt: landedAt.toISOString(),
    bodies,
  });
}

/** Reads one line back. Throws `ledger.tampered` naming the line when it is no commit. */
export function parseExportLine(line: string, number: number): Commit {
  try {
    const { events, landedAt, ...rest } = shape.parse(JSON.parse(line));
    return {
      ...rest,
      // Parsed from JSON, so the data of each event is plain JSON.
      events: events.map((event) => ({ ...event, data: event.data as JsonObject })),
      landedAt: new Date(landedAt),
      pending: false,
    };
  } catch (cause) {
    throw new AppError('ledger.tampered', `Line ${String(number)} of the export is no commit.`, { cause });
  }
}
