/** A reranker puts what was found in a better order, sees nothing that the readers may not, and is never waited for. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { readConfig } from '../../src/config.ts';
import { asChannelId, newMemoryId } from '../../src/core/ids.ts';
import { createReranker } from '../../src/models/reranker.ts';
import { aManualClock } from '../builders/manual-clock.ts';
import { aWorld } from '../builders/world.ts';
import type { World } from '../builders/world.ts';
import { fakeKey, serveEmbeddings } from '../fakes/embeddings/index.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const photo = 'Refunds over 100 need a photo of the damage.';
const wordy = 'Refund means refund, said the refund desk about blue chairs today.';

async function keep(world: World, channel: string, text: string): Promise<void> {
  const { memories } = world.app;
  const kept = await memories.keep(await memories.audienceOf({ channel: asChannelId(channel) }), {
    ...{ id: newMemoryId(), kind: 'fact', scope: 'channel', text, around: '' },
    author: world.person('ana').id,
  });
  expect(kept.kind).toBe('kept');
}

async function first(world: World): Promise<string | undefined> {
  const reading = { channel: asChannelId('console:finance') };
  return (await world.app.recall.find(reading, { text: 'refund picture image', limit: 1 }))[0]?.text;
}

describe('given a reranker', () => {
  it('when something is looked for, then the best answer comes first; when the service fails, the words decide', async () => {
    const service = await serveEmbeddings('voyage');
    closing.push(() => service.close());
    const key = { VOYAGE_API_KEY: fakeKey, VOYAGE_BASE_URL: service.baseUrl };
    const world = await aWorld({ env: { RERANKER: 'voyage/rerank-2.5', ...key } });
    closing.push(() => world.close());
    await keep(world, 'console:finance', photo);
    await keep(world, 'console:finance', wordy);
    await keep(world, 'console:board', 'Refund picture image: the board keeps them in the safe.');

    expect(await first(world)).toBe(photo);
    expect([...(service.reranks[0] ?? [])].toSorted()).toEqual([wordy, photo].toSorted());

    service.failNext(503);
    expect(await first(world)).toBe(wordy);
    // It rests for a while, so that nobody waits for it again and again.
    expect(await first(world)).toBe(wordy);
    expect(service.reranks).toHaveLength(1);
  });

  it('when it is misnamed or has no key, then the start says so; without one nothing changes', async () => {
    const options = { clock: aManualClock(), voyage: {} };
    expect(() => createReranker('voyage/rerank-2.5', options)).toThrow('needs VOYAGE_API_KEY');
    expect(() => readConfig('/', { RERANKER: 'cohere/rerank' })).toThrow('is not voyage/<model> or none');

    const world = await aWorld();
    closing.push(() => world.close());
    await keep(world, 'console:finance', photo);
    await keep(world, 'console:finance', wordy);
    expect(await first(world)).toBe(wordy);
  });
});
