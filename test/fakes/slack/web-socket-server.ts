/**
 * The server's side of a WebSocket: text frames, pings, the close handshake, and being cut off.
 *
 * Written out because a test must also be able to break the rules: to vanish without a close frame.
 */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

export interface ServerSocket {
  send(value: unknown): void;
  /** Ends with the close handshake. */
  close(code: number): void;
  /** Ends without a word, as a cut cable does. */
  drop(): void;
}

export interface SocketEvents {
  message(value: unknown): void;
  closed(): void;
}

function frame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  if (length < 126) return Buffer.concat([Buffer.from([0x80 | opcode, length]), payload]);
  const head = length < 65_536 ? Buffer.alloc(4) : Buffer.alloc(10);
  head[0] = 0x80 | opcode;
  if (length < 65_536) {
    head[1] = 126;
    head.writeUInt16BE(length, 2);
  } else {
    head[1] = 127;
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([head, payload]);
}

interface ReadFrame {
  readonly isFinal: boolean;
  readonly opcode: number;
  readonly payload: Buffer;
  readonly size: number;
}

/** The first frame of what has arrived, or undefined while it is not whole. */
function readFrame(bytes: Buffer): ReadFrame | undefined {
  if (bytes.length < 2) return undefined;
  const first = bytes.readUInt8(0);
  const second = bytes.readUInt8(1);
  if ((second & 0x80) === 0) throw new Error('A client must mask its frames.');
  let length = second & 0x7f;
  let offset = 2;
  if (length >= 126) {
    const width = length === 126 ? 2 : 8;
    if (bytes.length < offset + width) return undefined;
    length = width === 2 ? bytes.readUInt16BE(offset) : Number(bytes.readBigUInt64BE(offset));
    offset += width;
  }
  const size = offset + 4 + length;
  if (bytes.length < size) return undefined;
  const mask = bytes.subarray(offset, offset + 4);
  const payload = Buffer.from(bytes.subarray(offset + 4, size));
  for (let index = 0; index < payload.length; index++)
    payload[index] = (payload[index] ?? 0) ^ (mask[index % 4] ?? 0);
  return { isFinal: (first & 0x80) !== 0, opcode: first & 0x0f, payload, size };
}

export function acceptSocket(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  events: SocketEvents,
): ServerSocket {
  const key = String(request.headers['sec-websocket-key']);
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  let buffered = Buffer.from(head);
  let pieces: Buffer[] = [];
  let isClosing = false;
  const write = (opcode: number, payload: Buffer): void => {
    if (!socket.destroyed && socket.writable) socket.write(frame(opcode, payload));
  };
  const take = ({ isFinal, opcode, payload }: ReadFrame): void => {
    if (opcode === 0x8) {
      if (!isClosing) write(0x8, payload);
      socket.end();
    } else if (opcode === 0x9) write(0xa, payload);
    else if (opcode === 0x0 || opcode === 0x1) {
      pieces.push(payload);
      if (!isFinal) return;
      const text = Buffer.concat(pieces).toString('utf8');
      pieces = [];
      events.message(JSON.parse(text));
    }
  };
  const read = (chunk: Buffer): void => {
    buffered = Buffer.concat([buffered, chunk]);
    for (;;) {
      const next = readFrame(buffered);
      if (next === undefined) return;
      buffered = buffered.subarray(next.size);
      take(next);
    }
  };
  socket.on('data', read);
  // A peer that resets the connection is a closed peer.
  socket.on('error', () => undefined);
  socket.on('close', () => {
    events.closed();
  });
  return {
    send(value) {
      write(0x1, Buffer.from(JSON.stringify(value)));
    },
    close(code) {
      isClosing = true;
      const payload = Buffer.alloc(2);
      payload.writeUInt16BE(code);
      write(0x8, payload);
    },
    drop() {
      socket.destroy();
    },
  };
}
