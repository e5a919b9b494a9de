import { makeVisible } from '../core/visible-text.ts';

/** Somebody's words in a list of the bot's own: on one line, so that none of them passes for another entry or a card. */
export function listedWords(text: string): string {
  return makeVisible(text.replaceAll(/\s+/gu, ' ').trim());
}
