import { describe, expect, it } from '@jest/globals';
import type { Outgoing } from '../../../../src/api/pages/resources.ts';
import {
  latestRun,
  stillOutgoing,
  withItem,
  withoutStreamOf,
  withoutStreamOfRun,
  withStreamed,
} from '../../../../src/api/pages/thread-state.ts';
import type { ItemJson } from '../../../../src/api/shapes.ts';

function anItem(fields: Partial<ItemJson> = {}): ItemJson {
  return { id: 'm1', kind: 'message', by: 'ana', at: '2026-11-03T10:42:00.000Z', text: 'hello', ...fields };
}

function anOutgoing(fields: Partial<Outgoing> = {}): Outgoing {
  const base = {
    id: 'own1',
    text: 'hello',
    files: [],
    at: '2026-11-03T10:42:00.000Z',
    state: 'sent',
    after: [],
  } as const;
  return { ...base, ...fields };
}

describe('given a thread on screen', () => {
  const thread = {
    id: 't1',
    channel: 'finance',
    items: [anItem(), anItem({ id: 'm3', at: '2026-11-03T10:44:00.000Z' })],
  };

  it('when an item arrives again, then it replaces itself in its place', () => {
    expect(withItem(thread, anItem({ text: 'edited' })).items.map(({ text }) => text)).toEqual([
      'edited',
      'hello',
    ]);
  });

  it('when an item arrives late, then it goes where its time belongs', () => {
    const late = anItem({ id: 'm2', at: '2026-11-03T10:43:00.000Z' });

    expect(withItem(thread, late).items.map(({ id }) => id)).toEqual(['m1', 'm2', 'm3']);
  });

  it('when an item moved on in time, then it leaves its place for its new one', () => {
    const moved = anItem({ at: '2026-11-03T10:59:00.000Z' });

    expect(withItem(thread, moved).items.map(({ id }) => id)).toEqual(['m3', 'm1']);
  });

  it('when several runs spoke, then the last one is shown beside it', () => {
    expect(latestRun([anItem({ run: 'run_1' }), anItem({ run: 'run_2' }), anItem()])).toBe('run_2');
  });
});

describe('given an answer being written', () => {
  it('when more of it arrives, then the text so far is shown', () => {
    expect(withStreamed({ run_1: 'The' }, 'run_1', 'The invoice')).toEqual({ run_1: 'The invoice' });
  });

  it('when the next turn begins, then it takes the place of the last one', () => {
    expect(withStreamed({ run_1: 'I look it up.' }, 'run_1', 'The')).toEqual({ run_1: 'The' });
  });

  it('when the run begins to wait, then nothing half-said stays', () => {
    const streams = { run_1: 'I will', run_2: 'Some' };

    expect(withoutStreamOfRun(streams, { id: 'run_1', status: 'waiting' })).toEqual({ run_2: 'Some' });
    expect(withoutStreamOfRun(streams, { id: 'run_1', status: 'running' })).toBe(streams);
  });

  it('when the finished message arrives, then it takes its place and other runs go on', () => {
    const streams = { run_1: 'The', run_2: 'Some' };

    expect(withoutStreamOf(streams, anItem({ by: 'bot', run: 'run_1' }))).toEqual({ run_2: 'Some' });
  });

  it('when a person or a card speaks meanwhile, then it goes on', () => {
    const streams = { run_1: 'The' };

    expect(withoutStreamOf(streams, anItem({ by: 'ana', run: 'run_1' }))).toBe(streams);
    expect(withoutStreamOf(streams, anItem({ by: 'bot', kind: 'card', run: 'run_1' }))).toBe(streams);
  });
});

describe('given a message of my own on its way', () => {
  it('when the thread shows it, then it is no longer shown apart', () => {
    expect(stillOutgoing([anOutgoing()], [anItem()], 'ana')).toEqual([]);
    const files = [{ id: 'files/1', name: 'a.csv', mediaType: 'text/csv', size: 1 }];
    const named = anItem({ text: 'hello\n(attached: a.csv)' });
    expect(stillOutgoing([anOutgoing({ files })], [named], 'ana')).toEqual([]);
  });

  it('when only an equal earlier message is there, then it is still on its way', () => {
    const own = anOutgoing({ after: ['m1'] });

    expect(stillOutgoing([own], [anItem()], 'ana')).toEqual([own]);
  });

  it('when I said the same twice and one arrived, then one is still on its way', () => {
    const second = anOutgoing({ id: 'own2' });

    expect(stillOutgoing([anOutgoing(), second], [anItem()], 'ana')).toEqual([second]);
  });

  it('when somebody else says the same, then mine is still on its way', () => {
    expect(stillOutgoing([anOutgoing()], [anItem({ by: 'ben' })], 'ana')).toHaveLength(1);
  });
});
