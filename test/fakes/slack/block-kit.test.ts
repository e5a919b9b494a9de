import { describe, expect, it } from '@jest/globals';
import { areTooLong, checkBlocks, checkView } from './find-block-problems.ts';
import type { Surface } from './find-block-problems.ts';

const plain = (length: number) => ({ type: 'plain_text', text: 'x'.repeat(length) });
const marked = (length: number) => ({ type: 'mrkdwn', text: 'x'.repeat(length) });
const section = (over: object = {}) => ({ type: 'section', text: marked(1), ...over });
const button = (over: object = {}) => ({ type: 'button', action_id: 'go', text: plain(4), ...over });
const actions = (...elements: object[]) => ({ type: 'actions', elements });
const many = (count: number, make: (index: number) => object): object[] =>
  Array.from({ length: count }, (_, index) => make(index));
const option = { text: plain(75), value: 'v'.repeat(75) };
const field = { type: 'plain_text_input', action_id: 'a', max_length: 3000 };
const input = (over: object = {}) => ({ type: 'input', label: plain(1), element: field, ...over });
const cell = { type: 'raw_text', text: 'x' };
const sized = (length: number) => ({ type: 'header', text: plain(length) });
const rich = (...elements: object[]) => ({
  type: 'rich_text',
  elements: [{ type: 'rich_text_section', elements }],
});

