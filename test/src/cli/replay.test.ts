/** `countersign runs replay`, as an operator types it before a deploy. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../../src/core/clock.ts';
import { openLocalStore } from '../../../src/stores/local/local-store.ts';
import { aWorkflow } from '../../builders/errands.ts';
import { runCommand } from '../../builders/run-command.ts';
import { aFolder, removeFolder } from '../../builders/running-bot.ts';
import { aWorld } from '../../builders/world.ts';

const folder = aFolder();
afterAll(() => {
  removeFolder(folder);
});

describe('given runs that are recorded', () => {
  it("when they are replayed by the command, then it tells what today's code meets, writes nothing and starts no server", async () => {
    const data = join(folder, 'data');
    const marker = join(folder, 'was-started');
    mkdirSync(data);
    writeFileSync(
      join(folder, 'mcp.json'),
      JSON.stringify({ mcpServers: { books: { command: 'touch', args: [marker] } } }),
    );
    const world = await aWorld({ folder: data, workflows: [aWorkflow((ctx) => ctx.say('Gone.'))] });
    await world.app.start();
    const waits = await world.say('ana', 'pay acme');
    await world.pending(waits.run);
    const gone = await world.say('ana', '/errand');
    await world.until(gone.run, 'done');
    await world.close();
    const stored = async (): Promise<string> => {
      const store = await openLocalStore({ folder: data, clock: systemClock });
      const kept: unknown[] = [];
      for await (const commits of store.ledger.readAll()) kept.push(commits);
      kept.push(await store.runs.list({ limit: 50 }), await store.runs.listApprovals({ limit: 50 }));
      await store.close();
      return JSON.stringify(kept);
    };
    const before = await stored();

    const same = await runCommand(folder, ['runs', 'replay', waits.run]);
    const unknown = await runCommand(folder, ['runs', 'replay', gone.run]);
    const none = await runCommand(folder, ['runs', 'replay', 'run_none']);

    expect(same).toEqual({
      code: 0,
      output: expect.stringContaining("waiting: today's code waits where the run waits"),
    });
    expect([unknown.code, unknown.output]).toEqual([
      1,
      expect.stringContaining('No workflow is named errand today'),
    ]);
    expect([none.code, none.output]).toEqual([1, expect.stringContaining('There is no run run_none')]);
    expect(await stored()).toBe(before);
    expect(existsSync(marker)).toBe(false);
  }, 90_000);
});
