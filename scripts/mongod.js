/**
 * A real mongod for the tests: the one of this machine, else one that mongodb-memory-server keeps or downloads.
 *
 * Nothing is downloaded unless it is asked for: the tests run offline.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DryMongoBinary, MongoBinary } from 'mongodb-memory-server-core';

/** The path of a mongod that is there already, or undefined. */
export async function findMongod() {
  if (spawnSync('mongod', ['--version'], { stdio: 'ignore' }).status === 0) return 'mongod';
  try {
    return await DryMongoBinary.locateBinary(DryMongoBinary.getEnsuredOptions());
  } catch {
    // A machine for which there is no mongod at all.
    return undefined;
  }
}

/** The same, downloaded if need be. Rejects when none can be had. */
export async function fetchMongod() {
  return (await findMongod()) ?? MongoBinary.getPath();
}

/** Starts a server on a free port with a folder of its own. `commandFor(folder, port)` is what to run. */
export async function startServer(commandFor, stdio = ['ignore', 'ignore', 'inherit']) {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-mongo-'));
  const port = await freePort();
  const [command, args] = commandFor(folder, port);
  const server = spawn(command, args, { stdio });
  const ended = new Promise((resolve) => {
    server.once('error', resolve);
    server.once('exit', resolve);
  });
  const stop = async () => {
    server.kill();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  if (!(await answers(port))) {
    await stop();
    throw new Error(`${command} did not start within 30 seconds.`);
  }
  return { uri: `mongodb://127.0.0.1:${port}/countersign`, stop };
}

export const mongodCommand = (binary) => (folder, port) => [
  binary,
  ['--dbpath', folder, '--port', String(port), '--bind_ip', '127.0.0.1', '--quiet'],
];

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
    if (isThere) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}
