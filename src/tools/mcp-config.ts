/**
 * `mcp.json`, the common `mcpServers` format: which tool servers there are and how to reach them.
 *
 * `${NAME}` stands for an environment value in command, args, cwd, env, url and headers. Every mistake is told in
 * one error. A server's identity never holds a secret: what names another program or machine (command, folder,
 * host) counts as resolved, everything else counts as written, so rotating a key does not make a new server.
 */
import {
  createMistakes,
  quote,
  readBoolean,
  readEntries,
  readKnown,
  readText,
  readTexts,
  readYaml,
} from '../core/yaml-file.ts';
import type { Mistakes, Spot, YamlEntry, YamlValue } from '../core/yaml-file.ts';
import { sha256OfParts } from '../core/hash.ts';
import { findNetMistake } from './allowed-addresses.ts';
import { createSubstitution } from './substitution.ts';
import type { Substitution } from './substitution.ts';
import { ownServers } from './join-tools.ts';

interface ServerBase {
  readonly name: string;
  /** What the server is, as a hash. Pins are bound to it. */
  readonly identity: string;
  /** Values that must not be shown: headers, env values and everything that came in through `${NAME}`. */
  readonly secrets: readonly string[];
}

export interface StdioServerConfig extends ServerBase {
  readonly kind: 'stdio';
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface HttpServerConfig extends ServerBase {
  readonly kind: 'http';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Addresses and nets that are not public and may be connected to all the same: `10.1.0.0/16`. */
  readonly allowAddresses: readonly string[];
}

export type ServerConfig = StdioServerConfig | HttpServerConfig;

export interface McpConfigSource {
  /** The file's name, for errors: `mcp.json`. */
  readonly file: string;
  /** What `${NAME}` may stand for. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

const serverName = /^[a-z0-9_-]{1,40}$/u;
const stdioKeys = ['command', 'args', 'env', 'cwd', 'type', 'disabled'] as const;
const httpKeys = ['url', 'headers', 'allowAddresses', 'type', 'disabled'] as const;

/** Reads the text of `mcp.json`. Throws one `config.invalid` that names the file and every mistake with its fix. */
export function parseMcpConfig(text: string, source: McpConfigSource): readonly ServerConfig[] {
  const mistakes = createMistakes(source.file);
  const servers = readServers(text, source, mistakes);
  mistakes.throwIfAny('config.invalid');
  return servers;
}

function readServers(text: string, source: McpConfigSource, mistakes: Mistakes): readonly ServerConfig[] {
  const brokenLine = findBrokenLine(text);
  if (brokenLine !== undefined) {
    mistakes.add(
      { line: brokenLine, path: '' },
      'is not valid JSON',
      'look for a missing or surplus comma, quote or bracket there; JSON has no comments',
    );
    return [];
  }
  // Valid JSON is YAML too, and that reader knows lines. Raw tabs stand only between the values of valid JSON.
  const root = readYaml(text.replaceAll('\t', ' '), mistakes);
  const known = root === undefined ? undefined : readKnown(root, ['mcpServers', '$schema'], mistakes);
  if (root === undefined || known === undefined) return [];
  if (known.mcpServers === undefined) {
    mistakes.add(
      { line: 1, path: 'mcpServers' },
      'is missing',
      'write "mcpServers": {} with one entry for each tool server',
    );
    return [];
  }
  return (readEntries(known.mcpServers, mistakes) ?? []).flatMap((entry) =>
    readServer(entry, source, mistakes),
  );
}

function readServer(entry: YamlEntry, source: McpConfigSource, mistakes: Mistakes): readonly ServerConfig[] {
  const { key: name, value } = entry;
  if (ownServers.has(name)) {
    mistakes.add(entry, `${quote(name)} is a server of Countersign itself`, 'give it another name');
    return [];
  }
  if (!serverName.test(name)) {
    mistakes.add(entry, `${quote(name)} cannot be a server's name`, 'use 1 to 40 of a-z, 0-9, "_" and "-"');
  }
  const keys = (readEntries(value, mistakes) ?? []).map((field) => field.key);
  if (value.kind !== 'map') return [];
  if (keys.includes('command') && keys.includes('url')) {
    mistakes.add(entry, 'has both "command" and "url"', 'keep the one that is meant');
    return [];
  }
  const substitution = createSubstitution(source.env, mistakes);
  if (keys.includes('command')) return readStdioServer(name, value, substitution, mistakes);
  if (keys.includes('url')) return readHttpServer(name, value, substitution, mistakes);
  mistakes.add(
    entry,
    'has neither "command" nor "url"',
    'name the program to start, or the URL of a streamable HTTP endpoint',
  );
  return [];
}

function readStdioServer(
  name: string,
  value: YamlValue,
  substitution: Substitution,
  mistakes: Mistakes,
): readonly ServerConfig[] {
  const fields = readKnown(value, stdioKeys, mistakes);
  if (fields?.command === undefined) return [];
  readType(fields.type, ['stdio'], mistakes);
  const writtenArgs = fields.args === undefined ? [] : (readTexts(fields.args, mistakes) ?? []);
  const isDisabled = fields.disabled !== undefined && readBoolean(fields.disabled, mistakes) === true;
  // Values of a server that is switched off need not be set.
  if (isDisabled) return [];
  const command = readFilled(fields.command, substitution, mistakes);
  const args = writtenArgs.map((arg) => substitution.fill(arg.text, arg));
  const env = readStrings(fields.env, substitution, mistakes);
  const cwd = fields.cwd === undefined ? undefined : readFilled(fields.cwd, substitution, mistakes);
  if (command === undefined) return [];
  const identity = sha256OfParts(['stdio', command, cwd ?? '', ...writtenArgs.map((arg) => arg.text)]);
  const secrets = [...substitution.used(), ...Object.values(env)];
  return [
    { kind: 'stdio', name, command, args, env, identity, secrets, ...(cwd === undefined ? {} : { cwd }) },
  ];
}

function readHttpServer(
  name: string,
  value: YamlValue,
  substitution: Substitution,
  mistakes: Mistakes,
): readonly ServerConfig[] {
  const fields = readKnown(value, httpKeys, mistakes);
  if (fields?.url === undefined) return [];
  readType(fields.type, ['http', 'streamable-http'], mistakes);
  if (fields.disabled !== undefined && readBoolean(fields.disabled, mistakes) === true) return [];
  const written = readText(fields.url, mistakes);
  const headers = readStrings(fields.headers, substitution, mistakes);
  const filled = written === undefined ? undefined : substitution.fill(written, fields.url);
  if (written === undefined || filled === undefined) return [];
  const url = readUrl(filled, fields.url, mistakes);
  const allowAddresses = readNets(fields.allowAddresses, mistakes);
  if (url === undefined) return [];
  const identity = sha256OfParts(['http', url.origin, written]);
  const secrets = [
    ...substitution.used(),
    ...Object.values(headers).flatMap((header) => [header, header.split(' ').at(-1) ?? header]),
  ];
  return [{ kind: 'http', name, url: url.href, headers, allowAddresses, identity, secrets }];
}

function readType(value: YamlValue | undefined, allowed: readonly string[], mistakes: Mistakes): void {
  const type = value === undefined ? undefined : readText(value, mistakes);
  if (value === undefined || type === undefined || allowed.includes(type)) return;
  const fix =
    type === 'sse'
      ? 'use the streamable HTTP endpoint of that server; the older SSE transport is not spoken'
      : `leave it out, or write ${allowed.join(' or ')}`;
  mistakes.add(value, `${quote(type)} does not fit this server`, fix);
}

function readNets(value: YamlValue | undefined, mistakes: Mistakes): readonly string[] {
  const written = value === undefined ? [] : (readTexts(value, mistakes) ?? []);
  for (const net of written) {
    const mistake = findNetMistake(net.text);
    if (mistake !== undefined)
      mistakes.add(net, `${quote(net.text)} ${mistake}`, 'write it like 10.1.2.3 or 10.1.0.0/16');
  }
  return written.map((net) => net.text);
}

/** The value is never quoted in a mistake: it may hold what `${NAME}` stands for. */
function readUrl(text: string, spot: Spot, mistakes: Mistakes): URL | undefined {
  if (!URL.canParse(text)) {
    mistakes.add(spot, 'is not a URL', 'write it in full: https://host/path');
    return undefined;
  }
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    mistakes.add(spot, `uses ${quote(url.protocol)}`, 'use https');
  } else if (url.username !== '' || url.password !== '') {
    mistakes.add(spot, 'holds a user name or password', 'put them into "headers" as "Authorization"');
  } else if (url.protocol === 'http:' && !isNearby(url.hostname)) {
    mistakes.add(spot, 'uses plain http to a public host', 'use https');
  } else return url;
  return undefined;
}

/** True for this machine and for names and addresses that cannot be reached across the internet. */
function isNearby(host: string): boolean {
  if (!host.includes('.')) return !host.startsWith('[') || host === '[::1]' || /^\[f[cd]/u.test(host);
  return (
    /^(127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)[\d.]+$/u.test(host) ||
    /\.(local|internal|localhost|lan)$/u.test(host)
  );
}

function readFilled(value: YamlValue, substitution: Substitution, mistakes: Mistakes): string | undefined {
  const text = readText(value, mistakes);
  return text === undefined ? undefined : substitution.fill(text, value);
}

function readStrings(
  value: YamlValue | undefined,
  substitution: Substitution,
  mistakes: Mistakes,
): Readonly<Record<string, string>> {
  const strings: Record<string, string> = {};
  for (const entry of value === undefined ? [] : (readEntries(value, mistakes) ?? [])) {
    // An empty value is a value here, unlike elsewhere: `"DEBUG": ""` switches something off.
    const isEmpty = entry.value.kind === 'scalar' && entry.value.value === '';
    const text = isEmpty ? '' : readText(entry.value, mistakes);
    if (text === undefined) continue;
    const filled = substitution.fill(text, entry.value);
    if (/[\r\n\0]/u.test(filled)) mistakes.add(entry, 'holds a line break', 'write it in one line');
    strings[entry.key] = filled;
  }
  return strings;
}

/** The line where a text stops being JSON, or undefined when it is JSON. */
function findBrokenLine(text: string): number | undefined {
  if (!isBroken(text, text.length + 1)) return undefined;
  let good = 0;
  let bad = text.length;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (isBroken(text.slice(0, middle), middle)) bad = middle;
    else good = middle;
  }
  return text.slice(0, bad).split('\n').length;
}

/** True when no continuation could make the text valid JSON; for `length + 1`, when it is not valid as it stands. */
function isBroken(text: string, end: number): boolean {
  try {
    JSON.parse(text);
    return false;
  } catch (error) {
    if (end > text.length) return true;
    const message = error instanceof Error ? error.message : '';
    const position = /position (\d+)/u.exec(message)?.[1];
    return !/end of JSON input|Unterminated/u.test(message) && Number(position ?? -1) < text.length;
  }
}
