/** `countersign knowledge add | list | sync | search | remove`: documents that answers may be made of. */
import { resolve } from 'node:path';
import { embedMissing } from '../context/embed-missing.ts';
import { createKnowledge, isAddress } from '../context/knowledge.ts';
import type { KnowledgeSource, SyncResult } from '../context/knowledge.ts';
import { rankFound } from '../context/rank-found.ts';
import { itemOfPassage } from '../context/recall-item.ts';
import { AppError, describeError } from '../core/errors.ts';
import { groupBy } from '../core/group-by.ts';
import { asChannelId, asPassageId, libraryOf } from '../core/ids.ts';
import { guardrailsOf, redactorOf } from '../guardrails-setup.ts';
import { operatorSight } from '../memory/sight.ts';
import type { OperatorSight } from '../memory/sight.ts';
import { createEmbedder } from '../models/embedders.ts';
import type { Embedder } from '../models/embedder.ts';
import { readSetup, say, sayTable } from './command-setup.ts';
import type { CommandSetup, Store } from './command-setup.ts';

const shownDocuments = 20;

export async function addKnowledge(
  root: string,
  options: { readonly workspace: string; readonly channel?: string; readonly trust: boolean },
): Promise<void> {
  const setup = readSetup();
  const channel = options.channel === undefined ? libraryOf(options.workspace) : asChannelId(options.channel);
  const source = { root, channel, isTrusted: options.trust };
  await setup.withStore(async (store) => {
    const sight = operatorSight(options.workspace);
    const result = await sync(setup, store, sight, source);
    if (result.added + result.changed + result.unchanged === 0)
      throw new AppError('config.invalid', `${root}: nothing there can be read. ${result.refused.join(' ')}`);
    if (!options.trust)
      say(
        'Nobody vouches for it: runs that read it ask before they change anything. --trust says that you do.',
      );
    await makeVectors(setup, store, sight);
  });
}

export async function syncKnowledge(options: { readonly workspace: string }): Promise<void> {
  const setup = readSetup();
  await setup.withStore(async (store) => {
    const sight = operatorSight(options.workspace);
    const redact = redactorOf(setup.config);
    const known = createKnowledge({ store: store.passages, clock: setup.clock, redact });
    const sources = await known.listSources(sight);
    if (sources.length === 0) say(`No knowledge was added to ${options.workspace} yet.`);
    for (const source of sources) await sync(setup, store, sight, source);
    await makeVectors(setup, store, sight);
  });
}

export async function listKnowledge(options: { readonly workspace: string }): Promise<void> {
  const setup = readSetup();
  const documents = await setup.withStore((store) =>
    store.passages.listDocuments(operatorSight(options.workspace)),
  );
  if (documents.length === 0) say(`No knowledge was added to ${options.workspace} yet.`);
  sayTable(
    [...groupBy(documents, ({ root }) => root)].map(([root, all]) => [
      `${String(all.length)} documents`,
      all[0]?.channel ?? '',
      all[0]?.isTrusted === true ? 'vouched for' : 'nobody vouches',
      new Date(Math.max(...all.map(({ syncedAt }) => syncedAt))).toISOString(),
      root,
    ]),
  );
}

/** Of a source all documents, with everything that was made from them; shown first. */
export async function removeKnowledge(
  given: string,
  options: { readonly workspace: string; readonly yes: boolean },
): Promise<void> {
  await readSetup().withStore(async (store) => {
    const sight = operatorSight(options.workspace);
    const root = isAddress(given) ? given : resolve(given);
    const found = (await store.passages.listDocuments(sight))
      .filter((document) => document.root === root || document.root === given)
      .map(({ source }) => source);
    if (found.length === 0)
      throw new AppError(
        'config.invalid',
        `${given} was not added to ${options.workspace}. Fix: \`knowledge list\` names what was.`,
      );
    if (options.yes) await store.passages.removeDocuments(sight, found);
    for (const source of found.slice(0, shownDocuments)) say(`  ${source}`);
    if (found.length > shownDocuments) say(`  … and ${String(found.length - shownDocuments)} more`);
    say(
      options.yes
        ? `${String(found.length)} documents are forgotten, with every passage and vector made of them.`
        : `${String(found.length)} documents would go, with every passage and vector made of them. Add --yes to remove them; the files themselves stay.`,
    );
  });
}

