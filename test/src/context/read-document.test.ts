import { beforeAll, describe, expect, it } from '@jest/globals';
import { buildIfNeeded } from '../../../scripts/build.js';
import { createDocumentReader } from '../../../src/context/read-document.ts';

const program = new URL('../../../dist/document-reader.js', import.meta.url);
const endless = Buffer.from('> '.repeat(40_000) + 'x');
const good = Buffer.from('# Handbook\n\nDamaged goods need a photo.');

beforeAll(() => buildIfNeeded());

describe('given a file that would keep its reader busy for hours, or take all memory', () => {
  it('when it is read, then that is said of it, others wait their turn, and the next file is read all the same', async () => {
    const read = createDocumentReader(program, { withinMs: 1_500, mostMegabytes: 2_000 });

    const [late, next] = await Promise.allSettled([read('quotes.md', endless), read('handbook.md', good)]);

    expect(late).toMatchObject({ status: 'rejected', reason: { code: 'document.unreadable' } });
    expect(late).toMatchObject({ reason: { message: 'quotes.md takes longer to read than 2 seconds.' } });
    expect(next).toMatchObject({ status: 'fulfilled', value: { title: 'Handbook' } });
    await expect(read('broken.pdf', Buffer.from('%PDF-1.4'))).rejects.toThrow('broken.pdf cannot be read');
  });

  it('when it takes more memory than there is for it, then it is ended before', async () => {
    const read = createDocumentReader(program, { withinMs: 60_000, mostMegabytes: 60 });
    const many = Buffer.from('Some words.\n\n'.repeat(400_000));

    await expect(read('words.md', many)).rejects.toThrow('takes more memory');
  });
});
