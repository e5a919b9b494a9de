/**
 * Runs the bot from the sources and starts it anew when they change: `npm run dev`.
 *
 * A change is built and its workflows are checked first, so a file with a mistake is named and the version before it
 * stays at work. The old process stops as it does for a deploy, and the new one goes on with every run: what waits is
 * in the store and not in the process.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, watch } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildIfNeeded } from './build.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const watched = ['workflows', 'src', 'adapters', 'servers'];
/** Editors write a file in several steps. */
const settlesMs = 300;

let bot;
let isEnding = false;
let timer;
let work = Promise.resolve();

/** What dist/ holds: a file that was only touched, or changed back, starts nothing. */
const builtNow = () => JSON.parse(readFileSync(join(root, 'dist/stamp.json'), 'utf8')).fingerprint;

const say = (text) => process.stderr.write(`dev: ${text}\n`);

/** True when the sources build and their definitions are right; what is wrong is said. */
async function isGood() {
  try {
    await buildIfNeeded();
  } catch (error) {
    say(error.message);
    return false;
  }
  const code = await new Promise((resolve) => {
    const check = spawn(process.execPath, [join(root, 'dist/cli.js'), 'workflows', 'check'], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    check.once('error', () => resolve(1));
    check.once('exit', resolve);
  });
  return code === 0;
}

function startBot() {
  const child = spawn(process.execPath, [join(root, 'dist/main.js')], { stdio: 'inherit' });
  const ended = new Promise((resolve) => {
    child.once('error', resolve);
    child.once('exit', resolve);
  });
  bot = { child, ended, from: builtNow() };
  void ended.then((code) => {
    if (bot?.child !== child) return;
    bot = undefined;
    if (!isEnding) say(`the bot ended with ${String(code)}; it starts again with the next change`);
  });
}

async function stopBot() {
  const running = bot;
  bot = undefined;
  if (running === undefined) return;
  running.child.kill('SIGTERM');
  await running.ended;
}

async function takeOver(isFirst) {
  if (isEnding) return;
  if (!(await isGood())) {
    say(
      bot === undefined
        ? 'nothing runs until this is mended'
        : 'the version before goes on until this is mended',
    );
    return;
  }
  if (isEnding || bot?.from === builtNow()) return;
  await stopBot();
  if (!isFirst) say('the changed version starts; runs that wait go on in it');
  startBot();
}

function changed() {
  clearTimeout(timer);
  timer = setTimeout(() => {
    work = work.then(() => takeOver(false));
  }, settlesMs);
}

for (const folder of watched) {
  const path = join(root, folder);
  if (existsSync(path)) watch(path, { recursive: true }, changed);
}
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    isEnding = true;
    void stopBot().then(() => process.exit(0));
  });
}
work = takeOver(true);
