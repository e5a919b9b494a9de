/** What the server or the driver refused, and what an operator can do about it. */
import { AppError } from '../../core/errors.ts';

export const duplicateKey = 11_000;

export function codeOf(error: unknown): number | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined;
}

/** What an operator can do about it; never the password, nor anything else of the address but its hosts. */
export function explain(cause: unknown, uri: string, setting: string): AppError {
  const place = uri === '' ? 'the database' : describePlace(uri);
  const code = codeOf(cause);
  if (code === 18 || code === 8000)
    return new AppError(
      'config.invalid',
      `${setting}: ${place} does not accept this name and password. Fix: check both, and authSource.`,
    );
  if (code === 13)
    return new AppError(
      'config.invalid',
      `${setting}: this user may not do what is needed on ${place}. Fix: give it the role readWrite on that database.`,
    );
  if (cause instanceof Error && ['MongoParseError', 'MongoInvalidArgumentError'].includes(cause.name))
    return new AppError(
      'config.invalid',
      `${setting}: it is not an address of MongoDB. Fix: set it to one like mongodb://host:27017/countersign.`,
    );
  return new AppError(
    'store.unavailable',
    `${setting}: ${place} does not answer. Fix: check that it runs and can be reached from here.`,
  );
}

/** The hosts of an address, without user, password and options. */
export function describePlace(uri: string): string {
  const rest = uri.replace(/^mongodb(\+srv)?:\/\//u, '').split(/[?]/u)[0] ?? '';
  return rest.slice(rest.lastIndexOf('@') + 1);
}
