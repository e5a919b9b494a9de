/** Whether a call's arguments hold a secret, an address that none may lead to, or are too long: then it does not run. Pure. */
import { canonicalJson, parseStrictJson } from '../core/canonical-json.ts';
import { isJsonObject } from '../core/json.ts';
import type { JsonObject } from '../core/json.ts';
import { holdsSecret } from '../core/redact.ts';
import type { Redactor } from '../core/redact.ts';
import { whyOutside } from './find-outside.ts';
import type { HostRules } from './parse-hosts.ts';

export const maxArgumentBytes = 64 * 1024;

/** What operators bound of the arguments of one call, beside the secrets that none may hold. */
export interface ArgumentLimits {
  /** It can only lower the cap that is built in. */
  readonly mostBytes: number;
  /** Where addresses within arguments may lead; absent: anywhere. */
  readonly hosts?: HostRules | undefined;
}

/** Why these arguments may not be sent, as a sentence; undefined when they may. */
export function whyUnsendable(
  { tool, args }: { readonly tool: string; readonly args: JsonObject },
  redact: Redactor,
  { mostBytes, hosts }: ArgumentLimits = { mostBytes: maxArgumentBytes },
): string | undefined {
  const json = canonicalJson(args);
  const most = Math.min(mostBytes, maxArgumentBytes);
  if (Buffer.byteLength(json) > most) return `The arguments are longer than ${String(most / 1024)} kB.`;
  const texts = [json, ...stringsOf(args)];
  return texts.some((text) => holdsSecret(text, redact))
    ? 'The arguments hold a secret or a card number, or the mark that stands for one.'
    : whyOutside(tool, args, hosts);
}

/** The same for a call that was judged before, when other guardrails may have held. */
export function findUnsendable(
  { tool, argsJson }: { readonly tool: string; readonly argsJson: string | undefined },
  redact: Redactor,
  limits?: ArgumentLimits,
): string | undefined {
  const args = argsJson === undefined ? undefined : parseStrictJson(argsJson);
  return isJsonObject(args) ? whyUnsendable({ tool, args }, redact, limits) : undefined;
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
