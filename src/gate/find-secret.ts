/** Whether a call's arguments hold a secret, or are too long to be looked at: then the call does not run. Pure. */
import { canonicalJson, parseStrictJson } from '../core/canonical-json.ts';
import { isJsonObject } from '../core/json.ts';
import type { JsonObject } from '../core/json.ts';
import { holdsSecret } from '../core/redact.ts';
import type { Redactor } from '../core/redact.ts';

export const maxArgumentBytes = 64 * 1024;

/** Why these arguments may not be sent, as a sentence; undefined when they may. `mostBytes` can only lower the cap. */
export function whyUnsendable(
  args: JsonObject,
  redact: Redactor,
  mostBytes = maxArgumentBytes,
): string | undefined {
  const json = canonicalJson(args);
  const most = Math.min(mostBytes, maxArgumentBytes);
  if (Buffer.byteLength(json) > most) return `The arguments are longer than ${String(most / 1024)} kB.`;
  const texts = [json, ...stringsOf(args)];
  return texts.some((text) => holdsSecret(text, redact))
    ? 'The arguments hold a secret or a card number, or the mark that stands for one.'
    : undefined;
}

/** The same for a call that was judged before, when other guardrails may have held. */
export function findUnsendable(
  { argsJson }: { readonly argsJson: string | undefined },
  redact: Redactor,
  mostBytes?: number,
): string | undefined {
  const args = argsJson === undefined ? undefined : parseStrictJson(argsJson);
  return isJsonObject(args) ? whyUnsendable(args, redact, mostBytes) : undefined;
}

/** Every text in the arguments as it is, and their sequence: a secret may be split over several. */
function stringsOf(args: JsonObject): readonly string[] {
  const found: string[] = [];
  const walk = (value: unknown): void => {
    if (typeof value === 'string') found.push(value);
    else if (typeof value === 'object' && value !== null)
      for (const entry of Object.values(value)) walk(entry);
  };
  walk(args);
  return [...found, found.join('')];
}
