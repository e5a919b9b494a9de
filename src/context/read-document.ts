/** A file as a document: its title, and its text in sections. The kind follows from the name's ending. */
import { parse as parseCsv } from 'csv-parse/sync';
import { AppError } from '../core/errors.ts';
import type { ReadDocument } from './document-text.ts';
import { readHtml } from './read-html.ts';
import { readMarkdown } from './read-markdown.ts';
import { readPdf } from './read-pdf.ts';

type Reader = (text: string, name: string) => ReadDocument;

const textReaders: Readonly<Record<string, Reader>> = {
  md: readMarkdown,
  markdown: readMarkdown,
  txt: readText,
  html: readHtml,
  htm: readHtml,
  csv: readCsv,
};

const bytesReaders: Readonly<Record<string, (bytes: Buffer, name: string) => Promise<ReadDocument>>> = {
  docx: readDocx,
  pdf: readPdf,
};

/** Endings that can be read, without the dot. */
export const readableEndings: readonly string[] = [...Object.keys(textReaders), ...Object.keys(bytesReaders)];

/** Throws `document.unreadable` for a file that is not what its name says. */
export async function readDocument(name: string, bytes: Buffer): Promise<ReadDocument> {
  const ending = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
  const title = name.slice(0, Math.max(0, name.length - ending.length - 1));
  const read = textReaders[ending];
  const readBytes = bytesReaders[ending];
  if (read === undefined && readBytes === undefined)
    throw new AppError('document.unreadable', `${name}: this kind of file is not read.`);
  try {
    if (readBytes !== undefined) return await readBytes(bytes, title);
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return (read ?? readText)(text.replaceAll('\r\n', '\n'), title);
  } catch (cause) {
    throw new AppError('document.unreadable', `${name} cannot be read as ${ending}.`, { cause });
  }
}

/** The library is large and seldom needed, so it is loaded when a file asks for it. */
async function readDocx(bytes: Buffer, title: string): Promise<ReadDocument> {
  const { default: mammoth } = await import('mammoth');
  const { value } = await mammoth.convertToHtml({ buffer: bytes });
  return readHtml(value, title);
}

function readText(text: string, name: string): ReadDocument {
  const blocks = text
    .split(/\n\s*\n/u)
    .map((block) => block.trim())
    .filter((block) => block !== '');
  return { title: name, sections: blocks.length === 0 ? [] : [{ headings: [], blocks }] };
}

/** One block a row, each value with its column's name, so that a row is understood alone. */
function readCsv(text: string, name: string): ReadDocument {
  const [header = [], ...rows]: readonly string[][] = parseCsv(text, {
    bom: true,
    relax_column_count: true,
    skip_empty_lines: true,
  });
  const blocks = rows.map((row) =>
    row
      .map((value, at) => `${header[at] ?? `column ${String(at + 1)}`}: ${value}`)
      .filter((cell) => !cell.endsWith(': '))
      .join('; '),
  );
  return { title: name, sections: blocks.length === 0 ? [] : [{ headings: [], blocks }] };
}
