// Stands between the bot and a real tool server, and spoils some of the calls that write: whole lines only.
//   node flaky-proxy.mjs <server.js>
//   FLAKY_RATE  share of spoiled calls, 0 to 1      FLAKY_TOOLS  the tools that are spoiled, by comma
//   FLAKY_LOG   one line per spoiled call           FLAKY_SEED   with the process id: which ones
//   FLAKY_OFF   while this file exists, everything passes
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';

const [, , server] = process.argv;
const rate = Number(process.env.FLAKY_RATE ?? '0');
const tools = (process.env.FLAKY_TOOLS ?? '').split(',');
let state = (Number(process.env.FLAKY_SEED ?? '1') * 7919 + process.pid) >>> 0;
const random = () => {
  state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
  return state / 2 ** 32;
};
const sorts = ['crash before', 'crash after', 'hang', 'garbage', 'late', 'for another', 'twice'];
const child = spawn(process.execPath, [server], { stdio: ['pipe', 'pipe', 'inherit'] });
/** By the request's id: how its answer is spoiled. */
const spoiled = new Map();

function end() {
  child.kill('SIGKILL');
  process.exit(9);
}

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const { id, method, params } = JSON.parse(line);
    const isSpoiled =
      method === 'tools/call' &&
      tools.includes(params.name) &&
      !existsSync(process.env.FLAKY_OFF ?? '') &&
      random() < rate;
    if (isSpoiled) {
      const sort = sorts[Math.floor(random() * sorts.length)];
      appendFileSync(process.env.FLAKY_LOG, `${sort}\n`);
      if (sort === 'crash before') end();
      spoiled.set(id, sort);
    }
    child.stdin.write(`${line}\n`);
  })
  .on('close', () => child.stdin.end());

createInterface({ input: child.stdout }).on('line', (line) => {
  const { id } = JSON.parse(line);
  const say = (text) => process.stdout.write(`${text}\n`);
  switch (spoiled.get(id)) {
    case 'crash after':
      end();
      break;
    case 'hang':
      break;
    case 'garbage':
      say('{"jsonrpc": oops');
      break;
    case 'late':
      setTimeout(say, 7_000, line);
      break;
    case 'for another':
      say(JSON.stringify({ ...JSON.parse(line), id: `${String(id)}-other` }));
      say(line);
      break;
    case 'twice':
      say(line);
      say(line);
      break;
    default:
      say(line);
  }
});
child.on('exit', (code) => process.exit(code ?? 1));
