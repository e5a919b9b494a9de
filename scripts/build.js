/**
 * Bundles the product into dist/: programs for Node, and the pages for the browser.
 *
 * Does nothing when dist/ already follows from the sources: a stamp there lists every file that went in, with
 * one hash over their contents, the lockfile, this script and Node's version. So a start costs milliseconds,
 * and an edited, added or deleted file always counts.
 *
 * Safe beside another build, and beside programs that run from dist/: output is made in a folder of its own
 * and moved in file by file, chunks first, programs after them, the stamp last. Says what it did on stderr,
 * because programs that speak a protocol on stdout start through here.
 */
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
const stampFile = join(dist, 'stamp.json');
const lockFile = join(dist, '.lock');
const pages = 'src/api/pages';
const pageFiles = ['icon.svg', 'index.html', 'styles.css'];
/** What counts besides the files that esbuild reads. */
const alwaysCounts = ['package-lock.json', 'package.json', 'tsconfig.json', 'scripts/build.js'];

/**
 * Packages that are loaded from node_modules: native code, what starts threads of its own, and the large ones that only
 * some configurations load. All others are bundled: finding and reading their hundreds of files is most of a start.
 */
const staysOutside = [
  '@anthropic-ai/sdk',
  '@resvg/resvg-wasm',
  '@slack/bolt',
  'discord.js',
  'esbuild',
  'libsql',
  'mammoth',
  'mongoose',
  'pino',
  'unpdf',
];
/** Packages in the old module format ask for Node's own modules by `require`, which modules do not have. */
const requireForBundled =
  "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);";

const lockLastsMs = 60_000;
const lockPollMs = 50;
const keepLeftoversMs = 24 * 60 * 60 * 1000;

/** Where sources lie: read before bundling, so that an edit made meanwhile does not count as built. */
const sourceFolders = ['src', 'adapters', 'workflows', 'servers', 'bench'];

const inRoot = (path) => join(root, path);
const slashed = (path) => path.split(sep).join('/');

/** Output name → source file, for every program whose source exists. */
function findPrograms(withBench) {
  const programs = {
    main: 'src/main.ts',
    cli: 'src/cli/main.ts',
    'document-reader': 'src/context/document-reader.ts',
  };
  if (withBench)
    Object.assign(programs, {
      bench: 'bench/main.ts',
      'bench-digest': 'bench/digest.ts',
      'eval-recall': 'bench/eval-recall.ts',
      'bench-audit': 'bench/audit.ts',
      'bench-waiting': 'bench/waiting.ts',
    });
  if (existsSync(inRoot('servers'))) {
    for (const name of readdirSync(inRoot('servers')).sort()) {
      programs[`servers/${name}`] = `servers/${name}/index.ts`;
    }
  }
  return Object.fromEntries(Object.entries(programs).filter(([, source]) => existsSync(inRoot(source))));
}

function findPageFiles() {
  return [...pageFiles, 'main.tsx']
    .map((name) => `${pages}/${name}`)
    .filter((file) => existsSync(inRoot(file)));
}

function digestOf(file) {
  try {
    return createHash('sha256')
      .update(readFileSync(inRoot(file)))
      .digest('hex');
  } catch {
    return 'absent';
  }
}

/** One hash over the files' names and contents; a file that is gone changes it. */
function fingerprintOf(files, digests = new Map()) {
  const hash = createHash('sha256').update(`${process.version} ${process.platform} ${process.arch}\n`);
  for (const file of [...files].sort()) hash.update(`${file} ${digests.get(file) ?? digestOf(file)}\n`);
  return hash.digest('hex');
}

function digestsOfSources() {
  const digests = new Map();
  for (const folder of sourceFolders.filter((name) => existsSync(inRoot(name)))) {
    for (const file of listFiles(inRoot(folder))) {
      digests.set(`${folder}/${file}`, digestOf(`${folder}/${file}`));
    }
  }
  return digests;
}

function readStamp() {
  try {
    return JSON.parse(readFileSync(stampFile, 'utf8'));
  } catch {
    return undefined;
  }
}

/** True when dist/ is what a build of the present sources would make. A built bench may be there or not. */
function isFresh(withBench) {
  const stamp = readStamp();
  if (stamp === undefined) return false;
  const wanted = JSON.stringify([findPrograms(withBench || 'bench' in stamp.programs), findPageFiles()]);
  return (
    wanted === JSON.stringify([stamp.programs, stamp.pageFiles]) &&
    stamp.outputs.every((file) => existsSync(join(dist, file))) &&
    stamp.fingerprint === fingerprintOf(stamp.inputs)
  );
}

