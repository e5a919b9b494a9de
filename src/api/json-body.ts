/** Request bodies: JSON in UTF-8, exactly representable, or a 400 that says what is wrong. */
import { isUtf8 } from 'node:buffer';
import { parseStrictJson } from '../core/canonical-json.ts';
import { AppError } from '../core/errors.ts';
import type { Json } from '../core/json.ts';
import { ProblemError } from './problem.ts';

/** Undefined for an empty body. Throws ProblemError `body.malformed`. */
export function parseJsonBody(bytes: Buffer): Json | undefined {
  if (bytes.length === 0) return undefined;
  if (!isUtf8(bytes)) throw malformed('The body is not UTF-8.');
  try {
    return parseStrictJson(bytes.toString('utf8'));
  } catch (error) {
    throw malformed(error instanceof AppError ? error.message : 'Not valid JSON.');
  }
}

function malformed(detail: string): ProblemError {
  return new ProblemError({ status: 400, code: 'body.malformed', detail });
}
