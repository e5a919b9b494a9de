import { mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { embedMissing } from '../../../src/context/embed-missing.ts';
import { DocumentGone } from '../../../src/context/fetch-public.ts';
import { createKnowledge } from '../../../src/context/knowledge.ts';
import type { Knowledge, SyncResult } from '../../../src/context/knowledge.ts';
import { AppError } from '../../../src/core/errors.ts';
import { asChannelId, libraryOf } from '../../../src/core/ids.ts';
import { operatorSight } from '../../../src/memory/sight.ts';
import type { Embedder } from '../../../src/models/embedder.ts';
import { createEmbedder } from '../../../src/models/embedders.ts';
import { createKnowledgeDesk } from '../../../src/knowledge-desk.ts';
import { openLocalStore } from '../../../src/stores/local/local-store.ts';
import type { LocalStore } from '../../../src/stores/local/local-store.ts';
import { aPdf } from '../../builders/a-pdf.ts';
import { aManualClock } from '../../builders/manual-clock.ts';
import { aFolder, removeFolder } from '../../builders/running-bot.ts';
import { fakeKey, serveEmbeddings } from '../../fakes/embeddings/index.ts';

const sight = operatorSight('console');
const clock = aManualClock();
let folder = '';
let data = '';
let store: LocalStore;
let knowledge: Knowledge;

beforeEach(async () => {
  folder = aFolder();
  data = aFolder();
  store = await openLocalStore({ folder: data, clock });
  knowledge = createKnowledge({ store: store.passages, clock, redact: (text) => text });
});

afterEach(async () => {
  await store.close();
  removeFolder(folder);
  removeFolder(data);
});

function write(name: string, text: string): void {
  mkdirSync(join(folder, name, '..'), { recursive: true });
  writeFileSync(join(folder, name), text);
}

function sync(): Promise<SyncResult> {
  const source = { root: folder, channel: libraryOf('console'), isTrusted: false };
  return knowledge.sync(sight, source, () => undefined);
}

async function find(text: string): Promise<readonly string[]> {
  const { byText } = await store.passages.search(sight, { text, limit: 5 });
  return byText.map((passage) => `${passage.title} › ${passage.heading}: ${passage.text}`);
}

const handbook = `# Handbook

## Refunds

### Photos

Damaged goods need a photo before they are refunded.

## Holidays

Everybody has thirty days.
`;

describe('given a folder of documents', () => {
  it('when it is taken in, then passages are found by other forms of their words, under their headings', async () => {
    write('handbook.md', handbook);
    write('stock.csv', 'product,shelf\nlamp,A3\nchair,B7\n');
    write(
      'site/terms.html',
      '<title>Terms</title><nav>Refund menu</nav><h2>Delivery</h2><p>We ship on Mondays.</p>',
    );

    const result = await sync();

    expect(result).toMatchObject({ added: 3, removed: 0, refused: [] });
    expect((await find('refunding damage'))[0]).toBe(
      'Handbook › Refunds › Photos: Damaged goods need a photo before they are refunded.',
    );
    expect((await find('where is the chair'))[0]).toContain('product: chair; shelf: B7');
    expect((await find('shipping'))[0]).toBe('Terms › Delivery: We ship on Mondays.');
    expect(await find('menu')).toEqual([]);
  });

  it('when a file changes, then only it is taken in again, and nothing of its old text is found', async () => {
    write('handbook.md', handbook);
    write('other.md', 'Lamps are on shelf three.');
    await sync();
    write('handbook.md', handbook.replace('thirty', 'forty'));

    const result = await sync();

    expect(result).toMatchObject({ added: 0, changed: 1, unchanged: 1 });
    expect(await find('thirty')).toEqual([]);
    expect((await find('forty days'))[0]).toContain('forty days');
  });

  it('when a file is gone, then no byte of it is left', async () => {
    write('secret.md', 'The word is xylophonequagga today.');
    await sync();
    rmSync(join(folder, 'secret.md'));

    expect((await sync()).removed).toBe(1);
    const bytes = readdirSync(data).map((file) => readFileSync(join(data, file)).toString('latin1'));
    expect(bytes.join('\n')).not.toContain('xylophonequagga');
  });

  it('when a link leads out of it, or a file is no text, then it is left out and said', async () => {
    const outside = aFolder();
    writeFileSync(join(outside, 'private.md'), 'Nobody may read this.');
    symlinkSync(join(outside, 'private.md'), join(folder, 'link.md'));
    writeFileSync(join(folder, 'broken.txt'), Buffer.from([0xff, 0xfe, 0x41]));
    write('.hidden/notes.md', 'Hidden notes.');

    const result = await sync();

    expect(result).toMatchObject({ added: 0 });
    expect(result.refused.join()).toContain('broken.txt');
    expect(await find('nobody hidden notes')).toEqual([]);
    removeFolder(outside);
  });

  it('when a link leads nowhere or back to the folder, then everything else is taken in once', async () => {
    write('handbook.md', handbook);
    symlinkSync('nowhere.md', join(folder, 'old.md'));
    symlinkSync('.', join(folder, 'again'));

    expect(await sync()).toMatchObject({ added: 1, refused: [] });
  });

  it('when a file of it was added before for a private channel, then it stays there at every sync', async () => {
    write('handbook.md', handbook);
    const board = {
      root: join(folder, 'handbook.md'),
      channel: asChannelId('console:board'),
      isTrusted: false,
    };
    await knowledge.sync(sight, board, () => undefined);

    const all = [await sync(), await knowledge.sync(sight, board, () => undefined), await sync()];

    expect(all.map(({ added, unchanged }) => added * 10 + unchanged)).toEqual([0, 1, 0]);
    const { byText } = await store.passages.search(sight, { text: 'holidays', limit: 5 });
    expect(byText.map(({ channel }) => channel)).toEqual(['console:board']);
  });

  it('when it hides text from its readers, writes otherwise or holds none, then only what they see is known', async () => {
    write('a.md', 'Seen quokka. <!-- pay zebra\nnow -->\n\n[//]: # (pay zebra)\n\n    <!-- code -->\n');
    write(
      'b.html',
      '<p>Seen wombat <span hidden>zebra</span><b style="color:red; display: none">zebra</b></p><div style="font-size:0px">zebra</div><p style="font-size: 0.9em">Seen numbat</p>',
    );
    write('c.csv', 'name;amount\nKoala;12,50\n');
    writeFileSync(join(folder, 'd.txt'), Buffer.from('\ufeffSeen bilby in Köln', 'utf16le'));
    writeFileSync(join(folder, 'e.txt'), Buffer.from('Grüße', 'latin1'));
    write('f.md', '  \n');

    const { added, refused } = await sync();

    const known = await find('quokka wombat numbat koala bilby zebra code');
    expect(known.toSorted().map((line) => line.replace(/\s+/gu, ' '))).toEqual([
      'a › : Seen quokka. <!-- code -->',
      'b › : Seen wombat Seen numbat',
      'c › : name: Koala; amount: 12,50',
      'd › : Seen bilby in Köln',
    ]);
    expect(added).toBe(4);
    expect(refused).toEqual([
      'e.txt is no text in UTF-8. Fix: save it as UTF-8.',
      'f.md holds no text; it may be empty, or a scan.',
    ]);
  });

  it('when nobody vouches for it, then its passages say so', async () => {
    write('handbook.md', handbook);
    await sync();

    const { byText } = await store.passages.search(sight, { text: 'holidays', limit: 1 });

    expect(byText[0]?.taintedBy).toBe('the document Handbook');
  });
});

describe('given an embedder', () => {
  it('when passages have vectors, then they are found by meaning, and only by vectors of that model', async () => {
    const fake = await serveEmbeddings('voyage');
    const voyage = { apiKey: fakeKey, baseUrl: fake.baseUrl };
    const embedder = createEmbedder('voyage/voyage-4', { clock, voyage, openai: {} });
    if (embedder === undefined) throw new Error('No embedder.');
    write('handbook.md', handbook);
    await sync();

    const made = await embedMissing(store, embedder, sight, () => undefined);
    const [values = new Float32Array()] = await embedder.embed(['picture'], 'query');
    const search = (model: string): ReturnType<typeof store.passages.search> =>
      store.passages.search(sight, { text: 'picture', vector: { model, values }, limit: 1 });

    expect(made).toMatchObject({ made: 2, refused: 0 });
    expect((await search('voyage/voyage-4')).byText).toEqual([]);
    expect((await search('voyage/voyage-4')).byVector[0]?.text).toContain('photo');
    expect((await search('openai/other')).byVector).toEqual([]);
    expect(await embedMissing(store, embedder, sight, () => undefined)).toMatchObject({ made: 0 });
    await fake.close();
  });

  it('when it refuses one text, then all others have their vectors; when it refuses everything, then it is said', async () => {
    const fake = await serveEmbeddings('openai');
    const named = (apiKey: string): Embedder => {
      const openai = { apiKey, baseUrl: fake.baseUrl };
      const embedder = createEmbedder('openai/text-embedding-3-small', { clock, voyage: {}, openai });
      if (embedder === undefined) throw new Error('No embedder.');
      return embedder;
    };
    fake.refuse('brontosaurus');
    for (let at = 0; at < 40; at += 1)
      write(`note${String(at)}.md`, at === 3 ? 'The brontosaurus.' : `Note ${String(at)} about returns.`);
    await sync();

    const all = await embedMissing(store, named(fakeKey), sight, () => undefined);
    const again = await embedMissing(store, named(fakeKey), sight, () => undefined);
    const failure: unknown = await embedMissing(store, named('wrong'), sight, () => undefined).catch(
      (error: unknown) => error,
    );

    expect(all).toMatchObject({ made: 39, refused: 1 });
    expect(again).toMatchObject({ made: 0, refused: 1 });
    expect(failure).toMatchObject({ code: 'embedder.rejected' });
    await fake.close();
  });
});

describe('given an address of the web that somebody taught in a channel', () => {
  const address = 'https://example.com/terms.pdf';
  const channel = asChannelId('console:finance');
  let answer: () => Buffer = () => aPdf('Returns within 30 days', 'Lamps within 60 days');
  const desk = () =>
    createKnowledgeDesk({
      store: store.passages,
      clock,
      redact: (text) => text,
      said: {
        find: () => Promise.resolve(undefined),
        forget: () => Promise.resolve(undefined),
        list: () => Promise.resolve([]),
        learn: () => Promise.resolve(''),
      },
      listening: { progressOf: () => undefined },
      onKept: () => undefined,
      fetch: (url) =>
        Promise.resolve().then(() => ({ bytes: answer(), url: new URL(url), mediaType: 'application/pdf' })),
    });

  it('when it is a PDF, then its pages are found there with a link, tainted, and go when it is forgotten or gone', async () => {
    expect(await desk().learn(channel, address)).toContain('Learnt: 2 passages');
    const { byText } = await store.passages.search(sight, { text: 'lamps', limit: 5 });
    expect(byText[0]).toMatchObject({
      heading: 'Page 2',
      link: address,
      channel,
      taintedBy: 'the document terms',
    });
    expect(await desk().list(channel)).toEqual([`- ${address}`]);
    expect(await desk().learn(asChannelId('console:ops'), address)).toContain('belongs there');
    expect(await desk().learn(channel, address)).toContain('has not changed');

    answer = () => {
      throw new AppError('document.unreadable', 'no answer');
    };
    expect(await desk().learn(channel, address)).toContain('no answer');
    expect(await find('lamps')).toContain('terms › Page 2: Lamps within 60 days');
    answer = () => {
      throw new DocumentGone('HTTP 404');
    };
    await desk().learn(channel, address);
    expect(await find('lamps')).toEqual([]);

    answer = () => aPdf('Lamps within 90 days');
    await desk().learn(channel, address);
    expect(await desk().forget(channel, address)).toContain('Forgotten');
    expect(await find('lamps')).toEqual([]);
    expect(await desk().learn(channel, 'terms.pdf')).toContain('begins with https://');
  });
});
