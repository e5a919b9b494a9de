import { describe, expect, it } from '@jest/globals';
import { createFormPages } from '../../../adapters/discord/form-pages.ts';
import type { InboundPress, InboundSink } from '../../../src/chat/adapter.ts';
import { argumentForm } from '../../../src/chat/argument-form.ts';
import type { Form, FormField } from '../../../src/chat/form.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { aManualClock } from '../../builders/manual-clock.ts';
import { findModalFault } from '../../fakes/discord/validate-components.ts';

const from = { platform: 'discord' as const, account: '2002' };
const action = 'v1:apr_1:edit';

const fields: readonly FormField[] = [...Array(7).keys()].map((index) => ({
  kind: 'text',
  id: `/a${String(index)}`,
  label: `a${String(index)}`,
  isRequired: true,
  isLong: false,
  value: String(index),
}));
const long: FormField = {
  ...fields[0],
  kind: 'json',
  id: '/long',
  label: 'long',
  isRequired: true,
  value: 'x'.repeat(4_001),
};

function aSink(form: Form | undefined) {
  const pressed: InboundPress[] = [];
  const refuse = (): never => {
    throw new Error('Only forms are asked for here.');
  };
  const sink: InboundSink = {
    message: refuse,
    notice: refuse,
    heard: refuse,
    findAction: refuse,
    findCard: refuse,
    isAddressed: refuse,
    stopThread: refuse,
    command: refuse,
    suggest: refuse,
    suggestInput: refuse,
    findForm: () => Promise.resolve(form),
    press(press) {
      pressed.push(press);
      return Promise.resolve({ text: 'Changed.', isRefusal: false });
    },
  };
  return { sink, pressed };
}

const typed = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).map(([id, value]) => ({ component: { custom_id: id, value } }));

describe('given a form with more fields than one page takes', () => {
  const form: Form = { title: 'Edit', note: '', submit: 'Send', fields: [...fields, long] };

  it('when its pages are filled in one by one, then all of it is pressed at the end', async () => {
    const { sink, pressed } = aSink(form);
    const pages = createFormPages({ clock: aManualClock(), sink: () => sink });

    const first = await pages.open(from, action, 0);
    expect(first?.title).toBe('Edit (1 of 2)');
    expect(first?.components).toHaveLength(5);
    const answer = await pages.submit(from, first?.custom_id ?? '', typed({ f0: 'zero', f1: '1' }));
    expect(answer.buttons).toEqual([{ label: 'Next: page 2 of 2', id: `f:1:${action}` }]);
    expect(pressed).toEqual([]);

    const second = await pages.open(from, action, 1);
    // A value that no input can hold is left as it is.
    expect(second?.components).toHaveLength(2);
    await pages.submit(from, second?.custom_id ?? '', typed({ f5: '5', f6: 'six' }));

    expect(pressed).toMatchObject([{ from, action, fields: { '/a0': 'zero', '/a1': '1', '/a6': 'six' } }]);
    expect(pressed[0]?.fields).not.toHaveProperty('/long');
  });

  it('when another person fills in the second page, then what the first typed is not his, and nothing is sent', async () => {
    const { sink, pressed } = aSink(form);
    const pages = createFormPages({ clock: aManualClock(), sink: () => sink });
    await pages.submit(from, `f:0:${action}`, typed({ f0: 'zero' }));

    const other = { ...from, account: '2003' };
    const answer = await pages.submit(other, `f:1:${action}`, typed({ f5: '5', f6: 'six' }));

    expect(answer.text).toContain('Nothing was sent.');
    expect(pressed).toEqual([]);
  });

  it('when the pages before are older than a quarter of an hour, then nothing is sent, and the form starts again', async () => {
    const { sink, pressed } = aSink(form);
    const clock = aManualClock();
    const pages = createFormPages({ clock, sink: () => sink });
    await pages.submit(from, `f:0:${action}`, typed({ f0: 'zero' }));

    clock.advance(16 * 60_000);
    const answer = await pages.submit(from, `f:1:${action}`, typed({ f6: 'six' }));

    expect(answer.text).toContain('no longer here. Nothing was sent.');
    expect(answer.buttons).toEqual([{ label: 'Start again at page 1', id: `f:0:${action}` }]);
    expect(pressed).toEqual([]);
    await pages.submit(from, `f:0:${action}`, typed({ f0: 'zero' }));
    await pages.submit(from, `f:1:${action}`, typed({ f6: 'six' }));
    expect(pressed).toMatchObject([{ fields: { '/a0': 'zero', '/a6': 'six' } }]);
  });

  it('when it was settled in the meantime, then nothing is pressed', async () => {
    const { sink, pressed } = aSink(undefined);
    const pages = createFormPages({ clock: aManualClock(), sink: () => sink });

    expect(await pages.open(from, action, 0)).toBeUndefined();
    expect((await pages.submit(from, `f:0:${action}`, [])).text).toContain('settled in the meantime');
    expect(pressed).toEqual([]);
  });
});

describe('given arguments of six levels and a field of a hundred values', () => {
  const names = ['customer_account', 'billing_department', 'delivery_address', 'geographic_place', 'point'];
  const nest = (wrap: (name: string, inside: JsonObject) => JsonObject, deepest: JsonObject): JsonObject =>
    names.reduceRight((inside, name) => wrap(name, inside), deepest);
  const number = { type: 'number' };
  const text = { type: 'string' };
  const schema = nest((name, inside) => ({ type: 'object', properties: { [name]: inside } }), {
    type: 'object',
    properties: { latitude: number, longitude: number },
  });
  const args = nest((name, inside) => ({ [name]: inside }), { latitude: 1, longitude: 2 });
  const hundred = Array.from({ length: 100 }, (_, at) => `country ${String(at)}`);
  const more = Object.fromEntries(['b', 'c', 'd', 'e', 'f'].map((name) => [name, text]));
  const whole: JsonObject = {
    type: 'object',
    properties: {
      // Built just above, by `nest`.
      ...(schema['properties'] as JsonObject),
      country: { enum: hundred },
      ...more,
    },
  };
  const form: Form = {
    ...{ title: 'Edit', note: '', submit: 'Send' },
    fields: argumentForm(whole, { ...args, country: 'country 99' }),
  };

  it('when its pages are opened, then Discord takes each, and no two fields of it look alike', async () => {
    const { sink } = aSink(form);
    const pages = createFormPages({ clock: aManualClock(), sink: () => sink });

    const labels: string[] = [];
    for (const page of [0, 1, 2]) {
      const modal = await pages.open(from, action, page);
      expect(findModalFault({ ...modal })).toBeUndefined();
      // Each was just found to be a label around an input.
      const parts = modal?.components as readonly { label: string; description?: string }[];
      labels.push(...parts.map(({ label, description }) => `${label} / ${description ?? ''}`));
    }

    // The hundred values stand in four menus.
    expect(labels).toHaveLength(form.fields.length + 3);
    expect(new Set(labels).size).toBe(labels.length);
    expect(labels.join('\n')).toContain('latitude');
    expect(labels.join('\n')).toContain('longitude');
    expect(await pages.open(from, action, 3)).toBeUndefined();
  });
});
