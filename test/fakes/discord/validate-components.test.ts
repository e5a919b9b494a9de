import { describe, expect, it } from '@jest/globals';
import { findComponentFault, findModalFault } from './validate-components.ts';
import type { Part } from './state.ts';

const options = [
  { label: 'a', value: 'a' },
  { label: 'b', value: 'b' },
];
const menu = (more: object = {}): Part => ({ type: 3, custom_id: 'pick', options, ...more });
const row = (part: Part): Part => ({ type: 1, components: [part] });
const link = (url: string): Part => row({ type: 2, style: 5, label: 'Open', url });
const texts: readonly Part[] = [{ type: 10, content: 'words' }];
const section = (accessory: Part): Part => ({ type: 9, components: texts, accessory });
const faultOf = (part: Part): string | undefined => findComponentFault([part], true, []);
const modal = (label: object): string | undefined =>
  findModalFault({
    custom_id: 'f',
    title: 'Form',
    components: [{ type: 18, label: 'Words', component: { type: 4, custom_id: 't', style: 1 }, ...label }],
  });

describe('given components that Discord takes', () => {
  it('then no fault is found', () => {
    const parts = [
      row(menu({ min_values: 0, max_values: 2 })),
      link('https://a.b/c'),
      section({ type: 11, media: { url: 'https://a.b/c.png' } }),
    ];

    expect(parts.map(faultOf)).toEqual(parts.map(() => undefined));
    expect(modal({ description: 'Which ones' })).toBeUndefined();
  });
});

describe('given components that Discord refuses', () => {
  it.each([
    ['more to be chosen than there is', row(menu({ max_values: 3 })), 'max_values above its options'],
    ['at least more than at most', row(menu({ min_values: 2 })), 'min_values above max_values'],
    ['a negative count', row(menu({ min_values: -1 })), 'min_values from 0'],
    ['a link that is no address', link('a.b/c'), 'url of http'],
    ['a link to a script', link('javascript:alert(1)'), 'url of http'],
    ['a menu beside a section', section(menu()), 'button or a thumbnail'],
  ])('when there is %s, then it is named', (_name, part, fault) => {
    expect(faultOf(part)).toContain(fault);
  });

  it('when a field in a label has a label of its own, or a label a field of a row, then it is named', () => {
    const component = { type: 4, custom_id: 't', style: 1, label: 'Words' };

    expect(modal({ component })).toContain('label within a label');
    expect(modal({ required: true })).toContain('unknown field of a label');
  });
});
