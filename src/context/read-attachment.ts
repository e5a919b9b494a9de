/**
 * What is in a file that came with a message: text for any model, or an image for those that see.
 *
 * The bytes say what a file is, not the name or the type that somebody gave it; the name only tells text files apart.
 */
import { AppError } from '../core/errors.ts';
import { firstCharacters } from '../core/first-characters.ts';
import { readDocument } from './read-document.ts';

export type ReadAttachment =
  | { readonly kind: 'text'; readonly text: string; readonly left: number }
  | { readonly kind: 'image'; readonly mediaType: string }
  /** `why` completes «I cannot read it: …». */
  | { readonly kind: 'unreadable'; readonly why: string };

/** Of one file, for a model; what is left out is said. */
const mostCharacters = 40_000;
/** Of one image; model interfaces take 5 MB, written as text. */
const mostImageBytes = 3_500_000;

export const readableKinds = 'text, CSV, Markdown, HTML, PDF, DOCX and images';

/** `redact` takes out what nobody shall read, before the text is cut: half a secret has no shape. */
export async function readAttachment(
  name: string,
  bytes: Buffer,
  redact: (text: string) => string,
): Promise<ReadAttachment> {
  if (bytes.length === 0) return { kind: 'unreadable', why: 'it is empty' };
  const image = imageTypeOf(bytes);
  if (image !== undefined) {
    return bytes.length > mostImageBytes
      ? { kind: 'unreadable', why: 'the image is larger than 3.5 MB' }
      : { kind: 'image', mediaType: image };
  }
  const isPdf = bytes.subarray(0, 1024).includes('%PDF-');
  const isWord = /\.docx$/iu.test(name);
  if (!isPdf && !isWord && !/\.html?$/iu.test(name)) {
    const text = plainText(bytes);
    return text === undefined
      ? { kind: 'unreadable', why: `this kind of file is not read; I read ${readableKinds}` }
      : shortened(redact(text));
  }
  try {
    const { sections } = await readDocument(isPdf ? 'file.pdf' : name, bytes);
    const text = sections
      .flatMap(({ headings, blocks }) => [...headings.slice(-1).map((heading) => `# ${heading}`), ...blocks])
      .join('\n\n');
    if (text === '') return { kind: 'unreadable', why: 'it holds no text; it may be a scan' };
    return shortened(redact(text));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { kind: 'unreadable', why: 'it is damaged, locked, or not what its name says' };
  }
}

function shortened(text: string): ReadAttachment {
  const shown = firstCharacters(text, mostCharacters);
  return { kind: 'text', text: shown, left: text.length - shown.length };
}

/** Undefined for bytes that are no text. */
function plainText(bytes: Buffer): string | undefined {
  const isWide = bytes[0] === 0xff && bytes[1] === 0xfe;
  try {
    const text = new TextDecoder(isWide ? 'utf-16le' : 'utf-8', { fatal: true }).decode(bytes);
    return text.includes('\0') ? undefined : text.replaceAll('\r\n', '\n');
  } catch {
    return undefined;
  }
}

/** What image the bytes are; undefined for anything else. */
export function imageTypeOf(bytes: Buffer): string | undefined {
  const start = bytes.toString('latin1', 0, 12);
  if (start.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (start.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (/^GIF8[79]a/u.test(start)) return 'image/gif';
  return start.startsWith('RIFF') && start.endsWith('WEBP') ? 'image/webp' : undefined;
}
