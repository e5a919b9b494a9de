/**
 * Exported commits: one a line as JSON, enough for a stranger to recompute every hash.
 *
 * The streams `seals` and `keys` are among them, so signatures can be checked without the database. Each line of a
 * selection says so in `excerpt`: what is missing from it proves nothing.
 */
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
  excerpt: z.string().optional(),
});

export interface ExportedCommit {
  readonly commit: Commit;
  /** How the selection was made, when it is one. */
  readonly excerpt?: string;
}

export function exportLine(commit: Commit, excerpt?: string): string {
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
    excerpt,
  });
}

/** The commit of one line. Throws `ledger.tampered` naming the line when it is no commit. */
export function parseExportLine(line: string, number: number): Commit {
  return parseExported(line, number).commit;
}

/** The same, with what the line says about the selection it belongs to. */
export function parseExported(line: string, number: number): ExportedCommit {
  try {
    const { events, landedAt, excerpt, ...rest } = shape.parse(JSON.parse(line));
    return {
      commit: {
        ...rest,
        // Parsed from JSON, so the data of each event is plain JSON.
        events: events.map((event) => ({ ...event, data: event.data as JsonObject })),
        landedAt: new Date(landedAt),
        pending: false,
      },
      ...(excerpt !== undefined && { excerpt }),
    };
  } catch (cause) {
    throw new AppError('ledger.tampered', `Line ${String(number)} of the export is no commit.`, { cause });
  }
}
