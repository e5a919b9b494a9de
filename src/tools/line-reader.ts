/** Cuts a byte stream into lines without ever holding more than one line's limit. */
export interface LineReader {
  /** The lines that this chunk completes, or undefined for good once a line is longer than the limit. */
  take(chunk: Buffer): readonly string[] | undefined;
}

const lineFeed = 0x0a;

export function createLineReader(maxBytes: number): LineReader {
  let parts: Buffer[] = [];
  let held = 0;
  let isOver = false;
  return {
    take(chunk) {
      const lines: string[] = [];
      let from = 0;
      while (!isOver && from < chunk.length) {
        const end = chunk.indexOf(lineFeed, from);
        const part = chunk.subarray(from, end === -1 ? chunk.length : end);
        held += part.length;
        if (held > maxBytes) isOver = true;
        else parts.push(part);
        if (end === -1) break;
        if (!isOver) lines.push(Buffer.concat(parts).toString('utf8'));
        parts = [];
        held = 0;
        from = end + 1;
      }
      if (isOver) parts = [];
      return isOver ? undefined : lines;
    },
  };
}
