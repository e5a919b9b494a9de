/** The wire: OP_MSG both ways, and the OP_QUERY that a driver opens a connection with. */
import { calculateObjectSize, deserialize, serialize } from 'bson';
import type { Document } from 'bson';

const opReply = 1;
const opQuery = 2004;
const opMsg = 2013;
const moreToCome = 2;
const headerBytes = 16;
export const largestDocumentBytes = 16 * 1024 * 1024;

export interface WireRequest {
  readonly id: number;
  readonly isLegacy: boolean;
  /** The client does not want an answer: an unacknowledged write. */
  readonly isSilent: boolean;
  readonly command: Document;
}

/** Cuts a stream of bytes into requests; keeps what is not complete yet. */
export function createWireReader(onRequest: (request: WireRequest) => void): (chunk: Buffer) => void {
  let buffered = Buffer.alloc(0);
  return (chunk) => {
    buffered = Buffer.concat([buffered, chunk]);
    while (buffered.length >= headerBytes) {
      const length = buffered.readInt32LE(0);
      if (buffered.length < length) return;
      const message = buffered.subarray(0, length);
      buffered = buffered.subarray(length);
      onRequest(readRequest(message));
    }
  };
}

function readRequest(message: Buffer): WireRequest {
  const id = message.readInt32LE(4);
  const operation = message.readInt32LE(12);
  if (operation === opQuery) {
    const nameEnd = message.indexOf(0, headerBytes + 4);
    const name = message.toString('utf8', headerBytes + 4, nameEnd);
    const command = readDocument(message, nameEnd + 1 + 8);
    if (!name.endsWith('.$cmd')) throw new Error(`OP_QUERY on ${name}: only commands are spoken.`);
    return { id, isLegacy: true, isSilent: false, command: { $db: name.slice(0, -5), ...command } };
  }
  if (operation !== opMsg) throw new Error(`Operation ${String(operation)} is not spoken.`);
  const flags = message.readUInt32LE(headerBytes);
  if ((flags & ~moreToCome) !== 0) throw new Error(`Flags ${String(flags)} are not spoken.`);
  return { id, isLegacy: false, isSilent: (flags & moreToCome) !== 0, command: readSections(message) };
}

function readSections(message: Buffer): Document {
  let command: Document = {};
  const sequences: Document = {};
  let at = headerBytes + 4;
  while (at < message.length) {
    const kind = message.readUInt8(at);
    at += 1;
    const size = message.readInt32LE(at);
    if (kind === 0) {
      command = readDocument(message, at);
    } else if (kind === 1) {
      const nameEnd = message.indexOf(0, at + 4);
      const documents: Document[] = [];
      for (let next = nameEnd + 1; next < at + size; next += message.readInt32LE(next))
        documents.push(readDocument(message, next));
      sequences[message.toString('utf8', at + 4, nameEnd)] = documents;
    } else {
      throw new Error(`Section ${String(kind)} is not spoken.`);
    }
    at += size;
  }
  return { ...command, ...sequences };
}

function readDocument(message: Buffer, at: number): Document {
  return deserialize(message.subarray(at, at + message.readInt32LE(at)));
}

export function writeReply(request: WireRequest, reply: Document): Buffer {
  const body = Buffer.from(serialize(reply, { ignoreUndefined: true }));
  const head = request.isLegacy ? Buffer.alloc(headerBytes + 20) : Buffer.alloc(headerBytes + 5);
  head.writeInt32LE(head.length + body.length, 0);
  head.writeInt32LE(request.id, 4);
  head.writeInt32LE(request.id, 8);
  head.writeInt32LE(request.isLegacy ? opReply : opMsg, 12);
  // Flags, cursor, start and a count of one document; for OP_MSG flags and one section of kind 0.
  if (request.isLegacy) head.writeInt32LE(1, headerBytes + 16);
  return Buffer.concat([head, body]);
}

export function sizeOf(document: Document): number {
  return calculateObjectSize(document);
}
