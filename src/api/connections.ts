/**
 * Open connections, so that stopping need not wait for idle ones.
 *
 * A connection without a request in work is closed at once; the others after their answer.
 */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

export interface Connections {
  closeIdle(): void;
  closeAll(): void;
}

export function watchConnections(server: Server): Connections {
  const requests = new Map<Socket, number>();
  server.on('connection', (socket) => {
    requests.set(socket, 0);
    socket.once('close', () => requests.delete(socket));
  });
  server.on('request', ({ socket }, response) => {
    requests.set(socket, (requests.get(socket) ?? 0) + 1);
    response.once('close', () => {
      const count = requests.get(socket);
      if (count !== undefined) requests.set(socket, count - 1);
    });
  });
  return {
    closeIdle() {
      for (const [socket, count] of requests) if (count === 0) socket.destroy();
    },
    closeAll() {
      for (const socket of requests.keys()) socket.destroy();
    },
  };
}
