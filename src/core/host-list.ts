/**
 * Hosts as an operator lists them: `example.com` is that host alone, `*.example.com` every host below it.
 *
 * Both sides are brought into the form that a browser would look up, so neither case nor an international name nor a
 * final dot makes a difference.
 */

/** The host as it is compared, or what is wrong with it and how to mend that. */
export function readHost(
  text: string,
): { readonly host: string } | { readonly problem: string; readonly fix: string } {
  const isBelow = text.startsWith('*.');
  const bare = isBelow ? text.slice(2) : text;
  const fix = 'write a host like example.com, or *.example.com for every host below it';
  if (/[\s/\\@?#*%]/u.test(bare) || bare === '') return { problem: 'is no host', fix };
  const isBracketed = /^\[[0-9a-f:.]+\]$/iu.test(bare);
  if (bare.includes(':') && !isBracketed)
    return { problem: 'holds a port, or is an IPv6 address without brackets', fix };
  if (!URL.canParse(`https://${bare}/`)) return { problem: 'is no host', fix };
  const host = hostToCompare(new URL(`https://${bare}/`));
  if (isBelow && (!host.includes('.') || isBracketed || /^[\d.]+$/u.test(host)))
    return { problem: 'stands for every host of a whole top-level domain, or for no host at all', fix };
  return { host: isBelow ? `*.${host}` : host };
}

export function hostToCompare(url: URL): string {
  return url.hostname.toLowerCase().replace(/\.$/u, '');
}

/** `listed` as `readHost` gives them. */
export function isListedHost(url: URL, listed: readonly string[]): boolean {
  const host = hostToCompare(url);
  return listed.some((entry) => (entry.startsWith('*.') ? host.endsWith(entry.slice(1)) : host === entry));
}
