/**
 * A MongoDB in this process that the real driver talks to over its own wire on 127.0.0.1.
 *
 * It speaks what the store needs and refuses everything else with the server's own error codes. Each command is whole
 * before the next one; what was not journalled is lost in a crash; connections break when a test says so.
 */
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { Document } from 'bson';
import { createFakeDatabase } from './commands.ts';
import type { FakeDatabase } from './commands.ts';
import { createFaults, writes } from './fault.ts';
import type { Faults } from './fault.ts';
import { createFakeSearch } from './search.ts';
import type { FakeSearch } from './search.ts';
import { MongoRefusal } from './mongo-error.ts';
import { connectionStatus } from './privileges.ts';
import { createWireReader, largestDocumentBytes, writeReply } from './wire.ts';
import type { WireRequest } from './wire.ts';

export interface FakeMongoOptions {
  /** A replica set takes a repeated write for the same one; a standalone server knows nothing of that. */
  readonly topology?: 'replica-set' | 'standalone';
  /** Every log-in is refused, and so is every command without one. */
  readonly refusesLogIn?: boolean;
  /** Commands that this user may not run. */
  readonly forbidden?: readonly string[];
  /** Commands that this server does not know. */
  readonly unspoken?: readonly string[];
  /** A search server stands beside it. */
  readonly hasSearch?: boolean;
  /** Its clock. */
  readonly now?: () => Date;
}

export interface FakeMongo {
  readonly uri: string;
  readonly database: FakeDatabase;
  readonly faults: Faults;
  readonly search: FakeSearch;
  /** Nobody answers any more, though the connections stand, as when the server's process is stopped. */
  hang(): void;
  /** What was asked meanwhile is answered now. */
  goOn(): void;
  /** The server is gone; what was durable is there when it comes back on the same port. */
  goDown(): Promise<void>;
  comeBack(): Promise<void>;
  close(): Promise<void>;
}

const setName = 'rs0';

export async function createFakeMongo(options: FakeMongoOptions = {}): Promise<FakeMongo> {
  const isReplicaSet = options.topology !== 'standalone';
  const now = options.now ?? ((): Date => new Date());
  const search = createFakeSearch();
  const database = createFakeDatabase(now, isReplicaSet, options.hasSearch === true ? search : undefined);
  const faults = createFaults();
  const sockets = new Set<Socket>();
  /** What a repeated write gets: the answer to the first one. */
  const answered = new Map<string, Document>();
  let connection = 0;
  /** What came while nobody answered. */
  let hanging: (() => void)[] | undefined;

  const server = createServer((socket) => {
    socket.unref();
    sockets.add(socket);
    connection += 1;
    const number = connection;
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    const read = createWireReader((request) => {
      if (hanging !== undefined)
        hanging.push(() => {
          if (!socket.destroyed) serve(request, socket, number);
        });
      else if (faults.delayMs === 0) serve(request, socket, number);
      else setTimeout(serve, faults.delayMs, request, socket, number);
    });
    socket.on('data', read);
  });
  // Whoever forgets it ends all the same.
  server.unref();
  await listen(0);
  // A listening TCP server has an address with a port.
  const { port } = server.address() as AddressInfo;
  const host = `127.0.0.1:${String(port)}`;

  function listen(at: number): Promise<void> {
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(at, '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      });
    });
  }

  function serve(request: WireRequest, socket: Socket, number: number): void {
    const [name = ''] = Object.keys(request.command).filter((key) => key !== '$db');
    const fault = faults.meet(name, String(request.command[name]));
    if (fault?.when === 'before' && fault.what === 'drop') {
      socket.destroy();
      return;
    }
    if (fault?.when === 'before' && fault.what === 'hold') return;
    const reply = fault?.when === 'before' ? stepDown() : answer(name, request.command, number);
    if (fault?.what === 'hold') return;
    if (fault?.when === 'after' && fault.what === 'drop') {
      socket.destroy();
      return;
    }
    if (request.isSilent) return;
    socket.write(writeReply(request, fault?.when === 'after' ? stepDown() : reply));
  }

  function answer(name: string, command: Document, number: number): Document {
    if (['hello', 'isMaster', 'ismaster'].includes(name)) return hello(number);
    const once = retryKey(command);
    const before = once === undefined ? undefined : answered.get(once);
    if (before !== undefined) return before;
    try {
      if (name === 'saslStart') throw new MongoRefusal('AuthenticationFailed', 'Authentication failed.');
      if (options.refusesLogIn === true && !['ping', 'endSessions'].includes(name))
        throw new MongoRefusal('Unauthorized', `Command ${name} requires authentication`);
      if (options.unspoken?.includes(name) === true)
        throw new MongoRefusal('CommandNotFound', `no such command: '${name}'`);
      if (options.forbidden?.includes(name) === true)
        throw new MongoRefusal(
          'Unauthorized',
          `not authorized on ${String(command['$db'])} to execute command { ${name}: 1 }`,
        );
      if (faults.isFull && writes.includes(name)) {
        faults.refused += 1;
        throw new MongoRefusal('OutOfDiskSpace', 'No space left on device');
      }
      if (name === 'connectionStatus') return connectionStatus(String(command['$db']), options.forbidden);
      const reply = database.run(command);
      if (once !== undefined) answered.set(once, reply);
      return reply;
    } catch (error) {
      if (!(error instanceof MongoRefusal)) throw error;
      return { ok: 0, errmsg: error.message, code: error.code, codeName: error.codeName, ...error.more };
    }
  }

  function hello(number: number): Document {
    return {
      isWritablePrimary: true,
      ismaster: true,
      helloOk: true,
      ...(isReplicaSet && {
        setName,
        setVersion: 1,
        hosts: [host],
        primary: host,
        me: host,
        secondary: false,
      }),
      maxBsonObjectSize: largestDocumentBytes,
      maxMessageSizeBytes: 48_000_000,
      maxWriteBatchSize: 100_000,
      localTime: now(),
      ...(isReplicaSet && { logicalSessionTimeoutMinutes: 30 }),
      connectionId: number,
      minWireVersion: 0,
      maxWireVersion: 21,
      readOnly: false,
      ok: 1,
    };
  }

  return {
    uri: `mongodb://${host}/countersign${isReplicaSet ? `?replicaSet=${setName}` : ''}`,
    database,
    faults,
    search,
    hang() {
      hanging ??= [];
    },
    goOn() {
      const waiting = hanging ?? [];
      hanging = undefined;
      for (const answerIt of waiting) answerIt();
    },
    async goDown() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
      database.crash();
    },
    comeBack: () => listen(port),
    async close() {
      faults.clear();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function stepDown(): Document {
  return {
    ok: 0,
    errmsg: 'operation was interrupted',
    code: 11_602,
    codeName: 'InterruptedDueToReplStateChange',
    errorLabels: ['RetryableWriteError'],
  };
}

function retryKey(command: Document): string | undefined {
  if (command['txnNumber'] === undefined) return undefined;
  return `${JSON.stringify(command['lsid'])}/${String(command['txnNumber'])}`;
}
