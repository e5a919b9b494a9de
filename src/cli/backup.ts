/** `countersign backup <file>` and `countersign restore [file]`. */
import { dirname, resolve } from 'node:path';
import { mkdirSync } from 'node:fs';
import { restoreStore } from '../open-store.ts';
import { beginEpoch } from '../runs/settle-epoch.ts';
import { readSetup, say } from './command-setup.ts';

export async function backUp(file: string): Promise<void> {
  const target = resolve(file);
  mkdirSync(dirname(target), { recursive: true });
  await readSetup().withStore(async (store) => {
    await store.backUp(target);
  });
  say(`${target} holds everything as of this moment. It is as secret as the store itself.`);
}

/** With a file, puts it in the store's place; without, says that it was put there by other means. */
export async function restore(file: string | undefined, options: { readonly as: string }): Promise<void> {
  const setup = readSetup();
  const { clock, config } = setup;
  if (file === undefined) {
    const done = await setup.withStore((store) => beginEpoch(store, clock, options.as));
    sayStopped(done);
    return;
  }
  const { kept, settled } = await restoreStore(config, clock, resolve(file), (store) =>
    beginEpoch(store, clock, options.as),
  );
  say(`${resolve(file)} is in place.`);
  if (kept !== undefined) say(`What was there before is kept as ${kept}.`);
  sayStopped(settled);
}

function sayStopped({ runs, messages }: { readonly runs: number; readonly messages: number }): void {
  say(
    `A new epoch has begun: ${String(runs)} runs that were under way are stopped and ${String(messages)} waiting messages are set aside, because they may have been dealt with after the backup.`,
  );
}