/** What fits exactly, what is one too many or simply wrong, and where the problem is. */
const cases: [name: string, good: unknown[], bad: unknown[], at: string][] = [
  ['blocks of a message', many(50, () => section()), many(51, () => section()), '/blocks'],
  ['a type', [section()], [{ type: 'sektion' }], '/blocks/0/type'],
  ['no foreign field', [section()], [section({ colour: 'red' })], '/blocks/0'],
  ['a section with content', [section()], [{ type: 'section' }], '/blocks/0'],
  [
    'section text',
    [section({ text: marked(3000) })],
    [section({ text: marked(3001) })],
    '/blocks/0/text/text',
  ],
  [
    'a date',
    [section({ text: { type: 'mrkdwn', text: '<!date^1795776120^{date_short_pretty} at {time}|then>' } })],
    [section({ text: { type: 'mrkdwn', text: '<!date^soon^{date}|then>' } })],
    '/blocks/0/text/text',
  ],
  [
    'a date in a known form',
    [section({ text: { type: 'mrkdwn', text: '<!date^1795776120^{ago}^https://a.b/c|then>' } })],
    [section({ text: { type: 'mrkdwn', text: '<!date^1795776120^{when}|then>' } })],
    '/blocks/0/text/text',
  ],
  [
    'a date that ends',
    [section({ text: { type: 'mrkdwn', text: '&lt;!date' } })],
    [section({ text: { type: 'mrkdwn', text: 'at <!date^1795776120^{date}' } })],
    '/blocks/0/text/text',
  ],
  ['text that is not empty', [section()], [section({ text: marked(0) })], '/blocks/0/text/text'],
  [
    'section fields',
    [section({ fields: many(10, () => plain(2000)) })],
    [section({ fields: many(11, () => plain(1)) })],
    '/blocks/0/fields',
  ],
  [
    'field text',
    [section({ fields: [plain(2000)] })],
    [section({ fields: [plain(2001)] })],
    '/fields/0/text',
  ],
  [
    'an address to open in a link',
    [rich({ type: 'link', url: 'mailto:ana@acme.example' }, { type: 'link', url: 'https://a.b/c' })],
    [rich({ type: 'link', url: 'mailto:' })],
    '/elements/0/elements/0/url',
  ],
  [
    'an address that is whole in a link',
    [rich({ type: 'link', url: `https://a.b/${'x'.repeat(2_988)}` })],
    [rich({ type: 'link', url: `https://a.b/${'x'.repeat(2_989)}` })],
    '/elements/0/elements/0/url',
  ],
  [
    'words of a link',
    [rich({ type: 'link', url: 'https://a.b/', text: 'x' })],
    [rich({ type: 'link', url: 'https://a.b/', text: '' })],
    '/elements/0/elements/0/text',
  ],
  ['header text', [sized(150)], [sized(151)], '/blocks/0/text/text'],
  ['a plain header', [sized(1)], [{ type: 'header', text: marked(1) }], '/blocks/0/text/type'],
  [
    'context elements',
    [{ type: 'context', elements: many(10, () => plain(1)) }],
    [{ type: 'context', elements: many(11, () => plain(1)) }],
    '/blocks/0/elements',
  ],
  [
    'actions elements',
    [actions(...many(25, (index) => button({ action_id: `a${String(index)}` })))],
    [actions(...many(26, (index) => button({ action_id: `a${String(index)}` })))],
    '/blocks/0/elements',
  ],
  ['actions at all', [actions(button())], [actions()], '/blocks/0/elements'],
  [
    'button text',
    [actions(button({ text: plain(75) }))],
    [actions(button({ text: plain(76) }))],
    '/text/text',
  ],
  ['a plain button', [actions(button())], [actions(button({ text: marked(4) }))], '/elements/0/text/type'],
  [
    'button value',
    [actions(button({ value: 'x'.repeat(2000) }))],
    [actions(button({ value: 'x'.repeat(2001) }))],
    '/elements/0/value',
  ],
  ['button style', [actions(button({ style: 'danger' }))], [actions(button({ style: 'plain' }))], '/style'],
  [
    'button address',
    [actions(button({ url: 'https://a.b/' }))],
    [actions(button({ url: 'javascript:x' }))],
    '/url',
  ],
  [
    'action ids',
    [actions(button({ action_id: 'x'.repeat(255) }))],
    [actions(button({ action_id: 'x'.repeat(256) }))],
    '/elements/0/action_id',
  ],
  [
    'different action ids in a block',
    [actions(button()), actions(button())],
    [actions(button(), button())],
    '/blocks/0/elements/1/action_id',
  ],
  [
    'different block ids',
    [section({ block_id: 'a' }), section({ block_id: 'b' })],
    [section({ block_id: 'a' }), section({ block_id: 'a' })],
    '/blocks/1/block_id',
  ],
  [
    'a confirmation',
    [
      actions(
        button({ confirm: { title: plain(100), text: plain(300), confirm: plain(30), deny: plain(30) } }),
      ),
    ],
    [actions(button({ confirm: { text: plain(301) } }))],
    '/confirm/text/text',
  ],
  [
    'options',
    [actions({ type: 'static_select', action_id: 's', options: many(100, () => option) })],
    [actions({ type: 'static_select', action_id: 's', options: many(101, () => option) })],
    '/elements/0/options',
  ],
  [
    'an overflow menu',
    [actions({ type: 'overflow', action_id: 'o', options: many(5, () => option) })],
    [actions({ type: 'overflow', action_id: 'o', options: many(6, () => option) })],
    '/elements/0/options',
  ],
  [
    'radio buttons',
    [actions({ type: 'radio_buttons', action_id: 'r', options: many(10, () => option) })],
    [actions({ type: 'radio_buttons', action_id: 'r', options: many(11, () => option) })],
    '/elements/0/options',
  ],
  [
    'context actions',
    [{ type: 'context_actions', elements: [{ type: 'icon_button', icon: 'trash', text: plain(4) }] }],
    [{ type: 'context_actions', elements: [button()] }],
    '/blocks/0/elements/0/type',
  ],
  [
    'text of an input',
    [input()],
    [input({ element: { ...field, max_length: 3001 } })],
    '/element/max_length',
  ],
  [
    'markdown',
    [{ type: 'markdown', text: 'x'.repeat(12_000) }],
    [{ type: 'markdown', text: 'x'.repeat(12_001) }],
    '/text',
  ],
  [
    'markdown together',
    [
      { type: 'markdown', text: 'x'.repeat(6000) },
      { type: 'markdown', text: 'x'.repeat(6000) },
    ],
    [
      { type: 'markdown', text: 'x'.repeat(6000) },
      { type: 'markdown', text: 'x'.repeat(6001) },
    ],
    '/blocks',
  ],
  [
    'table rows',
    [{ type: 'table', rows: many(100, () => [cell]) }],
    [{ type: 'table', rows: many(101, () => [cell]) }],
    '/blocks/0/rows',
  ],
  [
    'table columns',
    [{ type: 'table', rows: [many(20, () => cell)] }],
    [{ type: 'table', rows: [many(21, () => cell)] }],
    '/blocks/0/rows/0',
  ],
  [
    'one table',
    [{ type: 'table', rows: [[cell]] }],
    [
      { type: 'table', rows: [[cell]] },
      { type: 'table', rows: [[cell]] },
    ],
    '/blocks/1',
  ],
  [
    'rich text',
    [rich({ type: 'text', text: 'a', style: { bold: true } })],
    [rich({ type: 'mrkdwn', text: 'a' })],
    '/blocks/0/elements/0/elements/0/type',
  ],
  [
    'an image',
    [{ type: 'image', alt_text: 'a', image_url: 'https://a.b/c.png' }],
    [{ type: 'image', image_url: 'https://a.b/c.png' }],
    '/blocks/0/alt_text',
  ],
  ['an alert', [{ type: 'alert', text: plain(200) }], [{ type: 'alert', text: plain(201) }], '/text/text'],
  ['a card', [{ type: 'card', body: marked(200) }], [{ type: 'card', body: marked(201) }], '/body/text'],
];

