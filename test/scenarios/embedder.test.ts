/** An embedder finds by meaning; nobody waits for it, and the words decide while it is away. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { asChannelId, newMemoryId } from '../../src/core/ids.ts';
import { aManualClock } from '../builders/manual-clock.ts';
import { eventually } from '../builders/running-bot.ts';
import { aWorld, words } from '../builders/world.ts';
import type { World } from '../builders/world.ts';
import { fakeKey, serveEmbeddings } from '../fakes/embeddings/index.ts';
import type { FakeEmbeddings } from '../fakes/embeddings/index.ts';

const reading = { channel: asChannelId('console:finance') };
const clock = aManualClock();
let service: FakeEmbeddings;
let world: World;

beforeAll(async () => {
  service = await serveEmbeddings('voyage');
  world = await aWorld({
    clock,
    model: () => words('Good.'),
    env: { EMBEDDER: 'voyage/voyage-4', VOYAGE_API_KEY: fakeKey, VOYAGE_BASE_URL: service.baseUrl },
  });
  const { memories } = world.app;
  const audience = await memories.audienceOf(reading);
  for (const [at, text] of ['Invoices are paid on Fridays.', 'The lamp on the desk is green.'].entries())
    await memories.keep(audience, {
      ...{ id: newMemoryId(), kind: 'fact', scope: 'channel', text, around: '' },
      author: world.person(at === 0 ? 'ana' : 'ben').id,
    });
  // Vectors are made while nobody waits.
  await eventually(() => (service.uses.filter((use) => use === 'document').length === 2 ? true : undefined));
});

afterAll(async () => {
  await world.close();
  await service.close();
});

async function find(text: string): Promise<readonly string[]> {
  return (await world.app.recall.find(reading, { text, limit: 2 })).map((item) => item.text);
}

/** The questions that the service answered. */
const asked = (): number => service.uses.filter((use) => use === 'query').length;

describe('given an embedder', () => {
  it('when a question comes again, then the service is asked once, and its words are sent as a question', async () => {
    const before = asked();

    const first = await find('when are invoices paid');
    const again = await find('when are invoices paid');

    expect(first[0]).toBe('Invoices are paid on Fridays.');
    expect(again).toEqual(first);
    expect(asked() - before).toBe(1);
  });

  it('when it does not answer in two seconds, then the words decide, it rests, and is asked again after half a minute', async () => {
    const before = asked();
    service.failNext(503, 400);
    const late = find('which lamp is green');
    await eventually(() => (service.failuresLeft() === 1 ? true : undefined));
    clock.advance(2_000);
    expect((await late)[0]).toBe('The lamp on the desk is green.');

    // What was asked goes on until it is refused, and nobody waits for that; another question is not sent at all.
    await eventually(() => {
      clock.advance(10);
      return service.failuresLeft() === 0 ? true : undefined;
    });
    expect((await find('is the lamp green'))[0]).toBe('The lamp on the desk is green.');
    expect(asked() - before).toBe(0);

    clock.advance(30_000);
    expect((await find('is the lamp green'))[0]).toBe('The lamp on the desk is green.');
    expect(asked() - before).toBe(1);
  });
});
