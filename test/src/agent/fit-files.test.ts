import { describe, expect, it } from '@jest/globals';
import { fitFiles } from '../../../src/agent/fit-files.ts';
import type { Mark } from '../../../src/runs/mark.ts';
import type { FileContent, FileState } from '../../../src/runs/file-state.ts';

const mark: Mark = { number: 1, stamp: { at: new Date(0), isLanded: true } };
const aFile = (id: string, content: FileContent): FileState => ({
  id,
  message: 'slack:T01/C1/1',
  file: { reference: id, name: `${id}.csv`, size: 1 },
  read: { ...content, mark },
});
const text = (characters: number, left = 0): FileContent => ({
  kind: 'text',
  text: 'x'.repeat(characters),
  left,
});
const image: FileContent = { kind: 'image', mediaType: 'image/png', base64: 'aa' };

describe('given files of earlier runs', () => {
  it('when there is no room for all, then the youngest stand whole, one is cut with what is left said, and the rest is named', () => {
    const fitting = fitFiles([
      aFile('oldest', text(10)),
      aFile('old', text(30_000, 5)),
      aFile('younger', text(40_000)),
    ]);

    expect(fitting.map(({ id }) => id)).toEqual(['oldest', 'old', 'younger']);
    expect(fitting.map(({ read }) => (read?.kind === 'text' ? [read.text.length, read.left] : read))).toEqual(
      [
        { kind: 'unreadable', why: expect.stringContaining('attached again'), mark },
        [20_000, 10_005],
        [40_000, 0],
      ],
    );
  });

  it('when there are more images than are shown again, then the youngest are', () => {
    const kinds = fitFiles(['a', 'b', 'c', 'd'].map((id) => aFile(id, image))).map(({ read }) => read?.kind);

    expect(kinds).toEqual(['unreadable', 'image', 'image', 'image']);
  });
});
