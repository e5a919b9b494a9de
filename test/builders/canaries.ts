/** Secrets that nobody has, in the forms they travel in, to be planted where text comes in and looked for where it goes out. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseGuardrails } from '../../src/gate/parse-guardrails.ts';

export const secrets = {
  /** Loaded with the configuration. */
  loaded: 'Canary/9+x=loaded secret-Q7',
  /** Shaped like a key, and never one: made here. */
  shaped: `sk-ant-${'c4n4ry'.repeat(6)}`,
  /** What an operator's own pattern finds. */
  named: 'BADGE-31415926-canaryquince',
} as const;

const guardrails = "redact: { badge: 'BADGE-[0-9]{8}-[a-z]{6,20}', code word: '(?i)code word: \\w+ \\w+' }";

export const { patterns } = parseGuardrails(guardrails, 'guardrails.yaml').guardrails;

/** The operator's file in this folder, as the environment names it. */
export function canaryGuardrails(folder: string): { readonly GUARDRAILS_FILE: string } {
  const file = join(folder, 'guardrails.yaml');
  writeFileSync(file, guardrails);
  return { GUARDRAILS_FILE: file };
}

const percent = (text: string): string =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

export const encodings: Readonly<Record<string, (secret: string) => string>> = {
  plain: (secret) => secret,
  base64: (secret) => Buffer.from(secret).toString('base64'),
  'base64 of a longer text': (secret) => Buffer.from(`user:${secret}:end of it`).toString('base64'),
  url: (secret) => percent(secret),
  hex: (secret) => Buffer.from(secret).toString('hex'),
};

/** How the base64 of a longer text begins: that is no secret. */
const longerBegins = 'dXNlcj';

/** Every secret in every form. */
export const canaries: readonly string[] = Object.values(secrets).flatMap((secret) =>
  Object.values(encodings).map((encode) => encode(secret)),
);

/**
 * Those of which a text holds the beginning, the middle or the end of the secret: one that was cut before it was taken out
 * is found as well.
 */
export function canariesIn(text: string): readonly string[] {
  return canaries.filter((canary) => {
    const isInside = canary.includes(longerBegins);
    const windows = isInside ? [canary.slice(10, 24)] : [canary.slice(0, 14), canary.slice(-14)];
    return windows.some((window) => text.includes(window));
  });
}
