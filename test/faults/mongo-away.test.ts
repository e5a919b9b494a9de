/**
 * The database goes away under a running bot and comes back on the same port.
 *
 * `npm run faults:away` leaves it away for 60 seconds, once gone and once hanging; here it is a few, and gone.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { effectsOf } from '../builders/company-effects.ts';
import { peopleFile } from '../builders/people-file.ts';
import { aFolder, eventually, removeFolder, runCommand, startBot } from '../builders/running-bot.ts';
import type { RunningBot } from '../builders/running-bot.ts';
import { createFakeMongo } from '../fakes/mongo/index.ts';
import type { FakeMongo } from '../fakes/mongo/index.ts';

const awaySeconds = Number(process.env['AWAY_SECONDS'] ?? 3);
const isLong = awaySeconds > 30;
const everyMs = 1_000;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe(`given a bot whose database is away for ${String(awaySeconds)} s`, () => {
  const dataDir = aFolder();
  let env: Readonly<Record<string, string>> = {};
  let mongo: FakeMongo;
  let bot: RunningBot;
  const started: RunningBot[] = [];
  beforeAll(async () => {
    mongo = await createFakeMongo();
    env = { MONGODB_URI: mongo.uri };
    writeFileSync(join(dataDir, 'people.yaml'), peopleFile().replace('engineering', 'finance'));
    bot = await startBot({ dataDir, cwd: dataDir, env });
    started.push(bot);
  }, 120_000);
  afterAll(async () => {
    for (const { kill9 } of started) await kill9();
    await mongo.close();
    removeFolder(dataDir);
  });

  const ways = [
    ['its process is gone', () => mongo.goDown(), () => mongo.comeBack()],
    // What was asked meanwhile is answered later, to whoever has given up by then.
    [
      'it hangs',
      () => {
        mongo.hang();
      },
      () => {
        mongo.goOn();
      },
    ],
  ] as const;
  it.each(ways.slice(0, isLong ? 2 : 1))(
    'when %s, then people get 503 or wait, nothing acknowledged is lost, and it goes on without a restart',
    async (name, leave, comeBack) => {
      const [ana, ben] = [bot.as('ana'), bot.as('ben')];
      const before = bot.output().length;
      const effectsBefore = effectsOf(dataDir, 'billing/credit').length;
      const ask = (id: string): ReturnType<typeof ana.say> =>
        ana.say('finance', 'credit Acme 3 dollars for the late delivery', { id: `${name} ${id}` });
      /** A refused message is sent again, as chat platforms do. */
      const askUntilTaken = async (id: string): Promise<string> => {
        const { body } = await eventually(async () => {
          const taken = await ask(id);
          return taken.status === 200 && taken.body.run !== undefined ? taken : undefined;
        });
        return String(body.run);
      };
      const first = await askUntilTaken('first');
      const approval = await ben.asked(first);

      await leave();
      const vote = ben.vote(approval, 'approve');
      const answers: Awaited<ReturnType<typeof ask>>[] = [];
      const began = performance.now();
      const ids: string[] = [];
      while (performance.now() - began < awaySeconds * 1_000) {
        ids.push(String(ids.length));
        answers.push(await ask(ids.at(-1) ?? ''));
        await pause(everyMs);
      }
      const ready = await fetch(`${bot.url}/readyz`);
      const since = (): string => bot.output().slice(before);
      await eventually(() => (since().includes('store.lost') ? true : undefined));
      await comeBack();

      // None may be taken for kept, and each is told that it is to be sent again.
      expect(answers.map(({ status }) => status)).toEqual(ids.map(() => 503));
      expect(ready.status).toBe(503);
      const voted = await vote;
      expect([200, 503]).toContain(voted.status);
      const runs = [first];
      for (const id of ids) runs.push(await askUntilTaken(id));
      if (voted.status === 503) expect([200, 409]).toContain((await ben.vote(approval, 'approve')).status);
      for (const run of runs.slice(1)) await ben.vote(await ben.asked(run), 'approve');
      for (const run of runs) await ana.until(run, 'done');

      process.stdout.write(
        `away, ${name}: ${String(ids.length)} messages refused and sent again, ${String(runs.length)} effects, ${/"awayMs":\d+/u.exec(since())?.[0] ?? ''}\n`,
      );
      expect(new Set(runs).size).toBe(ids.length + 1);
      expect(effectsOf(dataDir, 'billing/credit').length - effectsBefore).toBe(runs.length);
      expect(bot.process.exitCode).toBeNull();
      await eventually(() => (since().includes('store.regained') ? true : undefined));
      expect(since()).toMatch(/MongoDB: .*goes on by itself.*store\.lost/u);
      expect(since().match(/store\.lost/gu)).toHaveLength(1);
      expect((await runCommand(['audit', 'verify'], { dataDir, env })).output).toMatch(/^ok/u);
    },
    600_000,
  );
});
