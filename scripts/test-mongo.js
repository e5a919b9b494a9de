/**
 * Runs what is about MongoDB against a real server, and insists on one.
 *
 * `mongod`: the server of MONGODB_URI, else a `mongod` of this machine, started for the run. `ferretdb`: FerretDB 1.24 on
 * SQLite, built with Go on the first run; a check only, which neither the product nor `npm test` needs.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const ferretVersion = 'v1.24.2';
const suites = {
  mongod: ['test/contracts/mongo-stores', 'test/scenarios/on-mongo', 'test/scenarios/process-mongo'],
  ferretdb: ['test/contracts/mongo-stores'],
};

function giveUp(why) {
  process.stderr.write(`${why}\n`);
  process.exit(1);
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function answers(port) {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const isThere = await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
    if (isThere) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  giveUp('The server did not start within 30 seconds.');
}

/** Go keeps the module's files read-only and without its version; a copy with both is built. */
function buildFerret() {
  const binary = join(root, 'node_modules/.cache', `ferretdb-${ferretVersion}`);
  if (existsSync(binary)) return binary;
  if (spawnSync('go', ['version']).status !== 0)
    giveUp('npm run test:ferretdb needs Go (https://go.dev) to build FerretDB.');
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
    execFileSync('go', ['build', '-o', binary, './cmd/ferretdb'], { cwd: source, stdio: 'inherit' });
  } catch (error) {
    giveUp(`FerretDB ${ferretVersion} cannot be had: ${error.message}`);
  } finally {
    rmSync(source, { recursive: true, force: true });
  }
  return binary;
}

function commandFor(kind, folder, port) {
  if (kind === 'mongod')
    return ['mongod', ['--dbpath', folder, '--port', String(port), '--bind_ip', '127.0.0.1', '--quiet']];
  const options = ['--handler=sqlite', `--sqlite-url=file:${folder}/`, `--state-dir=${folder}`];
  const quiet = ['--telemetry=disable', '--log-level=ERROR', '--debug-addr=-'];
  return [buildFerret(), [...options, ...quiet, `--listen-addr=127.0.0.1:${port}`]];
}

const kind = process.argv[2] ?? '';
if (!(kind in suites)) giveUp('Say mongod or ferretdb.');
const folder = mkdtempSync(join(tmpdir(), 'countersign-mongo-'));
let server;
let env = process.env;
if (kind === 'ferretdb' || !env.MONGODB_URI) {
  if (kind === 'mongod' && spawnSync('mongod', ['--version']).status !== 0)
    giveUp('npm run test:mongod needs a real MongoDB. Set MONGODB_URI, or install mongod.');
  const port = await freePort();
  const [command, args] = commandFor(kind, folder, port);
  server = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  await answers(port);
  const name = kind === 'mongod' ? 'mongod' : `FerretDB ${ferretVersion} on SQLite`;
  env = { ...env, MONGODB_URI: `mongodb://127.0.0.1:${port}/countersign`, MONGODB_LANE: name };
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
server?.kill();
rmSync(folder, { recursive: true, force: true });
process.exit(done.status ?? 1);
