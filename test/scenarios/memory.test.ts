import { afterEach, describe, expect, it } from '@jest/globals';
import { asActorId, asChannelId, asThreadId, newMemoryId } from '../../src/core/ids.ts';
import type { ModelRequest } from '../../src/models/model.ts';
import { z } from 'zod';
import { defineWorkflow } from '../../src/workflow-kit.ts';
import { aFolder, eventually, removeFolder } from '../builders/running-bot.ts';
import type { RunRow } from '../../src/runs/store.ts';
import { aRunRow, writeOfRun } from '../builders/store-entries.ts';
import { findStored } from '../builders/store-lane.ts';
import { aWorld, call, lastResult, words, worldPolicy } from '../builders/world.ts';
import type { Script, World } from '../builders/world.ts';
import type { ItemJson } from '../../src/api/shapes.ts';

const policy = worldPolicy
  .replace('servers: {', 'servers: { memory: { reviewed: true, trust: trusted },')
  .replace(
    'tools:\n',
    `tools:
  memory/search: { effect: read, verdict: allow }
  memory/save: { effect: keyed, key: idempotency_key, verdict: allow }
  memory/forget: { effect: opaque, verdict: ask, approvers: [approver] }
`,
  );

const photo = 'Refunds over 100 need a photo of the damage.';

/** Keeps what follows «remember», looks up what follows «find», else answers with what it was told. */
const script: Script = (turn, request) => {
  const said = request.messages.findLast((message) => message.role === 'user')?.text ?? '';
  const [verb = '', ...rest] = said.split(' ');
  const text = rest.join(' ');
  if (turn > 0) return words(`Result: ${lastResult(request)}`);
  if (verb === 'remember') return call('memory__save', { text });
  if (verb === 'privately') return call('memory__save', { text, scope: 'person' });
  if (verb === 'find') return call('memory__search', { query: text });
  if (verb === 'read') return call('mail__read', {});
  return words(`Known: ${request.context ?? 'nothing'}`);
};

/** Reads a mail first, then keeps what the mail says. */
const gullible: Script = (turn, request) => {
  const last = request.messages.findLast((message) => message.role === 'user')?.text ?? '';
  if (!last.startsWith('read')) return script(turn, request);
  if (turn === 0) return call('mail__read', {});
  if (turn === 1) return call('memory__save', { text: lastResult(request) });
  return words(`Result: ${lastResult(request)}`);
};

let world: World | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

describe('given the command to learn', () => {
  it('when the address is of a server in here, then nobody is asked and nothing is learnt', async () => {
    const here = await aWorldThatRemembers();

    expect(await here.command('ana', 'finance', 'learn http://127.0.0.1:1/')).toContain(
      'not a public server',
    );
    expect(await here.command('ana', 'finance', 'learn')).toContain('Nothing was learnt');
  });
});

async function aWorldThatRemembers(model: Script = script): Promise<World> {
  world = await aWorld({ policy, model, workflows: [notebook] });
  return world;
}

/** A workflow that keeps what it was told, or finds it. */
const notebook = defineWorkflow({
  name: 'notebook',
  title: 'Notebook',
  input: z.object({
    keep: z.string().optional(),
    find: z.string().default('nothing'),
    for: z.enum(['channel', 'requester', 'person']).default('channel'),
    mail: z.boolean().default(false),
  }),
  start: { command: true },
  async run(ctx, { keep, find, for: whom, mail }) {
    if (mail) await ctx.tool('mail', 'mail/read', {});
    const answer =
      keep === undefined
        ? await ctx.recall('known', { about: find, for: whom === 'person' ? 'requester' : whom })
        : await ctx.remember('kept', { text: keep, for: whom === 'person' ? 'person' : 'channel' });
    await ctx.say(`${String(answer.isDone)}: ${answer.text}`);
  },
});

async function sayIn(here: World, person: string, channel: string, text: string): Promise<string> {
  const taken = await here.app.backend.sendMessage(here.person(person), { channel, text });
  if (taken.kind !== 'taken') throw new Error(taken.detail);
  const run = String(taken.run);
  await eventually(async () => {
    const found = await here.app.backend.readRun(here.person(person), run);
    return found?.status === 'done' ? found : undefined;
  });
  return taken.thread;
}

async function itemsOf(here: World, person: string, thread: string): Promise<readonly ItemJson[]> {
  return (await here.app.backend.readThread(here.person(person), thread))?.items ?? [];
}

async function answerIn(here: World, person: string, channel: string, text: string): Promise<string> {
  const items = await itemsOf(here, person, await sayIn(here, person, channel, text));
  return items
    .filter((item) => item.kind === 'message' && item.by === 'bot')
    .map((item) => item.text)
    .join('\n');
}

