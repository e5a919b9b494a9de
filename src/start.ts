/** The process: reads the configuration, builds the app, opens the doors, and stops cleanly on a signal. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createMetrics } from './api/metrics.ts';
import { createHttpServer } from './api/server.ts';
import { createApp } from './app.ts';
import type { App } from './app.ts';
import { howToSetUp } from './gate/people-desk.ts';
import { findRoot } from './find-root.ts';
import { readConfig } from './config.ts';
import { systemClock } from './core/clock.ts';
import { AppError, describeError } from './core/errors.ts';
import { createLogger } from './core/pino-logger.ts';
import { createLiveGuardrails } from './guardrails-setup.ts';

const stopWithinMs = 9_000;

export async function start(): Promise<void> {
  const clock = systemClock;
  const root = findRoot(dirname(fileURLToPath(import.meta.url)));
  const config = readConfig(root);
  const guardrails = createLiveGuardrails(config);
  const redact = guardrails.redactorOf(config.secrets);
  const logger = createLogger(config.logLevel, redact);
  const metrics = createMetrics();
  const app = await createApp({
    ...{ config, guardrails, clock, logger, metrics },
    dist: join(root, 'dist'),
  });
  const isLocal = ['127.0.0.1', '::1', 'localhost'].includes(config.host);
  if (!isLocal && app.people.isDemonstration) {
    await app.stop();
    throw new AppError(
      'config.invalid',
      `HOST: ${config.host} can be reached from elsewhere, and the demonstration's tokens are public. Fix: set HOST to 127.0.0.1, or write people.yaml with a token for each person.`,
    );
  }
  const server = createHttpServer({
    backend: app.backend,
    mcp: app.mcp,
    host: config.host,
    port: config.port,
    publicUrl: config.publicUrl,
    pagesDir: join(root, 'dist', 'pages'),
    logger,
    clock,
    metrics,
    extraRoutes: app.routes,
  });
  let url: string;
  try {
    ({ url } = await server.start());
  } catch (error) {
    await app.stop();
    throw error;
  }
  await app.start();
  const code = await app.offerSetup();
  process.stdout.write(redact(banner(url, app, code)));
  let isStopping = false;
  const stop = (signal: string): void => {
    if (isStopping) return;
    isStopping = true;
    logger.info('process.stopping', { signal });
    clock.after(stopWithinMs, () => {
      process.exit(1);
    });
    const doorsClosed = server.stop();
    Promise.all([doorsClosed, app.stop(doorsClosed)]).then(
      () => {
        process.exit(0);
      },
      (error: unknown) => {
        logger.error('process.stop-failed', { why: describeError(error) });
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  process.on('unhandledRejection', (error) => {
    logger.error('promise.unhandled', { why: describeError(error) });
  });
}

function banner(url: string, app: App, code: string | undefined): string {
  const model = app.model.name;
  const lines = [
    '',
    `  Countersign  ${url}`,
    `  model        ${model}${model === 'demo' ? ' (offline demonstration, no AI; set ANTHROPIC_API_KEY or MODEL for a real one)' : ''}`,
    `  data         ${app.store.place}`,
    ...app.chatLines().map(({ name, text }) => `  ${name.padEnd(12)} ${text}`),
    ...(app.people.isDemonstration ? ['  people       demonstration company: Ana, Ben, Cho and Dev'] : []),
    ...(code === undefined ? [] : [`  operator     nobody yet. ${howToSetUp(code)}`]),
    '',
    '',
  ];
  return lines.join('\n');
}
