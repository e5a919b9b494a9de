/**
 * Where a link that somebody wrote may lead, on every chat platform alike. Pure.
 *
 * The console has the same rule in `api/pages`, which is browser code and imports nothing of ours.
 */

/** The address, if it is one that people may follow: web or mail, without a name or password in it. */
export function safeAddress(address: string): URL | undefined {
  // Characters below the space are dropped while an address is read, so they could hide what it is.
  if (/[\u0000-\u0020\u007f]/u.test(address) || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (!['http:', 'https:', 'mailto:'].includes(url.protocol)) return undefined;
  // Without somebody to write to there is nothing to follow, and nothing to show of it.
  if (url.protocol === 'mailto:' && !/.@./u.test(url.pathname)) return undefined;
  return url.username === '' && url.password === '' ? url : undefined;
}
