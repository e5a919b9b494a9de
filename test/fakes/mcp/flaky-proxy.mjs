// Runs a real tool server and spoils some of the calls that write: whole lines only. Both share one process, so that
// a crash takes both along and a start is cheap.
//   node flaky-proxy.mjs <server.js>
//   FLAKY_RATE  share of spoiled calls, 0 to 1      FLAKY_TOOLS  the tools that are spoiled, by comma
//   FLAKY_LOG   one line per spoiled call           FLAKY_SEED   with the process id: which ones
//   FLAKY_OFF   while this file exists, everything passes
import { appendFileSync, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { pathToFileURL } from 'node:url';

const [, , server] = process.argv;
const rate = Number(process.env.FLAKY_RATE ?? '0');
const tools = (process.env.FLAKY_TOOLS ?? '').split(',');
let state = (Number(process.env.FLAKY_SEED ?? '1') * 7919 + process.pid) >>> 0;
const random = () => {
  state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
  return state / 2 ** 32;
};
const sorts = ['crash before', 'crash after', 'hang', 'garbage', 'late', 'for another', 'twice'];
/** By the request's id: how its answer is spoiled. */
const spoiled = new Map();

const asked = process.stdin;
const say = process.stdout.write.bind(process.stdout);
const toServer = new PassThrough();
const fromServer = new PassThrough();
Object.defineProperty(process, 'stdin', { value: toServer });
Object.defineProperty(process, 'stdout', { value: fromServer });

const end = () => process.exit(9);

createInterface({ input: asked })
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
    toServer.write(`${line}\n`);
  })
  .on('close', () => process.exit(0));

createInterface({ input: fromServer }).on('line', (line) => {
  const { id } = JSON.parse(line);
  const sayLine = (text) => say(`${text}\n`);
  switch (spoiled.get(id)) {
    case 'crash after':
      end();
      break;
    case 'hang':
      break;
    case 'garbage':
      sayLine('{"jsonrpc": oops');
      break;
    case 'late':
      setTimeout(sayLine, 7_000, line);
      break;
    case 'for another':
      sayLine(JSON.stringify({ ...JSON.parse(line), id: `${String(id)}-other` }));
      sayLine(line);
      break;
    case 'twice':
      sayLine(line);
      sayLine(line);
      break;
    default:
      sayLine(line);
  }
});

await import(pathToFileURL(server));
