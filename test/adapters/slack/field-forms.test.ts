import { describe, expect, it } from '@jest/globals';
import { fieldsModal } from '../../../adapters/slack/field-forms.ts';

const form = { note: 'A new question replaces this one.', submit: 'Send', fields: [] };

describe('given a form whose title is longer than Slack takes', () => {
  it('when it opens, then the verb is the title and the rest stands whole above the fields', () => {
    const modal = fieldsModal({ ...form, title: 'Edit: Refund 120 on invoice 1042' }, '');

    expect(modal?.title.text).toBe('Edit');
    expect(JSON.stringify(modal?.blocks[0])).toContain('Refund 120 on invoice 1042\\nA new question');
    expect(fieldsModal({ ...form, title: 'Edit: Pay 120' }, '')?.title.text).toBe('Edit: Pay 120');
  });
});
