import { afterEach, describe, expect, it } from '@jest/globals';
import { request } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { EventJson } from '../../../src/api/shapes.ts';
import { aRunJson, aWorld, problemIn } from './server-under-test.ts';
import type { World } from './server-under-test.ts';

let world: World | undefined;
const readers: ClientRequest[] = [];
afterEach(async () => {
  for (const reader of readers.splice(0)) reader.destroy();
  await world?.stop();
  world = undefined;
});

interface Reader {
  readonly answer: IncomingMessage;
  /** Resolves once the text contains this. */
  until(text: string): Promise<string>;
  readonly closed: Promise<void>;
}

function listen({ port }: World, as = 'ana'): Promise<Reader> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer token-${as}` };
    const sent = request(
      { host: '127.0.0.1', port, path: '/api/v1/events', headers, agent: false },
      (answer) => {
        let text = '';
        const waiting = new Set<() => void>();
        answer.on('data', (part: Buffer) => {
          text += part.toString('utf8');
          for (const look of waiting) look();
        });
        answer.on('error', () => undefined);
        resolve({
          answer,
          closed: new Promise((closed) => answer.once('close', closed)),
          until: (wanted) =>
            new Promise((found) => {
              const look = (): void => {
                if (!text.includes(wanted)) return;
                waiting.delete(look);
                found(text);
              };
              waiting.add(look);
              look();
            }),
        });
      },
    );
    sent.on('error', reject);
    sent.end();
    readers.push(sent);
  });
}

const send = ({ backend }: World, event: EventJson): void => {
  for (const subscriber of [...backend.subscribers]) subscriber(event);
};
const runEvent: EventJson = { event: 'run', data: aRunJson() };

describe('given a reader of events', () => {
  it('when something happens, then it arrives with its name, an id and its data', async () => {
    world = await aWorld();
    const reader = await listen(world);
    await reader.until(': connected');

    send(world, runEvent);
    send(world, {
      event: 'stream',
      data: { thread: 't', run: 'r', text: 'line\nbreak\r\n\r\nevent: fake', isDone: false },
    });

    const text = await reader.until('id: 2');
    const whole = await reader.until('"isDone":false}\n\n');
    expect(reader.answer.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(reader.answer.headers['x-content-type-options']).toBe('nosniff');
    expect(text).toContain(`id: 1\nevent: run\ndata: ${JSON.stringify(aRunJson())}\n\n`);
    expect(whole.match(/^event: /gmu)).toHaveLength(2);
  });

  it('when nothing happens, then a comment comes every 15 seconds', async () => {
    world = await aWorld();
    const reader = await listen(world);
    await reader.until(': connected');

    world.clock.advance(15_000);

    expect(await reader.until(': still here')).not.toContain('data:');
  });

  it('when the reader goes, then the subscription and the heartbeat end', async () => {
    world = await aWorld();
    const reader = await listen(world);
    await reader.until(': connected');
    expect(world.backend.subscribers.size).toBe(1);

    reader.answer.destroy();
    while (world.backend.subscribers.size > 0) await new Promise(setImmediate);

    expect(world.clock.pending).toBe(0);
  });

  it('when the person is removed, then the stream ends at the next heartbeat', async () => {
    world = await aWorld();
    const reader = await listen(world, 'dev');
    await reader.until(': connected');

    world.backend.removePerson('dev');
    world.clock.advance(15_000);

    await reader.closed;
    expect(world.backend.subscribers.size).toBe(0);
  });

  it('when it does not keep up, then it is cut off before much waits for it, and others go on', async () => {
    world = await aWorld({ limits: { eventBytes: 100_000 } });
    const slow = await listen(world);
    const quick = await listen(world, 'ben');
    await Promise.all([slow.until(': connected'), quick.until(': connected')]);
    slow.answer.pause();
    let events = 0;

    while (world.backend.subscribers.size > 1 && events < 5_000) {
      send(world, {
        event: 'stream',
        data: { thread: 't', run: 'r', text: 'x'.repeat(50_000), isDone: false },
      });
      events += 1;
      await new Promise(setImmediate);
    }

    expect(world.backend.subscribers.size).toBe(1);
    expect(world.logged).toContainEqual({
      event: 'event-stream.dropped',
      fields: expect.objectContaining({ person: 'ana' }),
    });
    send(world, runEvent);
    await quick.until('event: run');
    expect((await world.call('GET', '/metrics')).text).toContain('countersign_event_streams_dropped_total 1');
  });

  it('when one person opens very many streams, then further ones are refused', async () => {
    world = await aWorld();
    for (let i = 0; i < 50; i += 1) await listen(world);

    const refused = await world.call('GET', '/api/v1/events');

    expect(problemIn(refused)).toMatchObject({ status: 429, code: 'streams.too-many' });
    expect((await listen(world, 'ben')).answer.statusCode).toBe(200);
  });

  it('when nobody signed in, then there is no stream', async () => {
    world = await aWorld();

    expect((await world.call('GET', '/api/v1/events', { token: null })).status).toBe(401);
    expect(world.backend.subscribers.size).toBe(0);
  });

  it('when the server stops, then the stream ends at once', async () => {
    world = await aWorld();
    const reader = await listen(world);
    await reader.until(': connected');

    await world.stop();

    await reader.closed;
    expect(world.backend.subscribers.size).toBe(0);
    expect(world.clock.pending).toBe(0);
  });
});
