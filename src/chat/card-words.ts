/**
 * Words that only this application says: the first line of a card, the sentence that settles one, a line of the audit
 * trail. Where an agent's own text has a line that begins so, nobody should take it for one. Pure.
 */

import { inWrittenOrder } from '../core/visible-text.ts';

const lineBreak = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/u;
/** Marks of lists, headings, quotes and emphasis, signs and small pictures in front of the first word. */
const before = /^[\p{Z}\p{P}\p{S}\p{Cf}\p{Cc}\p{M}]*(?:\d+[.)][\p{Z}\p{P}\p{S}]*)?/u;
const ours =
  /^(?:approve ?:|(?:approved|denied|withdrawn|frozen|stopped|answered|asked) by\b|what runs\b|needs \d+ (?:more )?of\b|outcome (?:is |was )?unknown\b|nobody answered by\b|because the agent read\b)/u;
/** `#8 10:43 Ben approved`: the number stands there, unlike the marks in front of other lines. */
const audit =
  /^(?:[\p{Z}\p{Cf}*_>`+•-]|#{1,6}\p{Z}+)*#\d+(?:[–-]\d+)?\p{Z}+(?:\d|asked|read|dispatched|done|sent)/u;

/** Letters of other alphabets, and those they are taken for. */
const twinLetters = 'аеорсухіѕԁһԝьӏкαορνυιτκАВЕКМНОРСТУХІЅΑΒΕΖΗΙΚΜΝΟΡΤΥΧ';
const latinLetters = 'aeopcyxisdhwblkaopvuitkABEKMHOPCTYXISABEZHIKMNOPTYX';
const twins = new Map(Array.from(twinLetters, (letter, index) => [letter, latinLetters[index] ?? letter]));

/** In a line that begins with one, words between them are read from right to left. */
const turning = /[\u061C\u200E\u200F]+/u;

/** True for a text with a line that reads like ours. */
export function readsLikeCard(text: string): boolean {
  return linesOf(text).some((line) => {
    if (readsLikeOurs(line)) return true;
    return turning.test(line) && readsLikeOurs(line.split(turning).reverse().join(' '));
  });
}

function readsLikeOurs(line: string): boolean {
  const plain = line.normalize('NFKC');
  if (audit.test(plain)) return true;
  const words = Array.from(plain.replaceAll(/\p{Cf}|\p{M}/gu, ''), (letter) => twins.get(letter) ?? letter);
  return ours.test(
    words
      .join('')
      .replace(before, '')
      .replaceAll(/[\p{Z}*_~`]+/gu, ' ')
      .toLowerCase(),
  );
}

/** The text as the agent's own: in the order in which it was written, quoted line by line when it reads like ours. */
export function asAgentsWords(text: string): string {
  const written = inWrittenOrder(text);
  if (!readsLikeCard(written)) return written;
  const quoted = linesOf(written).map((line) => `> ${line}`);
  return ['The agent wrote this. It is no card, and nothing is decided here:', '', ...quoted].join('\n');
}

function linesOf(text: string): readonly string[] {
  return text.split(lineBreak);
}
