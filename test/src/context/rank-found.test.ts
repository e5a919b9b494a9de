/** Memories and passages in one ranking, whatever store found them. */
import { describe, expect, it } from '@jest/globals';
import { rankFound } from '../../../src/context/rank-found.ts';
import type { Passage } from '../../../src/context/passage-row.ts';
import { asChannelId, asPassageId } from '../../../src/core/ids.ts';
import type { Memory } from '../../../src/memory/memory-row.ts';
import { aMemory } from '../../builders/store-entries.ts';

const channel = asChannelId('console:general');
const said = (text: string, around = ''): Memory => aMemory({ channel, text, source: { channel, around } });
const page = (title: string, text: string): Passage => ({
  ...{ workspace: 'console', channel, scope: 'workspace' },
  ...{ id: asPassageId(`pas_${title}`), source: title, title, heading: '', position: 0, text, around: '' },
  ...{ link: title, createdAt: 1 },
});
const found = <Row>(
  byText: readonly Row[],
  byVector: readonly Row[] = [],
  likeness: readonly number[] = [],
) => ({
  ...{ byText, byVector, likeness },
});
const says = (
  question: string,
  memories: readonly Memory[],
  passages: readonly Passage[],
): readonly string[] => rankFound(question, found(memories), found(passages)).map((text) => text.says);

describe('given memories and passages that stores found', () => {
  it('when one sort answers and the other only shares a word, then the answers come first', () => {
    const pages = [
      page('Refunds', 'A refund over 100 needs a photo.'),
      page('Photos', 'The photo of a refund.'),
    ];
    const talk = [said('The photo printer is broken.'), said('Who took this photo of the team?')];

    const ranked = says('Which refund needs a photo?', talk, pages);

    expect(ranked.slice(0, 2)).toEqual(['A refund over 100 needs a photo.', 'The photo of a refund.']);
  });

  it('when a remark names nothing that was asked, then what was said before it leads to it', () => {
    const answer = said('They have 30 days from March on.', 'What did Maple Trading say about paying?');

    const ranked = says(
      'Which payment terms has Maple Trading?',
      [said('Maple Trading moves.'), said('Birch Living pays.', 'About paying'), answer],
      [],
    );

    expect(ranked[0]).toBe('They have 30 days from March on.');
  });

  it('when vectors find more, then the nearest of both sorts follow, and what both find comes first', () => {
    const [north, east] = [said('north'), page('East', 'east')];

    const ranked = rankFound('north', found([north], [north], [0.4]), found([], [east], [0.9]));

    expect(ranked.map((text) => text.says)).toEqual(['north', 'east']);
  });
});
