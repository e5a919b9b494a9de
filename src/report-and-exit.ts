import { AppError, describeError } from './core/errors.ts';

/** Ends the process with one clear line a mistake. */
export function reportAndExit(error: unknown): never {
  const lines = error instanceof AppError ? error.message : describeError(error);
  process.stderr.write(
    `countersign:\n${lines
      .split('\n')
      .map((line) => `  ${line}`)
      .join('\n')}\n`,
  );
  process.exit(1);
}
