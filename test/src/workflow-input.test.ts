import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { pairInWords } from '../../src/chat/pair-words.ts';
import { readInput } from '../../src/workflow-input.ts';

const ticket = z.object({ ticket: z.coerce.number().int().positive(), answer: z.string().optional() });
const amount = z.object({ amount: z.number(), note: z.string().optional() });
const order = z.object({ order: z.string() });
const plate = z.object({ plate: z.string().regex(/^B-\d+$/u) });
const name = z.object({ person: z.string() });
const two = z.object({ from: z.number(), to: z.number() });

describe('given words after a workflow’s name and one field that must be given', () => {
  it.each<[string, z.ZodType<object>, string, object]>([
    ['a bare number is it', ticket, ' 141', { ticket: 141 }],
    ['a bare number in words is it', ticket, ' #141, please, today', { ticket: 141 }],
    ['a pair stands, whatever else is said', ticket, ' 7 ticket=141', { ticket: 141 }],
    [
      'a number in a pair is that pair’s',
      ticket,
      ' 141 answer="in 3 days"',
      { ticket: 141, answer: 'in 3 days' },
    ],
    ['the same number twice is one', ticket, ' 141, I said 141', { ticket: 141 }],
    ['two numbers are asked for', ticket, ' 141 or 142', {}],
    ['a part of a whole one is none', ticket, ' 14.5', {}],
    ['a time, a date, a grouped number and a code are none', ticket, ' 9:30 2026-11-28 1,200 INV-7', {}],
    ['a part of a number is one where it fits', amount, ' about 14.50 EUR', { amount: 14.5 }],
    [
      'thousands and a sign of money are part of a number',
      amount,
      ' amount=$1,250.00, note=x',
      { amount: 1250, note: 'x' },
    ],
    ['what may be two numbers is asked for', amount, ' amount=1.250,00', { amount: '1.250,00' }],
    ['an id is it where one is named', order, ' ORD-77, quickly', { order: 'ORD-77' }],
    ['what fits its pattern is it', plate, ' B-12 not C-3', { plate: 'B-12' }],
    ['a number is no name', name, ' 141', {}],
    ['two fields are asked for', two, ' 3', {}],
  ])('then %s', (_name, schema, text, read) => {
    expect(readInput(schema, undefined, text)).toEqual(read);
  });

  it.each(['in 3 days', 'he said "never", twice', 'say «no», he said', '', 'two\nlines: "a"', 'C:\\"x"\\'])(
    'then a field of a form arrives as it was typed: %j',
    (answer) => {
      const text = ` ${pairInWords('ticket', '7')} ${pairInWords('answer', answer)}`;

      expect(readInput(ticket, undefined, text)).toEqual({ ticket: 7, answer });
    },
  );

  it('then what the workflow itself reads counts before, and pairs before that', () => {
    const words = () => ({ ticket: 5, answer: 'own' });

    expect(readInput(ticket, words, ' 141')).toEqual({ ticket: 5, answer: 'own' });
    expect(readInput(ticket, words, ' ticket: 6')).toEqual({ ticket: 6, answer: 'own' });
  });
});
