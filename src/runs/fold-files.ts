/** The arms of a run's fold for files that came with messages. */
import type { AttachedFile } from '../core/attached-file.ts';
import type { FoldedEvent } from '../ledger/fold.ts';
import type { FileContent } from './file-state.ts';
import type { RunEventData } from './run-events.ts';
import type { RunState } from './run-state.ts';
import { erased, markOf } from './settle-status.ts';

/** The files that a message's event names. None once its texts are erased. */
export function addFiles(state: RunState, message: string, event: FoldedEvent): void {
  const text = event.text('files');
  if (text === undefined) return;
  // Written by the router as a list of these.
  const files = JSON.parse(text) as readonly AttachedFile[];
  for (const [index, file] of files.entries())
    state.files.push({ id: `${message}#${String(index)}`, message, file });
}

export const fileArms: {
  readonly 'file.read': (state: RunState, data: RunEventData['file.read'], event: FoldedEvent) => void;
} = {
  'file.read': (state, data, event) => {
    const entry = state.files.find(({ id }) => id === data.file);
    if (entry === undefined || entry.read !== undefined) return;
    entry.read = { ...contentOf(data, event.text('content')), mark: markOf(event) };
  },
};

function contentOf(
  { outcome, mediaType = '', left = 0 }: RunEventData['file.read'],
  content: string | undefined,
): FileContent {
  switch (outcome) {
    case 'text':
      return { kind: 'text', text: content ?? erased, left };
    case 'image':
      return content === undefined
        ? { kind: 'unreadable', why: erased }
        : { kind: 'image', mediaType, base64: content };
    case 'unreadable':
      return { kind: 'unreadable', why: content ?? erased };
    default:
      return outcome satisfies never;
  }
}
