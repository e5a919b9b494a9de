/** `countersign doctor`: each check a line, each problem with its fix. Disturbs nothing that runs. */
import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { openPlatforms, openTools } from '../app-parts.ts';
import { AppError, describeError } from '../core/errors.ts';
import { findUnanswerable } from '../gate/find-unanswerable.ts';
import { checkSearch, checkStore } from '../open-store.ts';
import { noPlatforms } from '../surfaces.ts';
import { readPeople, readSetup, say } from './command-setup.ts';
import { askModels } from './ask-models.ts';
import type { People } from '../people/person.ts';
import type { CommandSetup } from './command-setup.ts';

type Level = 'ok' | 'warn' | 'FAIL';

const leastFreeBytes = 500 * 1024 * 1024;

export async function doctor(): Promise<void> {
  let worst: Level = 'ok';
  const report = (level: Level, what: string, detail: string): void => {
    say(`${level.padEnd(5)}${what.padEnd(16)}${detail}`);
    if (level === 'FAIL' || (level === 'warn' && worst === 'ok')) worst = level;
  };
  const attempt = async (what: string, action: () => string | Promise<string>): Promise<void> => {
    try {
      report('ok', what, await action());
    } catch (error) {
      const text = error instanceof AppError ? error.message : describeError(error);
      for (const line of text.split('\n')) report('FAIL', what, line);
    }
  };

  report('ok', 'node', process.version);
  let setup: CommandSetup | undefined;
  await attempt('environment', () => {
    setup = readSetup();
    return 'every key that is set is usable';
  });
  if (setup === undefined) {
    process.exitCode = 1;
    return;
  }
  const { config } = setup;
  const ready = setup;
  await attempt('data', () => checkFolder(config.dataDir));
  await attempt('database', () => checkStore(ready));
  // A database that does not answer was reported above.
  for (const { level, detail } of await checkSearch(ready).catch(() => [])) report(level, 'search', detail);
  await attempt('port', () => checkPort(config.host, config.port));
  if (config.model === 'demo')
    report(
      'warn',
      'model',
      'demo: offline and without AI. Set ANTHROPIC_API_KEY, or MODEL=openai/… with OPENAI_BASE_URL.',
    );
  else await attempt('model', () => askModels('MODEL', config.model, ready));
  const { reviewModel } = config;
  if (reviewModel !== undefined)
    await attempt('second model', () => askModels('REVIEW_MODEL', reviewModel, ready));
  let people: People | undefined;
  await attempt('people', async () => {
    people = await readPeople(ready);
    if (people.isDemonstration)
      return 'the demonstration company (public tokens); write people.yaml for your own';
    if (people.persons.length === 0)
      throw new AppError(
        'config.invalid',
        'Nobody is known. Fix: write people.yaml, or become the first operator by the code that `countersign people code` prints.',
      );
    return people.persons.length === 1 ? '1 person' : `${String(people.persons.length)} persons`;
  });
  await attempt('policy', () => {
    const policy = ready.policy();
    // Where nobody is known, each line would say the same.
    const known = people !== undefined && people.persons.length > 0 ? people : undefined;
    for (const line of known === undefined ? [] : findUnanswerable(policy, known))
      report('warn', 'policy', line);
    return `${config.policyFile.path}: ${String(policy.lines.length)} lines`;
  });
  if (config.platforms.length === 0) report('warn', 'chat', noPlatforms);
  for (const { level, platform, detail } of await openPlatforms(config).check())
    for (const line of detail.split('\n')) report(level, platform, line);
  await attempt('tool servers', () => checkServers(ready, report));
  // Narrowing does not follow assignments made inside `report`.
  if ((worst as Level) === 'FAIL') process.exitCode = 1;
}

function checkFolder(folder: string): string {
  if (!existsSync(folder)) return `${folder} will be created`;
  try {
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    throw new AppError(
      'config.invalid',
      `DATA_DIR: ${folder} cannot be written. Fix: give this user the right, or set another folder.`,
      { cause },
    );
  }
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize < leastFreeBytes)
    throw new AppError(
      'config.invalid',
      `DATA_DIR: less than 500 MB are free at ${folder}. Fix: free some space.`,
    );
  return folder;
}

function checkPort(host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE')
        resolve(`${host}:${String(port)} is in use: by a running bot, or set another PORT`);
      else
        reject(
          new AppError(
            'config.invalid',
            `HOST, PORT: cannot listen on ${host}:${String(port)}: ${error.message}.`,
            { cause: error },
          ),
        );
    });
    server.listen(port, host, () => {
      server.close(() => {
        resolve(`${host}:${String(port)} is free`);
      });
    });
  });
}

async function checkServers(
  setup: CommandSetup,
  report: (level: Level, what: string, detail: string) => void,
): Promise<string> {
  return setup.withStore(async (store) => {
    const tools = openTools(setup, store, setup.policy());
    try {
      const offered = await tools.list();
      for (const server of tools.servers()) {
        if (server.state === 'unreachable') report('FAIL', server.name, server.detail ?? 'does not answer');
        else if (server.drifted > 0)
          report(
            'warn',
            server.name,
            `${String(server.drifted)} tools changed and are set aside: countersign tools test ${server.name}`,
          );
        else if (!server.isReviewed)
          report(
            'warn',
            server.name,
            `not reviewed, so every call asks: countersign tools review ${server.name}`,
          );
        else if (server.newTools > 0)
          report(
            'warn',
            server.name,
            `${String(server.newTools)} tools came after it was reviewed; each call of them asks until they are accepted: countersign tools review ${server.name}`,
          );
      }
      const counted = (count: number, what: string): string =>
        `${String(count)} ${what}${count === 1 ? '' : 's'}`;
      return `${counted(offered.length, 'tool')} on ${counted(tools.servers().length, 'server')}`;
    } finally {
      await tools.stop();
    }
  });
}
