/**
 * Whether an address within a call's arguments leads where the operator lets none lead: then the call does not run. Pure.
 *
 * Only what is an address through and through passes. What two programs could read as two addresses, with a name before
 * the host, a backslash or a line break in it, is refused: the tool's server may read it the other way.
 */
import { isListedHost } from '../core/host-list.ts';
import { isJsonObject } from '../core/json.ts';
import type { Json, JsonObject } from '../core/json.ts';
import type { HostRules } from './parse-hosts.ts';
import { fitsPattern } from './policy-data.ts';

/** As a sentence; undefined when the list has nothing against the call. */
export function whyOutside(tool: string, args: JsonObject, rules: HostRules | undefined): string | undefined {
  for (const name of addressArguments(tool, rules)) {
    for (const text of leavesOf(args[name])) {
      const why = whyNotListed(text, rules?.allow ?? []);
      if (why !== undefined) return `The address in «${name}» ${why}.`;
    }
  }
  return undefined;
}

/** An argument that is said to hold addresses and that the tool does not have: a mistake that would guard nothing. */
export function findUnknownAddressArgument(
  tool: { readonly name: string; readonly inputSchema: JsonObject },
  rules: HostRules | undefined,
): string | undefined {
  const known = tool.inputSchema['properties'];
  const names = isJsonObject(known) ? Object.keys(known) : [];
  const exact = (rules?.tools ?? []).filter(({ pattern }) => pattern === tool.name);
  const unknown = exact.flatMap(({ args }) => args).find((name) => !names.includes(name));
  return unknown === undefined
    ? undefined
    : `«hosts» in the guardrails names «${unknown}» of ${tool.name}, which has no such argument.`;
}

function addressArguments(tool: string, rules: HostRules | undefined): ReadonlySet<string> {
  const fitting = (rules?.tools ?? []).filter(({ pattern }) => fitsPattern(tool, pattern));
  return new Set(fitting.flatMap(({ args }) => args));
}

function leavesOf(value: Json | undefined): readonly Json[] {
  if (value === undefined || value === null) return [];
  if (typeof value === 'object') return Object.values(value).flatMap((entry: Json) => leavesOf(entry));
  return [value];
}

function whyNotListed(text: Json, allow: readonly string[]): string | undefined {
  const isPlain = typeof text === 'string' && /^https?:\/\/[^\s\\\p{C}]+$/iu.test(text) && URL.canParse(text);
  if (!isPlain) return 'does not begin with https:// or http://, or holds what no address holds';
  const url = new URL(text);
  if (url.username !== '' || url.password !== '' || /^https?:\/\/[^/?#]*@/iu.test(text))
    return 'holds a name or a password';
  return isListedHost(url, allow)
    ? undefined
    : `leads to ${url.hostname}, which is no host that an operator allows`;
}
