/** Reads what a tool call came to: its answer, or why there is none. */
import { isJsonObject } from '../../core/json.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import type { ToolResult } from '../model.ts';

export type Reading =
  | { readonly kind: 'answered'; readonly data: JsonObject | undefined; readonly text: string }
  | { readonly kind: 'failed'; readonly text: string }
  | { readonly kind: 'denied'; readonly by: string; readonly reason: string | undefined }
  | { readonly kind: 'expired'; readonly text: string }
  | { readonly kind: 'forbidden'; readonly text: string }
  | { readonly kind: 'unknown-outcome' }
  | { readonly kind: 'stale'; readonly text: string }
  | { readonly kind: 'withdrawn'; readonly text: string }
  /** The tool is not offered here. */
  | { readonly kind: 'missing'; readonly tool: string }
  /** The arguments do not fit the tool's schema, so the call is not made. */
  | { readonly kind: 'misfit'; readonly tool: string; readonly problem: string };

const longestRead = 60_000;

export function readResult(result: ToolResult): Reading {
  const text = result.content.slice(0, longestRead).trim();
  const data = readJson(text);
  // A tool's own answer may quote anything, also «Denied by»; only a turned-down call speaks first and plainly.
  const isVerdict = result.isError || data === undefined;
  const verdict = isVerdict ? readVerdict(text.slice(0, 1500), result.isError) : undefined;
  if (verdict !== undefined) return verdict;
  return result.isError
    ? { kind: 'failed', text: firstSentences(errorText(data, text)) }
    : { kind: 'answered', data, text };
}

function readVerdict(text: string, isError: boolean): Reading | undefined {
  const head = plainVerdict(text).slice(0, isError ? 1500 : 300);
  const denied =
    /^(?:\W{0,4}|The call was )?denied by ([^:.,;\n]{1,60}?)(?: at \d[^:]{0,8}:?\d{0,2})?(?:[:.,;]\s{0,4}([^\n]{0,600}))?$/imu.exec(
      head,
    );
  const by = denied?.[1]?.trim();
  if (by?.toLowerCase() === 'policy') return { kind: 'forbidden', text: firstSentences(text) };
  if (by !== undefined) return { kind: 'denied', by, reason: tidy(denied?.[2]) };
  if (
    /\bmay or may not have (?:happened|run)\b|\boutcome (?:is )?unknown\b|\bunknown outcome\b|\boutcome of this exact call is unknown\b|\blost the connection before\b/iu.test(
      head,
    )
  )
    return { kind: 'unknown-outcome' };
  if (/\bnobody answered\b|^expired\b/iu.test(head)) return { kind: 'expired', text: firstSentences(text) };
  if (
    /\bpolicy does not allow\b|\bforbidden by policy\b|\bnobody was asked\b|^frozen\b|\bnobody can approve\b/iu.test(
      head,
    )
  )
    return { kind: 'forbidden', text: firstSentences(text) };
  if (
    /\bchanged since it was approved\b|^stale\b|\bpolicy is stricter now\b|\bwaited more than 5 minutes\b|\bmay no longer decide\b|\bis not the call that was approved\b/iu.test(
      head,
    )
  )
    return { kind: 'stale', text: firstSentences(text) };
  if (/^withdrawn by\b|^cancelled\b|^stopped by\b|^the run ended\b/iu.test(head))
    return { kind: 'withdrawn', text: firstSentences(text) };
  return undefined;
}

/** The verdict without the sentences that are the same for all of them. */
function plainVerdict(text: string): string {
  return text
    .replace(/^Not asked again: /u, '')
    .replaceAll(' Nothing ran.', '')
    .replaceAll(' Do not propose this exact call again.', '');
}

function tidy(text: string | undefined): string | undefined {
  const reason = (text ?? '')
    .trim()
    .replace(/^[«"“]/u, '')
    .replace(/[»"”.]$/u, '')
    .replace(/[»"”]$/u, '')
    .trim();
  return reason === '' || /^(?:nothing ran|no reason given)$/iu.test(reason) ? undefined : reason;
}

/** The JSON object in a tool's text, alone or after its plain words. */
function readJson(text: string): JsonObject | undefined {
  for (const candidate of candidates(text)) {
    try {
      // JSON.parse yields exactly the Json type.
      const value = JSON.parse(candidate) as Json;
      if (isJsonObject(value))
        return isJsonObject(value['structuredContent']) ? value['structuredContent'] : value;
    } catch {
      continue;
    }
  }
  return undefined;
}

function candidates(text: string): readonly string[] {
  const from = text.indexOf('{');
  const to = text.lastIndexOf('}');
  if (from === -1 || to < from) return [];
  const line = text.lastIndexOf('\n{');
  return [text.slice(from, to + 1), ...(line > from ? [text.slice(line + 1, to + 1)] : [])];
}

function errorText(data: JsonObject | undefined, text: string): string {
  const said = data?.['error'] ?? data?.['message'];
  return typeof said === 'string' ? said : text;
}

function firstSentences(text: string): string {
  const line =
    plainVerdict(text)
      .replace(/^(?:error|tool error):\s{0,4}/iu, '')
      .split('\n')[0]
      ?.trim() ?? '';
  const short = line.length > 300 ? `${line.slice(0, 299)}…` : line;
  return short === '' ? 'no reason given.' : /[.!?…]$/u.test(short) ? short : `${short}.`;
}

export function textAt(data: JsonObject | undefined, key: string): string | undefined {
  const value = data?.[key];
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined;
}

export function numberAt(data: JsonObject | undefined, key: string): number | undefined {
  const value = Number(textAt(data, key) ?? Number.NaN);
  return Number.isFinite(value) ? value : undefined;
}

export function objectAt(data: JsonObject | undefined, key: string): JsonObject | undefined {
  const value = data?.[key];
  return isJsonObject(value) ? value : undefined;
}

export function listAt(data: JsonObject | undefined, key: string): readonly JsonObject[] | undefined {
  const value = data?.[key];
  return Array.isArray(value) ? value.filter(isJsonObject) : undefined;
}
