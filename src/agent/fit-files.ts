/**
 * Files of earlier runs, as far as there is room to show them again: the youngest first, because a question is mostly
 * about what came last. What does not fit is named, so that nobody takes it for read. Pure.
 */
import type { FileContent, FileState } from '../runs/file-state.ts';

/** A text of the largest size that is read, and half of another. */
const mostCharacters = 60_000;
const mostImages = 3;
/** A shorter beginning tells nothing. */
const leastCharacters = 1_000;
const noRoom: FileContent = {
  kind: 'unreadable',
  why: 'it came earlier in this thread, and younger files leave no room for it; it has to be attached again',
};

/** `files` is oldest first; as many come back, in the same order. Those that were never read stand aside. */
export function fitFiles(files: readonly FileState[]): readonly FileState[] {
  let characters = mostCharacters;
  let images = mostImages;
  const fitting = files.toReversed().flatMap((entry): readonly FileState[] => {
    const { read } = entry;
    if (read === undefined) return [];
    switch (read.kind) {
      case 'unreadable':
        return [entry];
      case 'image':
        images -= 1;
        return [images < 0 ? { ...entry, read: { ...noRoom, mark: read.mark } } : entry];
      case 'text': {
        if (characters < Math.min(leastCharacters, read.text.length))
          return [{ ...entry, read: { ...noRoom, mark: read.mark } }];
        const text = read.text.slice(0, characters);
        characters -= text.length;
        return [{ ...entry, read: { ...read, text, left: read.left + read.text.length - text.length } }];
      }
      default:
        return read satisfies never;
    }
  });
  return fitting.reverse();
}
