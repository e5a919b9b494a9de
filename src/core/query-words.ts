/** The words of a question that are worth looking for: each once, the commonest left out unless there are no others. */
const mostWords = 24;

/** Letters and digits only, in small letters, so nothing a person or a model writes is read as a query language. */
export function queryWords(text: string): readonly string[] {
  const words = new Set<string>();
  const all = new Set<string>();
  for (const [word] of text
    .normalize('NFKC')
    .toLowerCase()
    .matchAll(/[\p{L}\p{N}]+/gu)) {
    all.add(word);
    if (!common.has(word) && word.length > 1) words.add(word);
  }
  const kept = words.size > 0 ? words : all;
  return [...kept].slice(0, mostWords);
}

const common: ReadonlySet<string> = new Set(
  `a about above after again all also am an and any are as at be because been before being below between both but by
  can could did do does doing down during each few for from further had has have having he her here hers him his how i
  if in into is it its itself just know me more most my no nor not now of off on once only or other our ours out over
  own please s same say says she should so some such t tell than that the their theirs them then there these they this
  those through to too under until up very was we were what when where which while who whom why will with would you
  your yours`.split(/\s+/u),
);
