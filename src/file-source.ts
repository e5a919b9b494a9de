/** Where files that came with messages are fetched: the platform of their thread, or for the console the ledger. */
import type { FileSource } from './agent/attached-files.ts';
import type { ChatAdapter } from './chat/adapter.ts';
import { isKept } from './runs/kept-files.ts';
import type { KeptFiles } from './runs/kept-files.ts';
import { surfaceOf } from './core/surface-of.ts';
import { AppError } from './core/errors.ts';
import { asThreadId } from './core/ids.ts';
import type { Model } from './models/model.ts';

export function createFileSource(
  model: Pick<Model, 'takesImages'>,
  adapters: () => readonly ChatAdapter[],
  kept: Pick<KeptFiles, 'read'>,
  redact: (text: string) => string,
): FileSource {
  return {
    redact,
    takesImages: model.takesImages === true,
    async readFile(thread, reference, mostBytes) {
      const surface = surfaceOf(asThreadId(thread));
      if (surface === 'console' && isKept(reference)) return kept.read(reference);
      const adapter = adapters().find(({ name }) => name === surface);
      if (adapter?.readFile === undefined)
        throw new AppError('document.unreadable', `${surface} hands out no files here`);
      return adapter.readFile(reference, mostBytes);
    },
  };
}
