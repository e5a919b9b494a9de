/** A file that came with a message of a run, and what was found in it. */
import type { AttachedFile } from '../core/attached-file.ts';
import type { Mark } from './mark.ts';

export interface FileState {
  /** The message's key and the file's number in it: `slack:T01/C1/17…#0`. */
  readonly id: string;
  /** The key of the message that it came with. */
  readonly message: string;
  readonly file: AttachedFile;
  /** Undefined until it was read. */
  read?: FileContent & { readonly mark: Mark };
}

export type FileContent =
  /** `left` is how many characters more there are. */
  | { readonly kind: 'text'; readonly text: string; readonly left: number }
  | { readonly kind: 'image'; readonly mediaType: string; readonly base64: string }
  | { readonly kind: 'unreadable'; readonly why: string };
