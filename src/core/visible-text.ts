/**
 * Text from outsiders, as it may be shown to somebody who decides: nothing hidden, nothing reordered.
 *
 * What cannot be seen, or changes how its neighbours are seen, becomes a mark with its code point: `⟨U+202E⟩`.
 * The opening bracket of a mark is itself marked, so a mark in a card was always made here. Apply it once.
 */

/** The surest case, and by far the most common: printable ASCII without space at its ends. */
const plain = /^[!-~](?:[ -~]*[!-~])?$/u;
/** Controls, format characters, surrogates, private use, unassigned, separators, and all that draws nothing. */
const hidden = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800⟨]|(?! )\p{Zs}/gu;
/** More than three combining marks on one letter can cover the lines around it. */
const stackedMarks = /(?<=\p{M}{3})\p{M}+/gu;
const leadingMark = /^\p{M}/u;
const markAfterBreak = /(?<=[\n⟩])\p{M}/gu;

export interface VisibleOptions {
  /** Line breaks inside the text stay line breaks, for values shown as a block. */
  readonly keepLineBreaks?: boolean;
}

/** The text with everything hidden made visible. Linear in its length. */
export function makeVisible(text: string, options: VisibleOptions = {}): string {
  if (plain.test(text) || text === '') return text;
  const start = text.length - text.trimStart().length;
  const end = Math.max(start, text.trimEnd().length);
  const middle = text
    .slice(start, end)
    .replace(hidden, (found) => (found === '\n' && options.keepLineBreaks === true ? found : mark(found)))
    .replace(stackedMarks, markEach)
    .replace(leadingMark, mark)
    .replace(markAfterBreak, mark);
  return `${markRuns(text.slice(0, start))}${middle}${markRuns(text.slice(end))}`;
}

/** Overrides, embeddings and isolates: what has letters read in another order than they were written in. */
const directions = /[\u202A-\u202E\u2066-\u2069]/gu;

/** Somebody's own words as he wrote them, in the order in which he wrote them. */
export function inWrittenOrder(text: string): string {
  return text.replace(directions, mark);
}

function mark(character: string): string {
  return `⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`;
}

function markEach(characters: string): string {
  return Array.from(characters, mark).join('');
}

/** Marks white space at an end; a long run of one character becomes a single mark with a count. */
function markRuns(spaces: string): string {
  let marked = '';
  let count = 0;
  let last = '';
  const flush = (): void => {
    if (count > 0) marked += count === 1 ? mark(last) : mark(last).replace('⟩', ` ×${String(count)}⟩`);
  };
  for (const space of spaces) {
    if (space === last) {
      count += 1;
      continue;
    }
    flush();
    last = space;
    count = 1;
  }
  flush();
  return marked;
}

const mostWarnings = 8;

/** Sentences about what in a text may mislead its reader; empty for honest text. Linear in its length. */
export function findSuspicious(text: string): readonly string[] {
  const warnings = new Set<string>();
  if (/(?<! ) {20}/u.test(text)) warnings.add('has long runs of spaces that can push words out of sight');
  if (plain.test(text) || text === '') return [...warnings];
  for (const [pattern, warning] of hiddenKinds) if (pattern.test(text)) warnings.add(warning);
  if (text !== text.trim()) warnings.add('starts or ends with white space');
  if (/(?<!\n)\n{8}/u.test(text))
    warnings.add('has long runs of empty lines that can push words out of sight');
  for (const warning of findLookAlikes(text)) warnings.add(warning);
  return [...warnings].slice(0, mostWarnings);
}

const hiddenKinds: readonly (readonly [RegExp, string])[] = [
  [/[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/u, 'has characters that change the direction of reading'],
  [/[\u200B-\u200D\u2060-\u2064\uFEFF\u180E]/u, 'has characters of no width'],
  [/[\u{E0000}-\u{E007F}]/u, 'has invisible tag characters, which can carry hidden text'],
  [
    /[\uFE00-\uFE0F\u{E0100}-\u{E01EF}\u180B-\u180F]/u,
    'has variation selectors, which can carry hidden text',
  ],
  [/[^\P{Cc}\t\n\r]/u, 'has control characters'],
  [/\p{Cs}/u, 'has broken characters (lone surrogates)'],
  [/[\u00AD\u034F\u115F\u1160\u17B4\u17B5\u2800\u3164\uFFA0]/u, 'has characters that draw nothing'],
  [/\p{M}{4}/u, 'has stacked accents'],
];

const word = /[\p{L}\p{M}\p{N}]+/gu;
const isLatin = /\p{Script=Latin}/u;
/** Alphabets with letters that look like Latin ones. Scripts such as Han cannot be mistaken for them. */
const lookAlikeScripts: readonly (readonly [RegExp, string])[] = [
  [/\p{Script=Cyrillic}/u, 'Cyrillic'],
  [/\p{Script=Greek}/u, 'Greek'],
  [/\p{Script=Armenian}/u, 'Armenian'],
  [/\p{Script=Cherokee}/u, 'Cherokee'],
  [/\p{Script=Coptic}/u, 'Coptic'],
  [/\p{Script=Lisu}/u, 'Lisu'],
];
/** Letters of another alphabet that a reader takes for Latin ones. */
const twins = 'аесорхуіјѕһԁԛԝӏьАВЕКМНОРСТХУІЈЅԌԚԜαονρυιτκΑΒΕΖΗΙΚΜΝΟΡΤΥΧ';
const twinWord = new RegExp(`^[${twins}]{2,}$`, 'u');
const otherLetter = new RegExp(`(?![${twins}])[\\p{Script=Cyrillic}\\p{Script=Greek}]`, 'u');
const styled = /[\uFF10-\uFF5A\u{1D400}-\u{1D7FF}\u{1F130}-\u{1F189}\u2460-\u24FF\u2100-\u214F]/u;
const falsePunctuation =
  /[\p{L}\p{N}][\u2024\u2044\u2215\u29F8\u3002\uFF0E\uFF0F\uFF20\uFE55\uA789\u2236][\p{L}\p{N}]/u;
const foreignDigit = /(?![0-9])\p{Nd}/u;

function findLookAlikes(text: string): readonly string[] {
  const warnings: string[] = [];
  // A text that is otherwise written in Latin letters has no reason for a word made of their twins.
  const isOtherwiseLatin = isLatin.test(text) && !otherLetter.test(text);
  for (const [found] of text.matchAll(word)) {
    if (warnings.length >= mostWarnings) break;
    const scripts = lookAlikeScripts.filter(([pattern]) => pattern.test(found)).map(([, name]) => name);
    if (isLatin.test(found)) scripts.unshift('Latin');
    if (scripts.length > 1) warnings.push(`mixes ${scripts.join(' and ')} letters in «${sample(found)}»`);
    else if (isOtherwiseLatin && twinWord.test(found))
      warnings.push(`has ${scripts[0] ?? ''} letters that look like Latin ones in «${sample(found)}»`);
    if (styled.test(found)) warnings.push(`has styled letters or digits in «${sample(found)}»`);
    if (foreignDigit.test(found) && /[0-9]/u.test(found))
      warnings.push(`mixes kinds of digits in «${sample(found)}»`);
  }
  if (falsePunctuation.test(text))
    warnings.push('has punctuation that only looks like a dot, slash, colon or @');
  return warnings;
}

function sample(found: string): string {
  return makeVisible(Array.from(found.slice(0, 48)).slice(0, 24).join(''));
}
