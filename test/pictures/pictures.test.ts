/** The guides' pictures are there and all are used, and the drawing knows whatever the product sends. */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { Block, InputBlock, RichInline, RichPart } from '../../adapters/slack/blocks.ts';
import { plain } from '../../adapters/slack/blocks.ts';
import { fieldsModal } from '../../adapters/slack/field-forms.ts';
import type { ButtonPart, MessagePart } from '../../adapters/discord/components.ts';
import { actionModal } from '../../adapters/discord/modals.ts';
import { aManualClock } from '../builders/manual-clock.ts';
import { drawModal, drawParts } from '../fakes/discord/render-page.ts';
import type { Part } from '../fakes/discord/state.ts';
import { anyBlock } from '../fakes/slack/blocks.ts';
import { drawBlocks } from '../fakes/slack/render-page.ts';
import { createWorkspace } from '../fakes/slack/workspace.ts';

const guides = ['slack', 'discord'].map((name) => ({ name, text: readFileSync(`docs/${name}.md`, 'utf8') }));
const used = guides.flatMap(({ text }) =>
  [...text.matchAll(/!\[([^\]]*)\]\(pictures\/([^)]+)\)/gu)].map(([, alt = '', file = '']) => ({
    alt,
    file,
  })),
);

describe('given the guides', () => {
  it('when their pictures are looked for, then each is there, small, told in words, and none is left over', () => {
    expect(used.map(({ file }) => file).toSorted()).toEqual(readdirSync('docs/pictures').toSorted());
    for (const { file, alt } of used) {
      expect([file, statSync(`docs/pictures/${file}`).size <= 80 * 1024]).toEqual([file, true]);
      expect([file, alt.split(' ').length > 8]).toEqual([file, true]);
    }
  });
});

/** One of each sort; the compiler asks for those that the product learns to send. */
const inlines: { readonly [Type in RichInline['type']]: Extract<RichInline, { type: Type }> } = {
  text: { type: 'text', text: 'drawn <text>', style: { bold: true, italic: true, strike: true, code: true } },
  link: { type: 'link', url: 'https://example.com/', text: 'drawn link' },
  date: { type: 'date', timestamp: 1_795_776_120, format: '{date_short_pretty} at {time}', fallback: '' },
  user: { type: 'user', user_id: 'U1' },
  channel: { type: 'channel', channel_id: 'C1' },
};
const parts: { readonly [Type in RichPart['type']]: Extract<RichPart, { type: Type }> } = {
  rich_text_section: { type: 'rich_text_section', elements: Object.values(inlines) },
  rich_text_list: {
    type: 'rich_text_list',
    style: 'ordered',
    indent: 1,
    elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: 'drawn item' }] }],
  },
  rich_text_quote: { type: 'rich_text_quote', elements: [{ type: 'text', text: 'drawn quote' }] },
  rich_text_preformatted: {
    type: 'rich_text_preformatted',
    elements: [{ type: 'text', text: 'drawn code' }],
  },
};
const button = { type: 'button', action_id: 'b', text: plain('drawn button'), style: 'danger' } as const;
const feedback = (text: string) => ({ text: plain(text), accessibility_label: text, value: text });
const blocks: { readonly [Type in Block['type']]: Extract<Block, { type: Type }> } = {
  header: { type: 'header', text: plain('drawn header') },
  context: {
    type: 'context',
    elements: [
      plain('drawn print'),
      {
        type: 'mrkdwn',
        verbatim: true,
        text: '&lt;drawn&gt; <#C1> <!date^1795776120^{date_short_pretty} at {time}|x>',
      },
    ],
  },
  divider: { type: 'divider' },
  rich_text: { type: 'rich_text', elements: Object.values(parts) },
  actions: { type: 'actions', elements: [button] },
  context_actions: {
    type: 'context_actions',
    elements: [
      {
        type: 'feedback_buttons',
        action_id: 'f',
        positive_button: feedback('drawn yes'),
        negative_button: feedback('drawn no'),
      },
    ],
  },
};
const inputs: { readonly [Type in InputBlock['element']['type']]: string } = {
  plain_text_input: 'drawn words',
  static_select: 'drawn choice',
  datepicker: '2026-11-27',
};