const problems = (value: unknown, surface: Surface = 'message'): readonly string[] => {
  const checked = checkBlocks(value, surface);
  return checked.ok ? [] : checked.problems;
};

describe('given a message with blocks', () => {
  it.each(cases)(
    'when it has %s, then what fits is taken and what does not is named',
    (_name, good, bad, at) => {
      expect(problems(good)).toEqual([]);
      expect(problems(bad).join('\n')).toContain(`${at}]`);
    },
  );

  it('when all texts together are over 13,200 characters, then it is too long', () => {
    const blocks = (last: number) => {
      const checked = checkBlocks(
        [...many(4, () => section({ text: marked(3000) })), sized(150), section({ text: marked(last) })],
        'message',
      );
      if (!checked.ok) throw new Error(checked.problems.join());
      return checked.value;
    };

    expect(areTooLong(blocks(1050))).toBe(false);
    expect(areTooLong(blocks(1051))).toBe(true);
  });
});

describe('given a view', () => {
  const modal = (over: object = {}) => ({
    type: 'modal',
    title: plain(24),
    submit: plain(24),
    blocks: [input()],
    ...over,
  });
  const wrong = (view: unknown): string => {
    const checked = checkView(view);
    return checked.ok ? '' : checked.problems.join('\n');
  };

  it('when everything fits exactly, then it is taken', () => {
    const blocks = many(100, () => input());
    const full = { close: plain(24), private_metadata: 'x'.repeat(3000), callback_id: 'x'.repeat(255) };

    expect(wrong(modal({ ...full, blocks }))).toBe('');
    expect(wrong({ type: 'home', blocks: [section()] })).toBe('');
  });

  it.each([
    ['a long title', modal({ title: plain(25) }), '/view/title/text'],
    ['a long submit', modal({ submit: plain(25) }), '/view/submit/text'],
    ['no submit beside an input', modal({ submit: undefined }), '/view/submit'],
    ['much metadata', modal({ private_metadata: 'x'.repeat(3001) }), '/view/private_metadata'],
    ['too many blocks', modal({ blocks: many(101, () => section()) }), '/view/blocks'],
    ['a markdown block', modal({ blocks: [{ type: 'markdown', text: 'x' }] }), '/view/blocks/0'],
    ['a title at home', { type: 'home', title: plain(1), blocks: [] }, '/view'],
    [
      'a file field at home',
      { type: 'home', blocks: [input({ element: { type: 'file_input' } })] },
      '/view/blocks/0/element',
    ],
    [
      'two focused fields',
      modal({ blocks: many(2, () => input({ element: { ...field, focus_on_load: true } })) }),
      '/view/blocks',
    ],
  ])('when it has %s, then it is refused', (_name, view, at) => {
    expect(wrong(view)).toContain(`${at}]`);
  });
});
