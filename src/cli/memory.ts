/** `countersign memory list | history | correct | forget | export`: for the operator at the machine. */
import { AppError } from '../core/errors.ts';
import { asActorId, asMemoryId, newMemoryId } from '../core/ids.ts';
import type { Memory } from '../memory/memory-row.ts';
import { fewestCharacters, mostCharacters } from '../memory/memories.ts';
import { operatorSight } from '../memory/sight.ts';
import { readSetup, say, sayTable } from './command-setup.ts';

const exportedAtOnce = 500;

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

/** What a memory was before, newest first. */
export async function showHistory(id: string, options: { readonly workspace: string }): Promise<void> {
  await readSetup().withStore(async (store) => {
    const sight = operatorSight(options.workspace);
    const derived = await store.memories.findDerived(sight, asMemoryId(id));
    if (derived === undefined)
      throw new AppError('config.invalid', `There is no memory ${id} in ${options.workspace}.`);
    sayTable(
      derived.chain.map((memory) => [
        memory.id,
        new Date(memory.createdAt).toISOString(),
        memory.author,
        memory.supersededBy === undefined ? 'stands' : `corrected by ${memory.supersededBy}`,
        memory.text.replaceAll('\n', ' '),
      ]),
    );
  });
}

export async function correctByHand(
  id: string,
  words: readonly string[],
  options: { readonly workspace: string; readonly by: string },
): Promise<void> {
  const setup = readSetup();
  const by = asActorId(options.by);
  const text = words.join(' ').trim();
  if (text.length < fewestCharacters || text.length > mostCharacters)
    throw new AppError(
      'config.invalid',
      `A memory has ${String(fewestCharacters)} to ${String(mostCharacters)} characters.`,
    );
  if (setup.people().findPerson(by) === undefined)
    throw new AppError('config.invalid', `--by: there is no person ${options.by} in people.yaml.`);
  await setup.withStore(async (store) => {
    const sight = operatorSight(options.workspace);
    let [old] = await store.memories.read(sight, [asMemoryId(id)]);
    while (old?.supersededBy !== undefined) [old] = await store.memories.read(sight, [old.supersededBy]);
    if (old === undefined)
      throw new AppError('config.invalid', `There is no memory ${id} in ${options.workspace}.`);
    if (old.held !== undefined)
      throw new AppError(
        'config.invalid',
        `${id} is held until somebody keeps it. Fix: keep or drop it in its thread, by \`/countersign memory held\`.`,
      );
    const at = setup.clock.now().getTime();
    // Nobody has vouched for the words that are written here.
    const { vouched: _othersWords, ...all } = old;
    const corrected: Memory = {
      ...all,
      ...{ id: newMemoryId(), text, author: by, createdAt: at, validFrom: at, supersedes: old.id },
    };
    await store.memories.save(sight, corrected);
    say(`${corrected.id} stands in the place of ${old.id}.`);
  });
}

/** Every memory of a workspace, a line of JSON each, newest first. */
export async function exportMemories(options: {
  readonly workspace: string;
  readonly past: boolean;
}): Promise<void> {
  const setup = readSetup();
  await setup.withStore(async (store) => {
    const now = setup.clock.now().getTime();
    let cursor: string | undefined;
    for (;;) {
      const found = await store.memories.list(
        operatorSight(options.workspace),
        { limit: exportedAtOnce, isWithPast: options.past, ...(cursor !== undefined && { cursor }) },
        now,
      );
      for (const memory of found) say(JSON.stringify(memory));
      cursor = found.at(-1)?.id;
      if (found.length < exportedAtOnce) return;
    }
  });
}
