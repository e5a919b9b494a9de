/** Where this program was installed. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from './core/errors.ts';
import { isJsonObject } from './core/json.ts';

/** The folder above the built files: where `defaults/` lies. */
export function findRoot(from: string): string {
  for (let folder = from; folder !== join(folder, '..'); folder = join(folder, '..')) {
    const file = join(folder, 'package.json');
    if (!existsSync(file)) continue;
    const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (isJsonObject(content) && content['name'] === 'countersign') return folder;
  }
  throw new AppError(
    'config.invalid',
    'The folder that holds defaults/ was not found. Fix: start from an unbroken checkout.',
  );
}
