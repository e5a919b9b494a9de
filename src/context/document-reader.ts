/** The thread in which files are read: one asked, one answered. */
import { parentPort } from 'node:worker_threads';
import { describeError } from '../core/errors.ts';
import type { ReadDocument } from './document-text.ts';
import { parseDocument } from './parse-document.ts';

export interface Asked {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export type Answered =
  | { readonly kind: 'read'; readonly document: ReadDocument }
  | { readonly kind: 'unreadable'; readonly why: string; readonly cause?: string };

parentPort?.on('message', ({ name, bytes }: Asked) => {
  parseDocument(name, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)).then(
    (document) => {
      answer({ kind: 'read', document });
    },
    (error: unknown) => {
      const cause = error instanceof Error ? error.cause : undefined;
      answer({
        kind: 'unreadable',
        why: error instanceof Error ? error.message : describeError(error),
        ...(cause !== undefined && { cause: describeError(cause) }),
      });
    },
  );
});

function answer(answered: Answered): void {
  parentPort?.postMessage(answered);
}
