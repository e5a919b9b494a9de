/**
 * What a message must look like: words, with `*` for whatever stands there. The whole message is meant; case and the
 * number of spaces do not matter. Takes time in proportion to the message, whatever it holds.
 */
export function createPattern(written: string): ((text: string) => boolean) | undefined {
  const parts = plain(written).split('*');
  if (parts.every((part) => part.trim() === '')) return undefined;
  const [first = '', ...rest] = parts;
  return (text) => {
    const said = plain(text);
    if (rest.length === 0) return said === first;
    const last = rest.at(-1) ?? '';
    if (!said.startsWith(first) || said.length < first.length + last.length || !said.endsWith(last))
      return false;
    const end = said.length - last.length;
    let at = first.length;
    for (const part of rest.slice(0, -1)) {
      const found = said.indexOf(part, at);
      if (found === -1 || found + part.length > end) return false;
      at = found + part.length;
    }
    return true;
  };
}

function plain(text: string): string {
  return text.trim().replaceAll(/\s+/gu, ' ').toLowerCase();
}
