import { describe, expect, it } from '@jest/globals';
import { fairShare, findCrowds } from '../../../src/core/fair-share.ts';
import type { Origin } from '../../../src/core/fair-share.ts';

const from = (thread: string, by = 'ana'): Origin => ({ thread, by });
const many = (place: string, by?: string): readonly Origin[] =>
  Array.from({ length: 50 }, (_, index) => from(`${place}/${String(index)}`, by));

describe('given more due runs than there is room for', () => {
  it('when one channel has very many, then another workspace comes first, then another channel, each in its order', () => {
    const due = [...many('slack:T01/C1'), from('slack:T01/C2/1'), from('discord:9/3/1')];

    expect(fairShare(due, 5).map(({ thread }) => thread)).toEqual([
      'slack:T01/C1/0',
      'discord:9/3/1',
      'slack:T01/C2/1',
      'slack:T01/C1/1',
      'slack:T01/C1/2',
    ]);
  });

  it('when there is one place and its last run was of whoever has very many, then the next is of somebody else', () => {
    const due = [...many('slack:T01/C1', 'ana'), from('slack:T01/C1/x', 'ben')];

    expect(fairShare(due, 1, [from('slack:T01/C1/y', 'ana')])).toEqual([from('slack:T01/C1/x', 'ben')]);
  });
});

describe('given a page that is full', () => {
  it('when a person, a channel or a workspace fills it, then that is the crowd; of many small ones there is none', () => {
    const ofPlace = Array.from({ length: 8 }, (_, index) => many('slack:T01/C1', `p${String(index)}`)).flat();
    const ofWorkspace = Array.from({ length: 8 }, (_, index) => many(`slack:T01/C${String(index)}`)).flat();
    const small = Array.from({ length: 8 }, (_, index) => many(`slack:T0${String(index)}/C1`)).flat();

    expect(findCrowds(many('slack:T01/C1', 'ana'))).toEqual([{ prefix: 'slack:T01/C1/', by: 'ana' }]);
    expect(findCrowds(ofPlace)).toEqual([{ prefix: 'slack:T01/C1/' }]);
    expect(findCrowds(ofWorkspace)).toEqual([{ prefix: 'slack:T01/' }]);
    expect(findCrowds(small)).toEqual([]);
  });
});