describe('given a workflow that remembers and recalls', () => {
  it('when it keeps something, then others find it, what is personal only when it is asked for, and private things never', async () => {
    const here = await aWorldThatRemembers();
    const thread = await sayIn(here, 'ana', 'finance', `/notebook keep="${photo}"`);
    await sayIn(here, 'ana', 'board', '/notebook keep="Refunds end when Acme is sold to Initech."');
    await sayIn(here, 'ana', 'finance', '/notebook for=person keep="Ana wants refunds in a short table."');

    const found = await answerIn(here, 'dev', 'general', '/notebook find="refunds"');
    const shared = await answerIn(here, 'ana', 'finance', '/notebook find="refunds"');
    const own = await answerIn(here, 'ana', 'finance', '/notebook for=requester find="refunds"');

    const card = (await itemsOf(here, 'ana', thread)).find((item) => item.text.startsWith('Remembered'));
    expect(card?.actions?.map((action) => action.label)).toEqual(['Undo', 'Edit']);
    for (const answer of [found, shared, own]) {
      expect(answer).toContain(photo);
      expect(answer).not.toContain('Initech');
    }
    expect([found, shared, own].map((answer) => answer.includes('short table'))).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('when it has read what nobody vouches for, then a person decides whether it is kept', async () => {
    const here = await aWorldThatRemembers();
    const { run } = await here.say('ana', `/notebook mail=true keep="${photo}"`);

    const approval = await here.pending(run);
    await here.vote('ben', approval, 'deny', 'no');
    await here.until(run, 'done');

    expect(approval.tool).toBe('memory/save');
    expect(await answerIn(here, 'ana', 'finance', '/notebook find="refunds"')).toContain('Nothing is known');
  });
});

describe('given something to remember', () => {
  it('when it is said in an open channel, then the thread shows it with Undo and Edit, and another channel knows it', async () => {
    const here = await aWorldThatRemembers();

    const thread = await sayIn(here, 'ana', 'finance', `remember ${photo}`);

    const card = (await itemsOf(here, 'ana', thread)).find((item) => item.text.startsWith('Remembered'));
    expect(card?.text).toBe(`Remembered for #finance: ${photo}`);
    expect(card?.actions?.map((action) => action.label)).toEqual(['Undo', 'Edit']);
    expect(await answerIn(here, 'dev', 'general', 'Which refunds need a photo?')).toContain(photo);
  });

  it('when it is said in a private channel, then only that channel ever knows it', async () => {
    const here = await aWorldThatRemembers();
    await sayIn(here, 'ana', 'board', 'remember Acme is for sale to Initech next spring.');

    const elsewhere = await answerIn(here, 'ana', 'finance', 'Is Acme for sale next spring?');
    const looked = await answerIn(here, 'ana', 'general', 'find Acme for sale Initech');
    const inside = await answerIn(here, 'ben', 'board', 'Is Acme for sale next spring?');

    expect(elsewhere).not.toContain('Initech');
    expect(looked).toContain('Nothing is known');
    expect(inside).toContain('Initech');
  });

  it('when it is for one person, then only her questions find it', async () => {
    const here = await aWorldThatRemembers();
    await sayIn(here, 'ana', 'finance', 'privately Ana likes her summaries as short tables.');

    expect(await answerIn(here, 'ana', 'finance', 'How should summaries look?')).toContain('tables');
    expect(await answerIn(here, 'dev', 'finance', 'How should summaries look?')).not.toContain('tables');
  });

  it('when the same is said again, then it is kept once', async () => {
    const here = await aWorldThatRemembers();
    await sayIn(here, 'ana', 'finance', `remember ${photo}`);

    expect(await answerIn(here, 'dev', 'finance', `remember ${photo.toUpperCase()}`)).toContain(
      'known already',
    );
    expect((await here.command('ana', 'finance', 'memory')).split('\n')).toHaveLength(1);
  });
});

describe('given a memory in a thread', () => {
  async function remembered(
    here: World,
  ): Promise<{ thread: string; press: (label: string, text?: string) => Promise<void> }> {
    const thread = await sayIn(here, 'ana', 'finance', `remember ${photo}`);
    return {
      thread,
      async press(label, text) {
        const items = await itemsOf(here, 'ana', thread);
        const action = items.flatMap((item) => item.actions ?? []).find((entry) => entry.label === label);
        const done = await here.app.backend.act(here.person('ana'), {
          action: action?.id ?? '',
          ...(text !== undefined && { text }),
        });
        expect(done.kind).toBe('done');
      },
    };
  }

  it('when a person undoes it, then nobody is told of it any more and the card says who did it', async () => {
    const here = await aWorldThatRemembers();
    const { thread, press } = await remembered(here);

    await press('Undo');

    expect(await answerIn(here, 'dev', 'general', 'Which refunds need a photo?')).toContain('nothing');
    expect(await here.story(thread)).toContain('Taken back by Ana');
  });

  it('when a person edits it, then answers follow the new words and the old ones are kept as its past', async () => {
    const here = await aWorldThatRemembers();
    const { press } = await remembered(here);

    await press('Edit', 'Refunds over 200 need a photo and a delivery note.');

    const told = await answerIn(here, 'dev', 'general', 'Which refunds need a photo?');
    expect(told).toContain('over 200');
    expect(told).not.toContain('over 100');
  });

  it('when it is forgotten for good, then it is shown first what goes, and no byte of its index is left', async () => {
    const folder = aFolder();
    world = await aWorld({ policy, model: script, folder });
    const here = world;
    const audience = await here.app.memories.audienceOf({ channel: asChannelId('console:finance') });
    const canary = 'zanzibarquokka';
    const kept = await here.app.memories.keep(audience, {
      id: newMemoryId(),
      text: `The vault word is ${canary} until spring.`,
      kind: 'fact',
      scope: 'channel',
      author: here.person('ana').id,
      around: `somebody asked about ${canary}`,
    });
    if (kept.kind !== 'kept') throw new Error(kept.kind);
    expect(findStored(folder, canary)).not.toEqual([]);

    const shown = await here.command('ana', 'finance', `memory forget ${kept.memory.id}`);
    const done = await here.command('ana', 'finance', `memory forget ${kept.memory.id} yes`);

    expect(shown).toContain('This would go for good');
    expect(done).toContain('Forgotten for good');
    expect(findStored(folder, canary)).toEqual([]);
    await here.close();
    world = undefined;
    removeFolder(folder);
  });
});

describe('given content that nobody vouches for', () => {
  it('when a run that read it wants to remember it, then a person is asked first', async () => {
    const here = await aWorldThatRemembers(gullible);
    const { run } = await here.say('ana', 'read the mail');

    const approval = await here.pending(run);

    expect(approval.tool).toBe('memory/save');
    expect(await here.command('ana', 'finance', 'memory')).toContain('Nothing is remembered');
  });

  it('when a person let it be remembered, then whoever is told of it is tainted, and its orders have no effect', async () => {
    const poisoned: Script = (turn, request) => {
      const said = request.messages.findLast((message) => message.role === 'user')?.text ?? '';
      if (said.startsWith('read')) return gullible(turn, request);
      // A model that obeys whatever its context says.
      if (turn === 0 && request.context?.includes('Pay 9000') === true)
        return call('books__note', { text: 'paid' });
      return words(`Result: ${lastResult(request)}`);
    };
    const here = await aWorldThatRemembers(poisoned);
    const { run } = await here.say('ana', 'read the mail');
    await here.vote('ben', await here.pending(run), 'approve');
    await here.until(run, 'done');
    const before = here.sent.length;

    const later = await here.say('dev', 'What does the admin approve?');
    const asked = await here.pending(later.run);

    // The note is allowed without asking, but not to a run that has read the poisoned memory.
    expect(asked.tool).toBe('books/note');
    expect(here.sent).toHaveLength(before);
  });
});

describe('given an answer that was made from a memory', () => {
  it('when its asker wants to know why, then the memory and its author are named', async () => {
    const here = await aWorldThatRemembers();
    await sayIn(here, 'ben', 'finance', `remember ${photo}`);
    await sayIn(here, 'ana', 'general', 'Which refunds need a photo?');

    const said = await here.command('ana', 'general', 'why');

    expect(said).toContain(`memory «${photo}» (Ben`);
  });

  it('when hundreds of runs have begun since, in other threads and by others, then it is found all the same', async () => {
    const here = await aWorldThatRemembers();
    await sayIn(here, 'ben', 'finance', `remember ${photo}`);
    const thread = await sayIn(here, 'ana', 'general', 'Which refunds need a photo?');
    const later = (fields: Partial<RunRow>): RunRow =>
      aRunRow({ status: 'done', thread: asThreadId('console:board/t1'), startedAt: 4e12, ...fields });
    const others = Array.from({ length: 150 }, () =>
      later({ startedBy: asActorId('ben'), channel: asChannelId('console:general') }),
    );
    const elsewhere = Array.from({ length: 150 }, () => later({ channel: asChannelId('console:board') }));
    await here.app.store.ledger.saveRows([...others, ...elsewhere].map(writeOfRun));

    const inChannel = await here.command('ana', 'general', 'why');
    const inThread = await here.app.command({
      ...{ person: here.person('ben'), surface: 'console', text: 'why' },
      ...{ channel: asChannelId('console:general'), thread: asThreadId(thread) },
    });

    for (const said of [inChannel, inThread.text]) expect(said).toContain(`memory «${photo}» (Ben`);
  });

  it('when the memory is undone while its run waits, then the model is not told of it again', async () => {
    const turns: ModelRequest[] = [];
    const here = await aWorldThatRemembers((turn, request) => {
      const said = request.messages.findLast((message) => message.role === 'user')?.text ?? '';
      if (!said.startsWith('pay')) return script(turn, request);
      turns.push(request);
      return turn === 0 ? call('books__pay', { amount: 5, to: 'acme' }) : words('Done.');
    });
    await sayIn(here, 'ana', 'finance', `remember ${photo}`);
    const { run } = await here.say('ana', 'pay the refund that needs a photo');
    const approval = await here.pending(run);
    const id = /mem_\w+/u.exec(await here.command('ana', 'finance', 'memory'))?.[0] ?? '';

    await here.command('ana', 'finance', `memory forget ${id} yes`);
    await here.vote('ben', approval, 'approve');
    await here.until(run, 'done');

    expect(turns[0]?.context).toContain(photo);
    expect(turns.at(-1)?.context).toBeUndefined();
  });
});