describe('given what the product sends to Slack', () => {
  const workspace = createWorkspace({ clock: aManualClock() });
  const draw = (given: readonly unknown[]): string =>
    drawBlocks(
      workspace,
      given.map((block) => anyBlock.parse(block)),
    );

  it('when each sort of block is drawn, then all its words are there', () => {
    const drawn = draw(Object.values(blocks));

    for (const words of [
      'text&gt;',
      'link',
      'item',
      'quote',
      'code',
      'button',
      'header',
      'print',
      'yes',
      'no',
    ])
      expect(drawn).toContain(words === 'text&gt;' ? 'drawn &lt;text&gt;' : `drawn ${words}`);
    expect(drawn).toContain('&lt;drawn&gt; <span class="name">#general</span> 27 Nov 2026 at 10:42');
    expect(drawn.match(/27 Nov 2026 at 10:42/gu)).toHaveLength(2);
    expect(drawn).toContain('@ana');
  });

  it('when each sort of field is drawn, then it shows what it holds', () => {
    const field = { isRequired: true, hint: 'drawn hint' };
    const modal = fieldsModal(
      {
        ...{ title: 'Edit', note: 'drawn note', submit: 'Send' },
        fields: [
          { ...field, kind: 'text', id: 'a', label: 'A', value: 'drawn words', isLong: false },
          { ...field, kind: 'date', id: 'b', label: 'B', value: '2026-11-27' },
          {
            ...{ ...field, kind: 'choice', id: 'c', label: 'C', value: 'x' },
            options: [{ label: 'drawn choice', value: 'x' }],
          },
        ],
      },
      '',
    );
    const shown = modal?.blocks ?? [];
    const types = shown.flatMap((block) => (block.type === 'input' ? [block.element.type] : []));

    const drawn = draw(shown);

    expect(types.toSorted()).toEqual(Object.keys(inputs).toSorted());
    for (const words of [...Object.values(inputs), 'drawn note', 'drawn hint'])
      expect(drawn).toContain(words);
  });

  it('when a block is new, then it is not left out but refused', () => {
    expect(() => draw([{ type: 'image', alt_text: 'a', image_url: 'https://example.com/a.png' }])).toThrow(
      'do not draw «image»',
    );
    expect(() => draw([{ type: 'input', label: plain('a'), element: { type: 'email_text_input' } }])).toThrow(
      'do not draw «email_text_input»',
    );
  });
});

type Sent = MessagePart | ButtonPart;
const components: { readonly [Type in Sent['type']]: Extract<Sent, { type: Type }> } = {
  1: { type: 1, components: [{ type: 2, style: 4, label: 'drawn row', custom_id: 'a' }] },
  2: { type: 2, style: 1, label: 'drawn button', custom_id: 'b' },
  10: {
    type: 10,
    content: '### drawn head\n-# drawn print\n\\*as it is\\* **bold** `code`\n```\ndrawn block\n```',
  },
  12: { type: 12, items: [{ media: { url: 'attachment://a.png' }, description: 'drawn picture' }] },
  13: { type: 13, file: { url: 'attachment://drawn.txt' } },
  17: { type: 17, accent_color: 0xff, components: [{ type: 10, content: 'drawn inside' }] },
};

describe('given what the product sends to Discord', () => {
  it('when each sort of component is drawn, then all its words are there', () => {
    // Buttons stand in rows alone.
    const { 2: alone, ...others } = components;
    const sent: readonly Part[] = [...Object.values(others), { type: 1, components: [{ ...alone }] }].map(
      (part) => ({
        ...part,
      }),
    ) as readonly Part[];

    const drawn = drawParts(sent);

    for (const words of ['row', 'button', 'head', 'print', 'block', 'picture', 'inside'])
      expect(drawn).toContain(`drawn ${words}`);
    expect(drawn).toContain('drawn.txt');
    expect(drawn).toContain('*as it is* <b>bold</b> <code>code</code>');
  });

  it('when a form is drawn, then its fields are there', () => {
    const action = { id: 'a', label: 'Deny…', style: 'danger' } as const;
    const form = actionModal(action, {
      kind: 'text',
      label: 'Why?',
      isRequired: false,
      picks: ['photo first'],
    });
    if (form === undefined) throw new Error('There is no form.');

    // A form's components are labels, each around one input.
    const drawn = drawModal({ ...form, components: form.components as readonly Part[] });

    for (const words of ['Deny', 'Why?', 'Or one of the earlier reasons', 'Make a selection'])
      expect(drawn).toContain(words);
  });

  it('when a component is new, then it is not left out but refused', () => {
    expect(() => drawParts([{ type: 9 }])).toThrow('do not draw component 9');
    expect(() =>
      drawModal({ custom_id: 'a', title: 'A', components: [{ type: 18, component: { type: 5 } }] }),
    ).toThrow('do not draw component 5');
  });
});
