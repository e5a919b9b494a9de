/** Commits that an earlier version wrote, from `test/fixtures/events`. */
import { readFileSync } from 'node:fs';
import type { Commit } from '../../src/ledger/commit.ts';
import { parseExportLine } from '../../src/ledger/export.ts';

export const eventFixtures = new URL('../fixtures/events/', import.meta.url);

export function readFixture(file: string): readonly Commit[] {
  return readFileSync(new URL(file, eventFixtures), 'utf8')
    .trim()
    .split('\n')
    .map((line, index) => parseExportLine(line, index + 1));
}
