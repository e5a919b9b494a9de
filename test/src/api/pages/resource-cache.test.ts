import { describe, expect, it } from '@jest/globals';
import type { Answer, Client } from '../../../../src/api/pages/client.ts';
import { createResourceCache } from '../../../../src/api/pages/resource-cache.ts';
import type { List, Resource } from '../../../../src/api/pages/resources.ts';

interface Asked {
  readonly path: string;
  answer(answer: Answer<unknown>): Promise<void>;
}

/** A client whose answers the test gives, one by one. */
function aClient() {
  const asked: Asked[] = [];
  const client: Client = {
    token: 't',
    get: <T>(path: string) =>
      new Promise<Answer<T>>((resolve) => {
        asked.push({
          path,
          async answer(answer) {
            // The test answers with what the resource it asked for holds.
            resolve(answer as Answer<T>);
            await new Promise(setImmediate);
          },
        });
      }),
    post: () => Promise.reject(new Error('Nothing is sent here.')),
    postFile: () => Promise.reject(new Error('No file is sent here.')),
    openEvents: () => Promise.reject(new Error('Nothing is followed here.')),
  };
  return { client, asked };
}

const numbers: Resource<List<number>> = { path: '/numbers' };
const found = (items: readonly number[], next?: string): Answer<unknown> => ({
  kind: 'ok',
  value: next === undefined ? { items } : { items, next },
});
const refused = (status: number): Answer<unknown> => ({
  kind: 'problem',
  problem: { status, code: 'x', detail: 'No.' },
});

function theOnly(asked: readonly Asked[], index: number): Asked {
  const one = asked[index];
  if (one === undefined) throw new Error(`Nothing was asked at ${String(index)}.`);
  return one;
}

describe('given a resource that is being read', () => {
  it('when something happens to it before the answer comes, then it is read once more', async () => {
    const { client, asked } = aClient();
    const cache = createResourceCache(client);
    cache.watch(numbers, () => undefined);
    cache.change(numbers, (shown) => shown);

    await theOnly(asked, 0).answer(found([1]));
    await theOnly(asked, 1).answer(found([1, 2]));

    expect(cache.peek(numbers).value?.items).toEqual([1, 2]);
    expect(asked).toHaveLength(2);
  });
});

describe('given a resource on screen', () => {
  it('when an old reading answers after a newer one, then the newer stays', async () => {
    const { client, asked } = aClient();
    const cache = createResourceCache(client);
    cache.watch(numbers, () => undefined);
    void cache.load(numbers);

    await theOnly(asked, 1).answer(found([2]));
    await theOnly(asked, 0).answer(found([1]));

    expect(cache.peek(numbers).value?.items).toEqual([2]);
  });

  it('when the server does not answer, then what was read stays beside the problem', async () => {
    const { client, asked } = aClient();
    const cache = createResourceCache(client);
    void cache.load(numbers);
    await theOnly(asked, 0).answer(found([1]));
    void cache.load(numbers);

    await theOnly(asked, 1).answer(refused(0));

    expect(cache.peek(numbers)).toMatchObject({ value: { items: [1] }, problem: { detail: 'No.' } });
  });

  it('when it is refused, then what was read is gone', async () => {
    const { client, asked } = aClient();
    const cache = createResourceCache(client);
    void cache.load(numbers);
    await theOnly(asked, 0).answer(found([1]));
    void cache.load(numbers);

    await theOnly(asked, 1).answer(refused(404));

    expect(cache.peek(numbers).value).toBeUndefined();
  });

  it('when a list was read to its second page, then reading again keeps its length', async () => {
    const { client, asked } = aClient();
    const cache = createResourceCache(client);
    void cache.load(numbers);
    await theOnly(asked, 0).answer(found([1, 2], 'b'));
    void cache.loadMore(numbers);
    await theOnly(asked, 1).answer(found([3, 4], 'c'));
    void cache.load(numbers);

    await theOnly(asked, 2).answer(found([0, 1], 'b'));
    await theOnly(asked, 3).answer(found([2, 3], 'c'));

    expect(asked.map(({ path }) => path)).toEqual([
      '/numbers',
      '/numbers?cursor=b',
      '/numbers',
      '/numbers?cursor=b',
    ]);
    expect(cache.peek(numbers).value).toEqual({ items: [0, 1, 2, 3], next: 'c' });
  });

  it('when the person changes, then only what is on screen is shown until it is read again', async () => {
    const { client, asked } = aClient();
    const cache = createResourceCache(client);
    const hidden: Resource<List<number>> = { path: '/hidden' };
    cache.watch(numbers, () => undefined);
    void cache.load(hidden);
    await theOnly(asked, 0).answer(found([1]));
    await theOnly(asked, 1).answer(found([9]));

    const next = cache.handOver(client);

    expect(next.peek(numbers).value?.items).toEqual([1]);
    expect(next.peek(hidden).value).toBeUndefined();
  });
});
