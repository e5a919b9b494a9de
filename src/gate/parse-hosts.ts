/** Hosts as written: where documents may be fetched from, and where addresses within calls may lead. */
import { readHost } from '../core/host-list.ts';
import { quote, readEntries, readKnown, readTexts } from '../core/yaml-file.ts';
import type { Mistakes, YamlValue } from '../core/yaml-file.ts';

export interface HostRules {
  /** As `readHost` gives them; empty: none at all. */
  readonly allow: readonly string[];
  /** Tools by whole name or `server/*`, and which of their arguments hold addresses. */
  readonly tools: readonly { readonly pattern: string; readonly args: readonly string[] }[];
}

export function readHosts(section: YamlValue, mistakes: Mistakes): HostRules {
  const fields = readKnown(section, ['allow', 'tools'], mistakes);
  if (fields !== undefined && fields.allow === undefined)
    mistakes.add(
      section,
      'has no «allow»',
      'add «allow: [example.com]», or remove «hosts:» to allow every host',
    );
  const listed = fields?.allow === undefined ? [] : (readTexts(fields.allow, mistakes) ?? []);
  return {
    allow: listed.flatMap(({ text, ...spot }) => {
      const read = readHost(text);
      if ('host' in read) return [read.host];
      mistakes.add(spot, `${quote(text)} ${read.problem}`, read.fix);
      return [];
    }),
    tools: fields?.tools === undefined ? [] : readTools(fields.tools, mistakes),
  };
}

function readTools(section: YamlValue, mistakes: Mistakes): HostRules['tools'] {
  return (readEntries(section, mistakes) ?? []).map((entry) => {
    if (!/^[^/\s*]+\/(?:\*|[^/\s*]+\*?)$/u.test(entry.key))
      mistakes.add(
        entry,
        `${quote(entry.key)} is not the name of a tool`,
        'write it as server/tool, or server/* for all of a server',
      );
    const names = readTexts(entry.value, mistakes);
    if (names?.length === 0)
      mistakes.add(entry, 'names no argument', 'name the arguments that hold addresses: [url]');
    return { pattern: entry.key, args: (names ?? []).map(({ text }) => text) };
  });
}
