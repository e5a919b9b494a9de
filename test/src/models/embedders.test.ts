import { afterEach, describe, expect, it } from '@jest/globals';
import { createEmbedder } from '../../../src/models/embedders.ts';
import type { Embedder } from '../../../src/models/embedder.ts';
import { createHurriedClock } from '../../fakes/hurried-clock.ts';
import { fakeKey, serveEmbeddings } from '../../fakes/embeddings/index.ts';
import type { FakeEmbeddings } from '../../fakes/embeddings/index.ts';

let service: FakeEmbeddings | undefined;
afterEach(async () => {
  await service?.close();
  service = undefined;
});

const names = { voyage: 'voyage/voyage-4', openai: 'openai/text-embedding-3-small' } as const;

async function anEmbedder(
  provider: 'voyage' | 'openai',
  apiKey = fakeKey,
): Promise<{ readonly embedder: Embedder; readonly fake: FakeEmbeddings }> {
  service = await serveEmbeddings(provider);
  const access = { apiKey, baseUrl: service.baseUrl };
  const embedder = createEmbedder(names[provider], {
    clock: createHurriedClock(),
    voyage: access,
    openai: access,
  });
  if (embedder === undefined) throw new Error('No embedder.');
  return { embedder, fake: service };
}

describe.each(['voyage', 'openai'] as const)('given the embeddings of %s', (provider) => {
  it('when texts are embedded, then each gets its own vector of length one, in order', async () => {
    const { embedder } = await anEmbedder(provider);

    const [photo, refund, again] = await embedder.embed(['a photo', 'refunds', 'a photo'], 'document');

    expect([...(again ?? [])]).toEqual([...(photo ?? [])]);
    expect([...(refund ?? [])]).not.toEqual([...(photo ?? [])]);
    expect(Math.hypot(...(photo ?? []))).toBeCloseTo(1, 5);
  });

  it('when there are more texts than one request takes, then they go in batches within the limits', async () => {
    const { embedder, fake } = await anEmbedder(provider);

    const vectors = await embedder.embed(
      Array.from({ length: 2_500 }, (_, at) => `text ${String(at)}`),
      'document',
    );

    expect(vectors).toHaveLength(2_500);
    expect(fake.batches.length).toBeGreaterThan(1);
  });

  it('when texts are empty or long, then the service still takes them', async () => {
    const { embedder } = await anEmbedder(provider);

    const vectors = await embedder.embed(
      ['', ...Array.from({ length: 3 }, () => 'word '.repeat(40_000))],
      'document',
    );

    expect(vectors).toHaveLength(4);
  });

  it('when the service is busy for a moment, then it is asked again', async () => {
    const { embedder, fake } = await anEmbedder(provider);
    fake.failNext(429, 503);

    await expect(embedder.embed(['a photo'], 'query')).resolves.toHaveLength(1);
  });

  it('when the key is wrong, then it is said at once and without the key', async () => {
    const { embedder } = await anEmbedder(provider, 'another-key');

    const failure = await embedder.embed(['a photo'], 'query').catch((error: unknown) => error);

    expect(failure).toMatchObject({ code: 'embedder.rejected' });
    expect(String(failure)).not.toContain('another-key');
  });
});

describe('given Voyage', () => {
  it('when a question is embedded, then the service knows that it is one', async () => {
    const { embedder, fake } = await anEmbedder('voyage');

    await embedder.embed(['a photo?'], 'query');
    await embedder.embed(['a photo'], 'document');

    expect(fake.uses).toEqual(['query', 'document']);
  });
});

describe('given the name of an embedder', () => {
  it('when it is none or not known, then there is none or the fix is named', () => {
    const options = { clock: createHurriedClock(), voyage: {}, openai: {} };

    expect(createEmbedder('none', options)).toBeUndefined();
    expect(() => createEmbedder('word2vec/x', options)).toThrow('is not voyage/<model>');
    expect(() => createEmbedder('voyage/voyage-4', options)).toThrow('VOYAGE_API_KEY');
  });
});
