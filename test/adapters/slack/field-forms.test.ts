import { describe, expect, it } from '@jest/globals';
import { fieldsModal } from '../../../adapters/slack/field-forms.ts';
import { workflowModal } from '../../../adapters/slack/modals.ts';
import { checkView, isViewTooLarge } from '../../fakes/slack/find-block-problems.ts';

const form = { note: 'A new question replaces this one.', submit: 'Send', fields: [] };

describe('given a form whose title is longer than Slack takes', () => {
  it('when it opens, then the verb is the title and the rest stands whole above the fields', () => {
    const modal = fieldsModal({ ...form, title: 'Edit: Refund 120 on invoice 1042' }, '');

    expect(modal?.title.text).toBe('Edit');
    expect(JSON.stringify(modal?.blocks[0])).toContain('Refund 120 on invoice 1042\\nA new question');
    expect(fieldsModal({ ...form, title: 'Edit: Pay 120' }, '')?.title.text).toBe('Edit: Pay 120');
  });
});

describe('given a form with more in its lists than Slack takes in one', () => {
  const values = (count: number): readonly string[] =>
    Array.from({ length: count }, (_, at) => `value ${String(at)} of quite a number`);
  const fields = Array.from({ length: 20 }, (_, at) => ({
    kind: 'choice' as const,
    ...{ id: `/f${String(at)}`, label: `f${String(at)}`, isRequired: true, value: values(1)[0] ?? '' },
    options: values(at === 3 ? 125 : 110).map((value) => ({ value, label: value })),
  }));

  it('when it opens, then Slack takes it, the longest lists are typed, and all others are picked from', () => {
    const modal = fieldsModal({ ...form, title: 'Edit', fields }, '');

    expect(isViewTooLarge(modal)).toBe(false);
    expect(checkView(modal)).toMatchObject({ ok: true });
    const sorts = (modal?.blocks ?? []).flatMap((block) => (block.type === 'input' ? [block.element] : []));
    expect(sorts).toHaveLength(20);
    expect(sorts[3]).toMatchObject({ type: 'plain_text_input', initial_value: 'value 0 of quite a number' });
    expect(sorts.filter(({ type }) => type === 'static_select').length).toBeGreaterThan(10);
  });

  it('when it is a workflow’s, then the same holds', () => {
    const offered = fields.map(({ label, options }) => ({
      ...{ name: label, label, isRequired: true },
      choices: options.map(({ value }) => value),
    }));
    const workflow = { name: 'pick', title: 'Pick', fields: offered };
    const modal = workflowModal(workflow, { subject: 'pick', channel: 'C1' });

    expect(isViewTooLarge(modal)).toBe(false);
    expect(checkView(modal)).toMatchObject({ ok: true });
    expect(JSON.stringify(modal.blocks).match(/static_select/gu)?.length).toBeGreaterThan(10);
  });
});
