/** Workflows of a few lines over the real app, and bots that are started and stopped over their runs. */
import { afterEach } from '@jest/globals';
import { z } from 'zod';
import { defineWorkflow } from '../../src/workflow-kit.ts';
import type { Workflow, WorkflowContext } from '../../src/workflow-kit.ts';
import type { MovedClock } from './moved-clock.ts';
import { aFolder, eventually, removeFolder } from './running-bot.ts';
import { aWorld } from './world.ts';
import type { World, WorldOptions } from './world.ts';

export const day = 24 * 3_600_000;

/** Started by `/errand`. */
export function aWorkflow(run: (ctx: WorkflowContext) => Promise<void>, name = 'errand'): Workflow {
  return defineWorkflow({ name, title: 'An errand', input: z.object({}), start: { command: true }, run });
}

export interface Bots {
  /** A bot that is at work; it ends with its test. */
  open(options: WorldOptions): Promise<World>;
  /** Ends it now: the next one on its folder goes on. */
  close(world: World): Promise<void>;
  /** Outlives bots, not its test. */
  aStoreFolder(): string;
}

export function someBots(): Bots {
  const folders: string[] = [];
  const worlds: World[] = [];
  afterEach(async () => {
    for (const world of worlds.splice(0)) await world.close();
    for (const folder of folders.splice(0)) removeFolder(folder);
  });
  return {
    async open(options) {
      const world = await aWorld(options);
      await world.app.start();
      worlds.push(world);
      return world;
    },
    async close(world) {
      worlds.splice(worlds.indexOf(world), 1);
      await world.close();
    },
    aStoreFolder() {
      const folder = aFolder();
      folders.push(folder);
      return folder;
    },
  };
}

/** Lets the time come at which somebody has to look, and looks. */
export async function later(world: World, clock: MovedClock, ms: number): Promise<void> {
  clock.advance(ms);
  await world.app.engine.sweep();
}

/** Resolves once nothing in this process holds the run any more. */
export async function atRest(world: World): Promise<void> {
  await eventually(() =>
    world.app.engine.active() === 0 && world.app.runs.count() === 0 ? true : undefined,
  );
}
