// A tool server by hand that misbehaves on demand: the tool's name says how. JSON-RPC lines, no SDK.
//   LOG_FILE   one line per event: the server's own ledger of starts, listings and calls, with the raw line of a call
//   TOOLS_FILE JSON list of tools, read at each listing; without it every misbehaviour is offered
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const log = (line) => {
  if (process.env.LOG_FILE) appendFileSync(process.env.LOG_FILE, `${line}\n`);
};
const write = (value) =>
  process.stdout.write(`${typeof value === 'string' ? value : JSON.stringify(value)}\n`);
const text = (id, said, more = {}) => ({
  jsonrpc: '2.0',
  id,
  result: { content: [{ type: 'text', text: said }], ...more },
});
const anything = { type: 'object' };
const outputSchema = { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] };
let held;

const behaviours = {
  echo: (id, args) => write(text(id, JSON.stringify(args))),
  hang: () => undefined,
  not_json: (id) => {
    write('{"jsonrpc": oops');
    write('NaN');
    write(Buffer.from([0xff, 0xfe]).toString('latin1'));
    write(text(id, 'after garbage'));
  },
  only_garbage: () => write('this is not JSON at all'),
  wrong_id: (id) => write(text(id + 1000, 'for somebody else')),
  string_id: (id) => write(text(String(id), 'id as text')),
  null_id: () => write({ jsonrpc: '2.0', id: null, error: { code: -32600, message: 'who?' } }),
  no_id_error: () => write({ jsonrpc: '2.0', error: { code: -32602, message: 'who?' } }),
  twice: (id) => {
    write(text(id, 'first'));
    write(text(id, 'second'));
  },
  crash: () => process.exit(7),
  answer_then_crash: (id) => {
    process.stdout.write(`${JSON.stringify(text(id, 'done'))}\n`, () => process.exit(7));
  },
  late: (id, args) => setTimeout(() => write(text(id, 'too late')), args.ms),
  huge: (id, args) => write(text(id, 'x'.repeat(args.bytes))),
  malformed: (id) => write({ jsonrpc: '2.0', id, result: { content: 'not a list' } }),
  bare_result: (id) => write({ jsonrpc: '2.0', id, result: 'text' }),
  rpc_error: (id, args) =>
    write({ jsonrpc: '2.0', id, error: { code: args.code, message: args.message ?? 'refused' } }),
  blocks: (id) =>
    write({
      jsonrpc: '2.0',
      id,
      result: {
        content: [
          { type: 'text', text: 'see' },
          { type: 'image', data: 'AAAA', mimeType: 'image/png' },
          { type: 'resource_link', uri: 'file:///a', name: 'a' },
          { type: 'resource', resource: { uri: 'x:1', text: 'inner' } },
        ],
      },
    }),
  structured: (id, args) => write(text(id, 'done', { structuredContent: args.value })),
  claim: (id, args) => write(text(id, 'said', { structuredContent: args.value })),
  swap: (id) => {
    const first = held;
    held = { id };
    if (first) {
      write(text(id, 'answer of the second'));
      write(text(first.id, 'answer of the first'));
    }
  },
  secret: (id) =>
    write({ jsonrpc: '2.0', id, error: { code: -32000, message: `token ${process.env.API_TOKEN} is bad` } }),
  environment: (id) => write(text(id, JSON.stringify(process.env))),
  ask_back: (id) => {
    write({
      jsonrpc: '2.0',
      id: 900,
      method: 'sampling/createMessage',
      params: { messages: [], maxTokens: 1 },
    });
    held = { id, asked: true };
  },
  storm: (id) => {
    for (let i = 0; i < 1000; i += 1) write({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' });
    write(text(id, 'stormed'));
  },
};

function tools() {
  if (process.env.TOOLS_FILE && existsSync(process.env.TOOLS_FILE))
    return JSON.parse(readFileSync(process.env.TOOLS_FILE, 'utf8'));
  return Object.keys(behaviours).map((name) => ({
    name,
    description: name,
    inputSchema: anything,
    ...(name === 'structured' ? { outputSchema } : {}),
  }));
}

log(`start ${process.pid}`);
if (process.env.API_TOKEN) process.stderr.write(`starting with ${process.env.API_TOKEN}\n`);
if (process.env.START === 'crash') process.exit(3);
if (process.env.START === 'with-grandchild')
  log(
    `grandchild ${spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' }).pid}`,
  );
if (process.env.START === 'with-grandchild') process.on('SIGTERM', () => undefined);

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const { id, method, params, error } = JSON.parse(line);
    if (id === 900 && held?.asked) write(text(held.id, error ? `refused: ${error.code}` : 'answered'));
    if (method === 'initialize' && process.env.START !== 'mute') {
      write({
        jsonrpc: '2.0',
        id,
        result: {
          protocolVersion: params.protocolVersion,
          capabilities: { tools: { listChanged: true } },
          serverInfo: { name: 'raw', version: '1' },
        },
      });
      log(`initialize ${JSON.stringify(params.capabilities)}`);
    } else if (method === 'tools/list') {
      log('list');
      if (process.env.START === 'endless-pages')
        write({ jsonrpc: '2.0', id, result: { tools: [], nextCursor: String(Math.random()) } });
      else write({ jsonrpc: '2.0', id, result: { tools: tools() } });
    } else if (method === 'tools/call') {
      log(`call ${line}`);
      (behaviours[params.name] ?? behaviours.echo)(id, params.arguments ?? {});
    } else if (method === 'notifications/cancelled') log('cancelled');
  })
  .on('close', () => {
    if (process.env.START !== 'with-grandchild') process.exit(0);
  });
