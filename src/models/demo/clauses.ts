/** Cuts a message into clauses: «refund 1042 in full and mail the customer» are two. */
import type { Word } from './words.ts';

const joiners = new Set('and then also afterwards plus next finally &'.split(' '));
const polite = new Set(
  'please kindly can could would will you we i want need to like d just let me us lets'.split(' '),
);
const verbs = new Set(
  (
    'refund reimburse credit show list find mail email e-mail send write tell notify inform draft add note change update ' +
    'delete remove cancel let ask set check look search run get give what how which who execute display open remind make put attach fetch pull reply'
  ).split(' '),
);
/** Verbs that a sentence inside a message to someone else would hardly begin with. */
const plainlyOurs = new Set(
  'refund reimburse credit show list find mail email draft note update search run execute add'.split(' '),
);
const contentOpeners = new Set('that saying say stating regarding about asking tell asks ask'.split(' '));
const tellers = new Set('mail email e-mail send write tell notify inform draft remind reply'.split(' '));

/** The pieces of the text between the cuts, in order, none empty. */
export function cutClauses(text: string, words: readonly Word[]): readonly string[] {
  const cuts: number[] = [];
  let speaks = false;
  let tells = false;
  let resume = 0;
  for (const [index, word] of words.entries()) {
    tells ||= tellers.has(word.lower) || word.lower === 'note';
    speaks ||= tells && (contentOpeners.has(word.lower) || word.after.includes(':'));
    if (index < resume) continue;
    const ended =
      endsSentence(word) || text.slice(word.end, words[index + 1]?.start ?? word.end).includes('\n');
    const joined = joiners.has(words[index + 1]?.lower ?? '');
    if (!ended && !joined && !word.after.includes(',') && !word.after.includes(';')) continue;
    const opening = findOpening(words, index + 1);
    resume = opening.at;
    const first = words[opening.at];
    if (first === undefined || !verbs.has(first.lower)) continue;
    // Inside words meant for someone else, only a strong cut followed by one of our own verbs ends them.
    if (speaks && !(plainlyOurs.has(first.lower) && (ended || opening.isStrong))) continue;
    if (!ended && !joined && !word.after.includes(';') && !verbs.has(first.lower)) continue;
    cuts.push(words[index + 1]?.start ?? text.length);
    speaks = false;
    tells = tellers.has(first.lower);
  }
  const edges = [0, ...cuts, text.length];
  return edges
    .slice(0, -1)
    .map((from, index) => text.slice(from, edges[index + 1]).trim())
    .filter((clause) => clause !== '');
}

function endsSentence(word: Word): boolean {
  return /[.!?]/u.test(word.after) && !/^\p{L}$/u.test(word.text);
}

/** Where the next clause's verb stands, past joining and polite words. */
function findOpening(
  words: readonly Word[],
  from: number,
): { readonly at: number; readonly isStrong: boolean } {
  let at = from;
  let isStrong = false;
  while (at < words.length && at - from < 8) {
    const lower = words[at]?.lower ?? '';
    if (!joiners.has(lower) && !polite.has(lower)) break;
    isStrong ||= lower === 'then' || lower === 'also' || lower === 'afterwards' || lower === 'please';
    at += 1;
  }
  return {
    at,
    isStrong:
      isStrong || words[at]?.lower === 'refund' || (words[at]?.lower === 'add' && nearNote(words, at)),
  };
}

function nearNote(words: readonly Word[], at: number): boolean {
  return words.slice(at, at + 4).some((word) => word.lower === 'note');
}
