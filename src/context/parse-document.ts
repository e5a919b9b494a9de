/**
 * A file as a document: its title, and its text in sections. The kind follows from the name's ending.
 *
 * What stands in a file may take any time and room, so `read-document.ts` has this done in a thread that can be ended.
 */
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
export async function parseDocument(name: string, bytes: Buffer): Promise<ReadDocument> {
  const ending = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
  const title = name.slice(0, Math.max(0, name.length - ending.length - 1));
  const read = textReaders[ending];
  const readBytes = bytesReaders[ending];
  if (read === undefined && readBytes === undefined)
    throw new AppError('document.unreadable', `${name}: this kind of file is not read.`);
  try {
    if (readBytes !== undefined) return await readBytes(bytes, title);
    return (read ?? readText)(decode(name, bytes).replaceAll('\r\n', '\n'), title);
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    if (cause instanceof Error && cause.name === 'PasswordException')
      throw new AppError(
        'document.unreadable',
        `${name} is locked by a password. Fix: save it without one.`,
        { cause },
      );
    throw new AppError('document.unreadable', `${name} cannot be read as ${ending}.`, { cause });
  }
}

/** UTF-8, or what says of itself that it is UTF-16; anything else would be guessed. */
function decode(name: string, bytes: Buffer): string {
  const isWide = bytes[0] === 0xff && bytes[1] === 0xfe;
  const text = decodeAs(isWide ? 'utf-16le' : 'utf-8', bytes);
  if (text === undefined || text.includes('\0'))
    throw new AppError('document.unreadable', `${name} is no text in UTF-8. Fix: save it as UTF-8.`);
  return text;
}

function decodeAs(encoding: string, bytes: Buffer): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
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
    delimiter: delimiterOf(text),
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

/** What the first line has most of: where the comma is in numbers, semicolons stand between values. */
function delimiterOf(text: string): string {
  const [first = ''] = text.split('\n', 1);
  const counted = [',', ';', '\t'].map((mark) => ({ mark, count: first.split(mark).length }));
  return counted.toSorted((left, right) => right.count - left.count)[0]?.mark ?? ',';
}
