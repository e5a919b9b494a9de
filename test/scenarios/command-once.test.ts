/** `/countersign …` sent to POST /messages with an id: carried out once, whatever becomes of the answer. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createMetrics } from '../../src/api/metrics.ts';
import { createHttpServer } from '../../src/api/server.ts';
import { systemClock } from '../../src/core/clock.ts';
import { asActorId } from '../../src/core/ids.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { aFolder, removeFolder } from '../builders/running-bot.ts';
import { aWorld } from '../builders/world.ts';
import type { World } from '../builders/world.ts';

interface Served {
  readonly world: World;
  send(by: string, text: string, more: object): Promise<{ status: number; code?: string; text?: string }>;
  close(): Promise<void>;
}

const folder = aFolder();
let served: Served;

async function serve(): Promise<Served> {
  const world = await aWorld({ folder });
  const { backend, mcp, routes } = world.app;
  const server = createHttpServer({
    ...{ backend, mcp, host: '127.0.0.1', port: 0, pagesDir: '', clock: systemClock },
    ...{ logger: silentLogger, metrics: createMetrics(), extraRoutes: routes },
  });
  const { url } = await server.start();
  await world.app.start();
  return {
    world,
    async send(by, text, more) {
      const response = await fetch(`${url}/api/v1/messages`, {
        method: 'POST',
        headers: { authorization: `Bearer demo-${by}`, 'content-type': 'application/json' },
        body: JSON.stringify({ channel: 'finance', text, ...more }),
      });
      // What comes back of a message, or of a problem; the test looks at the fields itself.
      const body = (await response.json()) as { code?: string; text?: string };
      return { status: response.status, ...body };
    },
    async close() {
      await server.stop();
      await world.close();
    },
  };
}

beforeAll(async () => {
  served = await serve();
});
afterAll(async () => {
  await served.close();
  removeFolder(folder);
});

describe('given a command that is sent with an id', () => {
  const make = '/countersign schedule "every weekday 9:00" daily-digest';
  const made = async (): Promise<readonly string[]> =>
    (await served.world.app.store.schedules.list()).map(({ name }) => name);

  it('when it comes again, at once or after a restart, then it is carried out once and answers the same', async () => {
    const first = await Promise.all([1, 2, 3].map(() => served.send('ana', make, { id: 'one' })));
    const names = await made();
    await served.close();
    served = await serve();
    const later = await served.send('ana', make, { id: 'one' });

    expect(names).toHaveLength(1);
    expect(await made()).toEqual(names);
    expect(later).toEqual({
      status: 200,
      text: expect.stringContaining(`schedule confirm ${String(names[0])}`),
    });
    for (const answer of first) expect(answer).toEqual(later);
    // Of somebody else it is another command, and so it is with another id.
    await served.send('ben', make, { id: 'one' });
    await served.send('ana', make, { id: 'two' });
    expect(await made()).toHaveLength(3);
  });

  it('when its process ended in the middle, then that is said and it is not carried out again', async () => {
    const before = await made();
    await served.world.app.store.chat.claimCommand('command/ana/cut-off', asActorId('ana'));

    const answer = await served.send('ana', make, { id: 'cut-off' });

    expect(answer).toMatchObject({ status: 409, code: 'command.begun' });
    expect(await made()).toEqual(before);
  });

  it('when it answers with a secret, then that is told once and lies nowhere', async () => {
    const first = await served.send('ana', '/countersign link', { id: 'secret' });
    const again = await served.send('ana', '/countersign link', { id: 'secret' });

    expect(first.text).toContain('/countersign link ');
    expect(again).toEqual({ status: 200, text: expect.stringContaining('carried out before') });
  });

  it('when files come with it, then it is carried out and says that it takes none', async () => {
    const { status, text } = await served.send('ana', '/countersign runs', { files: ['console/a'] });

    expect(status).toBe(200);
    expect(text).toContain('A command takes no files: what came with it was left out.');
  });
});
