/** A name that operators wrote in chat goes with the person, and not before. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../src/core/clock.ts';
import { createPeopleDesk, nothing } from '../../src/gate/people-desk.ts';
import type { DeskAnswer, PeopleDesk } from '../../src/gate/people-desk.ts';
import { parsePeople } from '../../src/people/parse-people.ts';
import { openLocalStore } from '../../src/stores/local/local-store.ts';
import { aFolder, removeFolder, runCommand } from '../builders/running-bot.ts';

describe('given somebody whom operators added in chat, and took away again', () => {
  const folder = aFolder();
  const name = 'Quagga Hippotragus';
  const named = parsePeople(
    'people:\n  ana: { name: Ana, slack: [T01/U1], roles: [operator] }\n',
    'people.yaml',
  );
  afterAll(() => {
    removeFolder(folder);
  });

  async function change(work: (desk: PeopleDesk) => Promise<DeskAnswer>): Promise<void> {
    const store = await openLocalStore({ folder, clock: systemClock });
    const desk = createPeopleDesk({
      ledger: store.ledger,
      clock: systemClock,
      named: () => named,
      tell: () => undefined,
      onChanged: () => undefined,
    });
    await desk.read();
    expect(await work(desk)).toMatchObject({ isDone: true });
    await store.close();
  }
  const [ana] = named.persons;
  const isThere = (): boolean =>
    readdirSync(folder).some((file) => readFileSync(join(folder, file)).includes(name));

  it('then the name stays while it is in use, and every byte of it goes afterwards', async () => {
    if (ana === undefined) throw new Error('There is an Ana.');
    await change((desk) => desk.add(ana, { ...nothing('eva'), name, roles: ['approver'] }));
    const early = await runCommand(['erase', '--person', 'eva', '--yes'], { dataDir: folder });
    expect(early.output).toContain('So there is nothing to erase.');
    expect(isThere()).toBe(true);

    await change((desk) => desk.remove(ana, 'eva'));
    const { code, output } = await runCommand(['erase', '--person', 'eva', '--yes'], { dataDir: folder });

    expect([code, output]).toEqual([0, expect.stringContaining('the name under which operators added')]);
    expect(isThere()).toBe(false);
    expect((await runCommand(['audit', 'verify'], { dataDir: folder })).output).toMatch(/^ok/u);
    // Whoever goes on from what is left still reads it.
    await change((desk) => desk.add(ana, { ...nothing('eva'), name: 'Eva', roles: [] }));
  }, 60_000);
});
