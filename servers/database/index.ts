/**
 * The `database` tool server: SQL on the demonstration company's books.
 *
 * `query` runs in a process of its own (this same file, started with `--query`), which has only a read-only
 * connection and is ended when a statement takes too long; `preview_execute` likewise, on a copy in memory. Each way
 * loads only what it needs, so that process starts without the server's libraries.
 */
import { previewFlag, queryFlag } from './process-flags.ts';

if (process.argv[2] === queryFlag) {
  const { answerOneQuery } = await import('./reader.ts');
  await answerOneQuery();
} else if (process.argv[2] === previewFlag) {
  const { answerOnePreview } = await import('./dry-run.ts');
  await answerOnePreview();
} else {
  const { serveDatabase } = await import('./server.ts');
  serveDatabase();
}
