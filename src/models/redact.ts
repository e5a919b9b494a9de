/**
 * Keeps keys out of errors and logs: providers and gateways echo what they were sent.
 */
import { AppError } from '../core/errors.ts';

export type Redact = (text: string) => string;

const longestQuote = 400;

/** Replaces every secret by a mark. Very short "secrets" (a local server's `x`) would only garble texts. */
export function createRedact(secrets: readonly (string | undefined)[]): Redact {
  const known = secrets.filter((secret): secret is string => secret !== undefined && secret.length >= 4);
  return (text) => {
    let clean = text;
    for (const secret of known) clean = clean.replaceAll(secret, '[redacted]');
    return clean;
  };
}

/** What a provider said, short enough for a log line. Redacts first: a cut key would no longer be recognised. */
export function quote(text: string, redact: Redact): string {
  const clean = redact(text).replaceAll(/\s+/gu, ' ').trim();
  return clean.length > longestQuote ? `${clean.slice(0, longestQuote)}…` : clean;
}

/** A copy of an error that holds no request, header or body, and no secret in its texts. */
export function redactError(error: unknown, redact: Redact, depth = 0): Error {
  if (!(error instanceof Error)) return new Error(quote(String(error), redact));
  const cause =
    error.cause === undefined || depth > 3 ? undefined : redactError(error.cause, redact, depth + 1);
  const copy = new Error(quote(error.message, redact), cause === undefined ? undefined : { cause });
  copy.name = error.name;
  copy.stack = redact(error.stack ?? copy.message);
  return copy;
}

/** Checks the address of a provider from configuration. Never shows the value: addresses can hold passwords. */
export function parseBaseUrl(value: string, key: string): URL {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new AppError('config.invalid', `${key} is not a web address. Use the form https://host/path.`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new AppError(
      'config.invalid',
      `${key} must not contain a user name or password. Use the API key instead.`,
    );
  }
  return url;
}
