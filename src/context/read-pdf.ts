/**
 * The text of a PDF file, page by page.
 *
 * The library is large and seldom needed, so it is loaded when a file asks for it. It draws nothing and runs nothing
 * that stands in the file.
 */
import { z } from 'zod';
import type { ReadDocument, Section } from './document-text.ts';

/** What is used of the library's document; its own types need a library that draws. */
interface PdfDocument {
  readonly numPages: number;
  getPage(number: number): Promise<{ getTextContent(): Promise<unknown> }>;
  cleanup(): Promise<void>;
}

/** Pieces of text; what has no text marks where a part of the page begins. */
const content = z.object({
  items: z.array(z.object({ str: z.string().default(''), hasEOL: z.boolean().default(false) })),
});
const mostPages = 500;
/** Looked at between pages, so that a long file does not hold everything up for ever. */
const readWithinMs = 20_000;

export async function readPdf(bytes: Buffer, title: string): Promise<ReadDocument> {
  const { getDocumentProxy } = await import('unpdf');
  // The library answers a document with these methods.
  const document = (await getDocumentProxy(new Uint8Array(bytes), {
    verbosity: 0,
    isEvalSupported: false,
  })) as PdfDocument;
  const sections: Section[] = [];
  const end = performance.now() + readWithinMs;
  try {
    let number = 1;
    for (; number <= Math.min(document.numPages, mostPages); number += 1) {
      if (performance.now() > end) break;
      const page = await document.getPage(number);
      const { items } = content.parse(await page.getTextContent());
      const text = items.map(({ str, hasEOL }) => `${str}${hasEOL ? '\n' : ''}`).join('');
      const blocks = text
        .split(/\n\s*\n/u)
        .map((block) => block.trim())
        .filter((block) => block !== '');
      if (blocks.length > 0) sections.push({ headings: [`Page ${String(number)}`], blocks });
    }
    const unread = number <= document.numPages && `pages ${String(number)} to ${String(document.numPages)}`;
    return { title, sections, ...(unread !== false && { unread }) };
  } finally {
    await document.cleanup();
  }
}
