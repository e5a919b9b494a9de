#!/usr/bin/env node
/**
 * The countersign command: brings dist/ up to date when it runs from the sources, then hands over to it.
 * Paths given by the user stay relative to the folder the user is in.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const fileOf = (path) => fileURLToPath(new URL(path, import.meta.url));

async function run() {
  // A published package has dist/ and no sources.
  if (existsSync(fileOf('../src')) && existsSync(fileOf('../scripts/build.js'))) {
    const { buildIfNeeded } = await import('../scripts/build.js');
    await buildIfNeeded();
  }
  if (!existsSync(fileOf('../dist/cli.js'))) {
    throw new Error(
      'dist/cli.js is missing: install the package again, or run `npm run build` in its folder.',
    );
  }
  await import(new URL('../dist/cli.js', import.meta.url).href);
}

try {
  await run();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
