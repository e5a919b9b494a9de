/**
 * Runs what is about MongoDB against a real server, and insists on one.
 *
 * `mongod`: the server of MONGODB_URI, else a mongod of this machine or one that is downloaded, started for the run.
 * `ferretdb`: FerretDB 1.24 on SQLite, built with Go on the first run; a check only, which neither the product nor
 * `npm test` needs.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fetchMongod, mongodCommand, startServer } from './mongod.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const ferretVersion = 'v1.24.2';
const suites = {
  mongod: ['test/contracts/mongo-stores', 'test/scenarios/on-mongo', 'test/scenarios/process-mongo'],
  ferretdb: ['test/contracts/mongo-stores', 'test/scenarios/on-mongo', 'test/scenarios/process-mongo'],
};

/** The exit code when there is no server to test against, which is no fault of the product. */
const unavailable = 69;

function giveUp(why, code = 1) {
  process.stderr.write(`${why}\n`);
  process.exit(code);
}

/** Go keeps the module's files read-only and without its version; a copy with both is built. */
function buildFerret() {
  // Outside the checkout: a clean install empties node_modules.
  const binary = join(homedir(), '.cache/countersign', `ferretdb-${ferretVersion}`);
  if (existsSync(binary)) return binary;
  if (spawnSync('go', ['version']).status !== 0)
    giveUp('npm run test:ferretdb needs Go (https://go.dev) to build FerretDB.', unavailable);
  const source = mkdtempSync(join(tmpdir(), 'ferretdb-'));
  try {
    const module = `github.com/FerretDB/FerretDB@${ferretVersion}`;
    const { Dir } = JSON.parse(
      execFileSync('go', ['mod', 'download', '-json', module], { encoding: 'utf8' }),
    );
    cpSync(Dir, source, { recursive: true });
    execFileSync('chmod', ['-R', 'u+w', source]);
    writeFileSync(join(source, 'build/version/version.txt'), `${ferretVersion}\n`);
    process.stderr.write('building FerretDB; the first time takes minutes\n');
    execFileSync('go', ['build', '-o', 'ferretdb.bin', './cmd/ferretdb'], { cwd: source, stdio: 'inherit' });
    mkdirSync(dirname(binary), { recursive: true });
    cpSync(join(source, 'ferretdb.bin'), `${binary}.${process.pid}`);
    renameSync(`${binary}.${process.pid}`, binary);
  } catch (error) {
    giveUp(`FerretDB ${ferretVersion} cannot be had: ${error.message}`, unavailable);
  } finally {
    rmSync(source, { recursive: true, force: true });
  }
  return binary;
}

function ferretCommand(folder, port) {
  const options = ['--handler=sqlite', `--sqlite-url=file:${folder}/`, `--state-dir=${folder}`];
  const quiet = ['--telemetry=disable', '--log-level=ERROR', '--debug-addr=-'];
  return [buildFerret(), [...options, ...quiet, `--listen-addr=127.0.0.1:${port}`]];
}

async function fetchOrGiveUp() {
  try {
    return await fetchMongod();
  } catch (error) {
    giveUp(
      `npm run test:mongod needs a real MongoDB. Set MONGODB_URI, or install mongod. It could not be downloaded either: ${error.message}`,
    );
  }
}

const kind = process.argv[2] ?? '';
if (!(kind in suites)) giveUp('Say mongod or ferretdb.');
let server;
let env = process.env;
if (kind === 'ferretdb' || !env.MONGODB_URI) {
  const command = kind === 'ferretdb' ? ferretCommand : mongodCommand(await fetchOrGiveUp());
  server = await startServer(command).catch((error) =>
    giveUp(error.message, kind === 'ferretdb' ? unavailable : 1),
  );
  const name = kind === 'mongod' ? 'mongod' : `FerretDB ${ferretVersion} on SQLite`;
  env = { ...env, MONGODB_URI: server.uri, MONGODB_LANE: name };
}
const jest = [
  '--experimental-vm-modules',
  '--no-warnings=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
];
const limits = ['--runInBand', '--testTimeout=300000'];
const done = spawnSync(process.execPath, [...jest, ...limits, ...suites[kind], ...process.argv.slice(3)], {
  cwd: root,
  env,
  stdio: 'inherit',
});
await server?.stop();
process.exit(done.status ?? 1);
