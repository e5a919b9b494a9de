/**
 * What a tool answered, as text for a model and for people.
 *
 * Text is joined; what is no text is described, never shown. Structured content that breaks the tool's own output schema
 * does not go on; without a schema it is what the tool says, no more. Everything is capped, and a cut is said.
 */
import type { CallToolResult } from '@modelcontextprotocol/client';
import { canonicalJson, findInexact } from '../core/canonical-json.ts';
import { isJsonObject } from '../core/json.ts';
import type { Json } from '../core/json.ts';
import type { Tool, ToolOutcome } from './tool.ts';
import type { ToolSchemas } from './tool-schemas.ts';

/** The most that one answer may bring into a run, in bytes of UTF-8. */
export const maxOutputBytes = 256 * 1024;

export function readToolResult(tool: Tool, result: CallToolResult, schemas: ToolSchemas): ToolOutcome {
  const isError = result.isError === true;
  const texts = result.content.map(describeBlock);
  if (result.structuredContent === undefined || isError) {
    return { kind: 'answered', content: capText(texts.join('\n')), isError };
  }
  // It came through JSON.parse, so it is Json.
  const structured = result.structuredContent as Json;
  const inexact = findInexact(structured);
  if (inexact !== undefined) texts.push(`[structured result left out: ${inexact}]`);
  else if (tool.outputSchema !== undefined && !schemas.fitsOutput(tool, structured)) {
    texts.push("[structured result left out: it does not fit the tool's own output schema]");
  } else {
    const json = canonicalJson(structured);
    const isLong = Buffer.byteLength(json) > maxOutputBytes;
    if (texts.length === 0) texts.push(json);
    else if (isLong) texts.push(`[structured result left out: longer than ${String(maxOutputBytes)} bytes]`);
    if (!isLong && isJsonObject(structured)) {
      return { kind: 'answered', content: capText(texts.join('\n')), structured, isError };
    }
  }
  return { kind: 'answered', content: capText(texts.join('\n')), isError };
}

function describeBlock(block: CallToolResult['content'][number]): string {
  switch (block.type) {
    case 'text':
      return block.text;
    case 'image':
    case 'audio':
      return `[${block.type}, ${plain(block.mimeType)}, ${String(Math.floor(block.data.length * 0.75))} bytes, not shown]`;
    case 'resource_link':
      return `[link to ${plain(block.uri)}: ${plain(block.title ?? block.name)}]`;
    case 'resource':
      return 'text' in block.resource
        ? `[${plain(block.resource.uri)}]\n${block.resource.text}`
        : `[file ${plain(block.resource.uri)}, ${plain(block.resource.mimeType ?? 'unknown type')}, not shown]`;
    default:
      return block satisfies never;
  }
}

function plain(text: string): string {
  return text.replace(/[\s[\]]+/gu, ' ').slice(0, 200);
}

/** The same answer, held to an operator's lower cap. A structured part fits the usual one since it was read. */
export function capOutcome(outcome: ToolOutcome, mostBytes: number): ToolOutcome {
  if (outcome.kind !== 'answered') return outcome;
  const { structured, ...rest } = outcome;
  const content = capText(outcome.content, mostBytes);
  const isLong =
    structured !== undefined &&
    mostBytes < maxOutputBytes &&
    Buffer.byteLength(canonicalJson(structured)) > mostBytes;
  return structured === undefined || isLong ? { ...rest, content } : { ...rest, structured, content };
}

/** Of the end of what is kept: a word that is longer is cut. */
const longestWord = 4_096;

/** Cut at whole words, or at least at whole characters, with a marker that says how much there was. */
export function capText(text: string, mostBytes = maxOutputBytes): string {
  const bytes = Buffer.byteLength(text);
  if (bytes <= mostBytes) return text;
  let end = mostBytes;
  const encoded = Buffer.from(text);
  // 10xxxxxx continues a character.
  while (end > 0 && ((encoded[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  // Half a secret has no shape by which it would be taken out later.
  const space = /[ \t\n\r][^ \t\n\r]*$/u.exec(
    encoded.toString('latin1', Math.max(0, end - longestWord), end),
  );
  if (space !== null) end -= space[0].length - 1;
  return `${encoded.subarray(0, end).toString('utf8')}\n[cut: the first ${String(end)} of ${String(bytes)} bytes]`;
}
