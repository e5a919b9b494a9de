/** Below the ports, where the compiler does not look: who may touch what people may see parts of. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';

const stores = new URL('../../src/stores/', import.meta.url).pathname;

/** Besides `sighted-rows.ts`, whose every query has the rule, these touch rows for one of the reasons given. */
const others = {
  'local/memory-store.ts': 'a cursor, within a condition of sighted-rows.ts',
  'local/move-out.ts': 'moves all of it',
  'local/near-rows.ts': 'numbers alone; mayUse is asked of each',
  'local/schema.ts': 'makes the tables',
  'local/text-search.ts': 'numbers alone; rows by the condition that it is given',
  'mongo/move-in.ts': 'takes all of it in',
  'mongo/passage-store.ts': 'removes what no longer stands',
  'mongo/search-indexes.ts': 'makes the indexes; reads the size of a vector',
};

it('memories and passages are queried where the rule of who may see what stands, and in no other file', () => {
  const touching = readdirSync(stores, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('sighted-rows.ts'))
    .filter((file) =>
      /(?:FROM|JOIN|INTO|UPDATE|TABLE)\s+(?:IF NOT EXISTS )?sighted|\bsighted\s*\.\s*\w|\bsighted\s*$/mu.test(
        readFileSync(join(stores, file), 'utf8'),
      ),
    );

  expect(touching.toSorted()).toEqual(Object.keys(others).toSorted());
});