export async function searchKnowledge(
  words: readonly string[],
  options: { readonly workspace: string; readonly limit: string },
): Promise<void> {
  const setup = readSetup();
  const text = words.join(' ');
  const limit = Math.min(50, Math.max(1, Number.parseInt(options.limit, 10) || 5));
  await setup.withStore(async (store) => {
    const sight = operatorSight(options.workspace);
    const embedder = embedderOf(setup);
    const [values] =
      (await embedder?.embed([text], 'query').catch((error: unknown) => {
        say(`By words alone: ${describeError(error)}`);
        return undefined;
      })) ?? [];
    const vector =
      embedder === undefined || values === undefined ? undefined : { model: embedder.name, values };
    const found = await store.passages.search(sight, {
      text,
      limit: 60,
      ...(vector !== undefined && { vector }),
    });
    const byId = new Map([...found.byText, ...found.byVector].map((passage) => [passage.id, passage]));
    const nothing = { byText: [], byVector: [], likeness: [] };
    const ranked = rankFound(text, nothing, found).flatMap(({ id }) => byId.get(asPassageId(id)) ?? []);
    if (ranked.length === 0) say('No passage speaks of that.');
    for (const passage of ranked.slice(0, limit)) {
      const { source, link = '' } = itemOfPassage(passage);
      say(`${source}  (${link}, ${passage.channel})`);
      say(`  ${passage.text.replace(/\s+/gu, ' ').slice(0, 300)}`);
    }
  });
}

async function sync(
  setup: CommandSetup,
  store: Store,
  sight: OperatorSight,
  source: KnowledgeSource,
): Promise<SyncResult> {
  const { whyClosed } = guardrailsOf(setup.config);
  const redact = redactorOf(setup.config);
  const knowledge = createKnowledge({ store: store.passages, clock: setup.clock, redact, whyClosed });
  const bar = createBar();
  const result = await knowledge.sync(sight, source, ({ done, of }) => {
    bar.show(`${progressBar(done, of)} ${String(done)} of ${String(of)} files`);
  });
  bar.end();
  const { added, changed, unchanged, removed, passages, refused } = result;
  say(
    `${source.root}: ${String(added)} added, ${String(changed)} changed, ${String(unchanged)} unchanged, ${String(removed)} removed; ${String(passages)} passages taken in, for ${source.channel}.`,
  );
  for (const why of refused) say(`  left out: ${why}`);
  return result;
}

/** Of all that the workspace holds, its memories too. */
async function makeVectors(setup: CommandSetup, store: Store, sight: OperatorSight): Promise<void> {
  const embedder = embedderOf(setup);
  if (embedder === undefined) return;
  const bar = createBar();
  const { made, refused } = await embedMissing(store, embedder, sight, (count) => {
    bar.show(`${String(count)} vectors by ${embedder.name}`);
  })
    .catch((cause: unknown) => {
      throw new AppError(
        'embedder.unavailable',
        `What was taken in is found by its words; its vectors are not all made. ${describeError(cause)} Fix: \`knowledge sync\` goes on, and so does the bot at its next start.`,
        { cause },
      );
    })
    .finally(() => {
      bar.end();
    });
  if (made > 0) say(`${String(made)} vectors made by ${embedder.name}.`);
  if (refused > 0)
    say(`${embedder.name} refuses ${String(refused)} texts: they are found by their words alone.`);
}

function embedderOf({ config, clock }: CommandSetup): Embedder | undefined {
  return createEmbedder(config.embedder, { clock, voyage: config.voyage, openai: config.openai });
}

function progressBar(done: number, of: number): string {
  const width = 24;
  const filled = of === 0 ? width : Math.round((done / of) * width);
  return `[${'#'.repeat(filled)}${' '.repeat(width - filled)}]`;
}

/** One line that is written over; nothing at all when nobody watches a terminal. */
function createBar(): { show(line: string): void; end(): void } {
  const { stderr } = process;
  return {
    show(line) {
      if (stderr.isTTY) stderr.write(`\r\u001b[2K${line}`);
    },
    end() {
      if (stderr.isTTY) stderr.write('\r\u001b[2K');
    },
  };
}
