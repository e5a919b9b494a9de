/** `countersign memory list | forget`: for the operator at the machine. */
import { AppError } from '../core/errors.ts';
import { asMemoryId } from '../core/ids.ts';
import { operatorSight } from '../memory/sight.ts';
import { readSetup, say, sayTable } from './command-setup.ts';

export async function listMemories(options: {
  readonly workspace: string;
  readonly past: boolean;
  readonly limit: string;
  readonly json: boolean;
}): Promise<void> {
  const setup = readSetup();
  const limit = Math.min(10_000, Math.max(1, Number.parseInt(options.limit, 10) || 50));
  const found = await setup.withStore((store) =>
    store.memories.list(
      operatorSight(options.workspace),
      { limit, isWithPast: options.past },
      setup.clock.now().getTime(),
    ),
  );
  if (options.json) say(JSON.stringify(found, undefined, 2));
  else if (found.length === 0) say(`Nothing is remembered in ${options.workspace}.`);
  else
    sayTable(
      found.map((memory) => [
        memory.id,
        memory.kind,
        memory.channel,
        memory.author,
        new Date(memory.createdAt).toISOString(),
        memory.text.replaceAll('\n', ' '),
      ]),
    );
}

export async function forgetMemory(
  id: string,
  options: { readonly workspace: string; readonly yes: boolean },
): Promise<void> {
  await readSetup().withStore(async (store) => {
    const sight = operatorSight(options.workspace);
    const derived = await store.memories.findDerived(sight, asMemoryId(id));
    if (derived === undefined)
      throw new AppError('config.invalid', `There is no memory ${id} in ${options.workspace}.`);
    say(options.yes ? 'Forgotten for good:' : 'This would go for good:');
    for (const memory of derived.chain) say(`  ${memory.id}  ${memory.channel}  ${memory.text}`);
    say(`  its place in the index, and ${String(derived.vectors)} vectors`);
    if (options.yes) await store.memories.forget(sight, asMemoryId(id));
    else say('Add --yes to remove it. What was said in threads, and its record, stay.');
  });
}