/** Bundles into `folder`; answers with the sources that went in. */
async function bundle(folder, programs, pageSources) {
  const { build } = await import('esbuild');
  const shared = { absWorkingDir: root, bundle: true, format: 'esm', metafile: true, logLevel: 'silent' };
  const inputs = new Set();
  const collect = ({ metafile }) => {
    for (const file of Object.keys(metafile.inputs)) {
      if (!file.includes('node_modules/') && existsSync(inRoot(file))) inputs.add(slashed(file));
    }
  };
  if (Object.keys(programs).length > 0) {
    const result = await build({
      ...shared,
      entryPoints: programs,
      outdir: folder,
      platform: 'node',
      target: 'node20',
      external: staysOutside,
      banner: { js: requireForBundled },
      splitting: true,
      // Beside the programs, so that a path relative to a module means the same in all of them.
      chunkNames: 'chunk-[hash]',
      sourcemap: 'linked',
    });
    collect(result);
  }
  for (const source of pageSources) {
    const output = join(
      folder,
      'pages',
      source.endsWith('main.tsx') ? 'app.js' : source.slice(pages.length + 1),
    );
    mkdirSync(dirname(output), { recursive: true });
    inputs.add(source);
    if (!source.endsWith('main.tsx')) {
      copyFileSync(inRoot(source), output);
      continue;
    }
    const result = await build({
      ...shared,
      entryPoints: [source],
      outfile: output,
      platform: 'browser',
      target: 'es2022',
      jsx: 'automatic',
      jsxImportSource: 'preact',
      minify: true,
      legalComments: 'none',
    });
    collect(result);
  }
  return [...inputs];
}

function listFiles(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => slashed(relative(folder, join(entry.parentPath, entry.name))));
}

const isChunk = (file) => file.startsWith('chunk-');

/** Moves the outputs into dist/ and removes what no longer follows from any source. */
function moveIn(folder, stamp) {
  mkdirSync(dist, { recursive: true });
  rmSync(stampFile, { force: true });
  const chunksFirst = [...stamp.outputs.filter(isChunk), ...stamp.outputs.filter((file) => !isChunk(file))];
  for (const file of chunksFirst) {
    mkdirSync(dirname(join(dist, file)), { recursive: true });
    renameSync(join(folder, file), join(dist, file));
  }
  const stays = new Set([...stamp.outputs, '.lock']);
  for (const file of listFiles(dist)) {
    if (stays.has(file)) continue;
    // A program that still runs from an earlier build may ask for one of its chunks late.
    const isLeftover = isChunk(file) || file.startsWith('.');
    const isYoung = isLeftover && Date.now() - statSync(join(dist, file)).mtimeMs < keepLeftoversMs;
    if (!isYoung) rmSync(join(dist, file), { force: true });
  }
  writeFileSync(join(folder, 'stamp.json'), `${JSON.stringify(stamp)}\n`);
  renameSync(join(folder, 'stamp.json'), stampFile);
}

function isLockAbandoned() {
  try {
    const { mtimeMs } = statSync(lockFile);
    if (Date.now() - mtimeMs > lockLastsMs) return true;
    process.kill(Number(readFileSync(lockFile, 'utf8')), 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

/** Waits for another build to end. The lock saves double work; correctness rests on the moves alone. */
async function takeLock() {
  const giveUpAt = Date.now() + 2 * lockLastsMs;
  while (Date.now() < giveUpAt) {
    try {
      writeFileSync(lockFile, String(process.pid), { flag: 'wx' });
      return () => {
        rmSync(lockFile, { force: true });
      };
    } catch (error) {
      if (error.code !== 'EEXIST') return () => undefined;
      if (isLockAbandoned()) rmSync(lockFile, { force: true });
      else await new Promise((resolve) => setTimeout(resolve, lockPollMs));
    }
  }
  return () => undefined;
}

/** A build failure as people read it; `cause` keeps the original. */
async function explain(error) {
  if (error.code === 'ERR_MODULE_NOT_FOUND') {
    return new Error('Nothing is installed yet: run `npm ci` first.', { cause: error });
  }
  if (!Array.isArray(error.errors)) return error;
  const { formatMessages } = await import('esbuild');
  const problems = await formatMessages(error.errors, { kind: 'error' });
  return new Error(`${problems.join('')}The build failed; dist/ is as it was.`, { cause: error });
}

/** Brings dist/ up to date. Resolves to true when it had to build. */
export async function buildIfNeeded({ withBench = false } = {}) {
  if (isFresh(withBench)) return false;
  mkdirSync(dist, { recursive: true });
  const release = await takeLock();
  let folder;
  try {
    if (isFresh(withBench)) return false;
    const beganAt = performance.now();
    const programs = findPrograms(withBench);
    const pageSources = findPageFiles();
    const digests = digestsOfSources();
    // Inside dist/, so that moving is renaming.
    folder = mkdtempSync(join(dist, '.building-'));
    const inputs = [...alwaysCounts, ...(await bundle(folder, programs, pageSources))];
    const outputs = listFiles(folder);
    const fingerprint = fingerprintOf(inputs, digests);
    moveIn(folder, { programs, pageFiles: pageSources, inputs, outputs, fingerprint });
    const tookMs = (performance.now() - beganAt).toFixed(0);
    process.stderr.write(`built dist/ in ${tookMs} ms (${String(Object.keys(programs).length)} programs)\n`);
    return true;
  } catch (error) {
    throw await explain(error);
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    release();
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    await buildIfNeeded({ withBench: process.argv.includes('--bench') });
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
