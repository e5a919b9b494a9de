/**
 * Files that came with the messages of a run: read before a model is asked, once, and kept in the ledger, so that a
 * restart or the platform's forgetting loses nothing.
 *
 * What stands in a file is somebody's words that nobody vouches for: the run that reads one is tainted from then on.
 */
import { readAttachment } from '../context/read-attachment.ts';
import { mostFileBytes, mostFiles, tooLarge } from '../core/attached-file.ts';
import { pause } from '../core/clock.ts';
import type { Clock } from '../core/clock.ts';
import { AppError, describeError } from '../core/errors.ts';
import type { ModelImage, ModelMessage } from '../models/model.ts';
import type { FileContent, FileState } from '../runs/file-state.ts';
import type { OpenRun } from '../runs/open-runs.ts';
import { runEvent } from '../runs/run-events.ts';
import type { RunState } from '../runs/run-state.ts';

export interface FileSource {
  /** The model in use looks at images. */
  readonly takesImages: boolean;
  /** The bytes of a file that came with a message of this thread. Throws like `ChatAdapter.readFile`. */
  readFile(thread: string, reference: string, mostBytes: number): Promise<Buffer>;
  /** Takes out what nobody shall read. */
  redact(text: string): string;
}

const againDelaysMs = [500, 2_000, 5_000];

/** Reads what was not read yet. Never throws for what a platform does not hand out: that is said instead. */
export async function readFiles(
  options: { readonly clock: Clock; readonly files: FileSource },
  run: OpenRun,
  signal: AbortSignal,
): Promise<void> {
  for (const entry of run.state().files) {
    if (entry.read !== undefined) continue;
    signal.throwIfAborted();
    const content = await readOne(options, run.state(), entry, signal);
    const { kind } = content;
    const isTaint = kind !== 'unreadable' && run.state().taintedBy === undefined;
    run.stream.append({
      sort: 'fact',
      by: 'bot',
      isKnown: (state) => state.files.some(({ id, read }) => id === entry.id && read !== undefined),
      events: [
        ...(isTaint ? [runEvent('run.tainted', { by: `the file ${entry.file.name}` })] : []),
        runEvent(
          'file.read',
          {
            file: entry.id,
            outcome: kind,
            ...(kind === 'image' && { mediaType: content.mediaType }),
            ...(kind === 'text' && content.left > 0 && { left: content.left }),
          },
          { content: kind === 'text' ? content.text : kind === 'image' ? content.base64 : content.why },
        ),
      ],
    });
    // One at a time: an image is a commit of its own, within what a database takes at once.
    await run.stream.durable();
  }
}

async function readOne(
  options: { readonly clock: Clock; readonly files: FileSource },
  state: RunState,
  entry: FileState,
  signal: AbortSignal,
): Promise<FileContent> {
  const { file, message } = entry;
  const number = state.files.filter((other) => other.message === message).indexOf(entry);
  if (number >= mostFiles) return unreadable(`I read the first ${String(mostFiles)} files of a message`);
  if (file.size > mostFileBytes) return unreadable(tooLarge);
  for (const delay of [...againDelaysMs, undefined]) {
    try {
      const bytes = await options.files.readFile(state.thread, file.reference, mostFileBytes);
      const found = await readAttachment(file.name, bytes, options.files.redact);
      if (found.kind !== 'image') return found;
      return options.files.takesImages
        ? { ...found, base64: bytes.toString('base64') }
        : unreadable('the model in use does not look at images');
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof AppError)) throw error;
      if (error.code === 'document.unreadable') return unreadable(error.message);
      if (!error.isRetryable || delay === undefined)
        return unreadable(`it could not be fetched (${describeError(error)})`);
      await pause(options.clock, delay);
    }
  }
  return unreadable('it could not be fetched');
}

function unreadable(why: string): FileContent {
  return { kind: 'unreadable', why };
}

/** A message of a person as a model is shown it: the words, then what came with them. Pure. */
export function withFiles(files: readonly FileState[], words: string): ModelMessage {
  const parts: string[] = [words];
  const images: ModelImage[] = [];
  for (const { file, read } of files) {
    if (read === undefined) continue;
    switch (read.kind) {
      case 'text': {
        const more = read.left === 0 ? '' : `\n[… ${String(read.left)} characters left out …]`;
        const lines = `${read.text}${more}`.split('\n').map((line) => `> ${line}`);
        parts.push([`The attached file «${file.name}» says:`, ...lines].join('\n'));
        break;
      }
      case 'image':
        parts.push(`The attached image «${file.name}» comes with this message.`);
        images.push({ mediaType: read.mediaType, base64: read.base64 });
        break;
      case 'unreadable':
        parts.push(`The attached file «${file.name}» could not be read: ${read.why}. Say so if it matters.`);
        break;
      default:
        read satisfies never;
    }
  }
  return { role: 'user', text: parts.join('\n\n'), ...(images.length > 0 && { images }) };
}
