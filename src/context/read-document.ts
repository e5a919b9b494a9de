/**
 * Files that somebody gave, read in a thread of its own.
 *
 * A small file can unpack to more than any machine holds, or keep a parser busy for hours. The thread is ended when it
 * takes too long or too much, and the bot goes on meanwhile; what is said then names the file.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
// eslint-disable-next-line no-restricted-imports -- how long a thread takes is the machine's time, never the product's
import { systemClock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { Answered, Asked } from './document-reader.ts';
import type { ReadDocument } from './document-text.ts';
import { parseDocument } from './parse-document.ts';

export interface ReadingLimits {
  readonly withinMs: number;
  /** What the whole process may grow by meanwhile. */
  readonly mostMegabytes: number;
}

const usual: ReadingLimits = { withinMs: 30_000, mostMegabytes: 1_200 };
const watchedEachMs = 100;
const restsAfterMs = 10_000;
const megabyte = 1024 * 1024;
const tooMuch = 'takes more memory to read than there is for it.';

/** Throws `document.unreadable` for a file that is not what its name says, or asks for too much. */
export type ReadsDocument = (name: string, bytes: Buffer) => Promise<ReadDocument>;

export function createDocumentReader(program: URL, limits: ReadingLimits = usual): ReadsDocument {
  let thread: Worker | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let reads = 0;

  function begin(): Worker {
    const made = new Worker(program, { resourceLimits: { maxOldGenerationSizeMb: limits.mostMegabytes } });
    made.unref();
    // Whoever waits hears of it below; without a listener it would end the bot.
    made.on('error', () => undefined);
    made.once('exit', () => {
      if (thread === made) thread = undefined;
    });
    return made;
  }

  function end(): void {
    void thread?.terminate();
    thread = undefined;
  }

  function readNow(name: string, bytes: Buffer): Promise<ReadDocument> {
    const at = (thread ??= begin());
    const begun = systemClock.monotonicMs();
    const size = process.memoryUsage.rss();
    reads += 1;
    const number = reads;
    return new Promise<ReadDocument>((resolve, reject) => {
      const settle = (): void => {
        watch.cancel();
        at.off('message', onAnswer).off('error', onError).off('exit', onExit).unref();
      };
      const give = (why: string, cause?: unknown): void => {
        settle();
        end();
        reject(new AppError('document.unreadable', `${name} ${why}`, { cause }));
      };
      const onAnswer = (answered: Answered): void => {
        settle();
        if (answered.kind === 'read') resolve(answered.document);
        else
          reject(
            new AppError('document.unreadable', answered.why, {
              ...(answered.cause !== undefined && { cause: new Error(answered.cause) }),
            }),
          );
      };
      const onError = (error: unknown): void => {
        give(tooMuch, error);
      };
      const onExit = (): void => {
        give('could not be read to its end.');
      };
      const watch = systemClock.every(watchedEachMs, () => {
        if (systemClock.monotonicMs() - begun > limits.withinMs)
          give(`takes longer to read than ${String(Math.round(limits.withinMs / 1_000))} seconds.`);
        else if (process.memoryUsage.rss() - size > limits.mostMegabytes * megabyte) give(tooMuch);
      });
      at.on('message', onAnswer).on('error', onError).on('exit', onExit).ref();
      // Copied: what is handed over is gone here.
      const asked: Asked = { name, bytes: new Uint8Array(bytes) };
      at.postMessage(asked, [asked.bytes.buffer]);
    }).finally(() => {
      systemClock.after(restsAfterMs, () => {
        if (reads === number) end();
      });
    });
  }

  return (name, bytes) => {
    // One after the other: what one file may take, many at once may not.
    const read = last.then(() => readNow(name, bytes));
    last = read.catch(() => undefined);
    return read;
  };
}

/** Beside the programs that are built; there is none beside the sources, where tests read without a thread. */
const built = new URL('./document-reader.js', import.meta.url);

/** One thread for the whole process. */
export const readDocument: ReadsDocument = existsSync(fileURLToPath(built))
  ? createDocumentReader(built)
  : parseDocument;
