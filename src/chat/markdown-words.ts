/** The words of a Markdown tree without any markup, and its tables as aligned text: the same on every platform. Pure. */
import type { Nodes, Table } from 'mdast';

/** The words of a node. */
export function plainText(node: Nodes): string {
  if ('value' in node) return node.value;
  if ('alt' in node) return node.alt ?? '';
  return 'children' in node ? node.children.map(plainText).join('') : '';
}

/** A table as lines of equal columns, for platforms that have none. */
export function tableText(table: Table): string {
  const rows = table.children.map((row) =>
    row.children.map((cell) => plainText(cell).replaceAll('\n', ' ').trim()),
  );
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => Array.from(row[column] ?? '').length)),
  );
  const line = (row: readonly string[]): string =>
    widths
      .map((width, column) => {
        const cell = row[column] ?? '';
        const space = ' '.repeat(Math.max(0, width - Array.from(cell).length));
        return table.align?.[column] === 'right' ? space + cell : cell + space;
      })
      .join('  ')
      .trimEnd();
  const [head = [], ...body] = rows;
  return [line(head), widths.map((width) => '─'.repeat(width)).join('  '), ...body.map(line)].join('\n');
}
