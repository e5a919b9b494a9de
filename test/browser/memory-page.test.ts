/** The memory page: found, corrected and forgotten by hand, and never shown to those who may not read the channel. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { removeFolder, startBot } from '../builders/running-bot.ts';
import type { RunningBot } from '../builders/running-bot.ts';
import { describeInBrowser, openBrowser, sidewaysOf } from './open-browser.ts';
import type { OpenBrowser } from './open-browser.ts';

/** A rule, and a request that makes the agent read mail. */
const held = 'search mail for broken. We always pack lamps in two boxes.';

interface Page {
  readonly items: readonly { readonly id: string }[];
}

describeInBrowser('given memories of an open and of a private channel', () => {
  let bot: RunningBot;
  let browser: OpenBrowser;

  beforeAll(async () => {
    bot = await startBot();
    browser = await openBrowser((url) => url.startsWith(bot.url));
    for (const [channel, text] of [
      ['finance', 'remember that refunds over 100 need a photo of the damage'],
      ['board', 'remember that the company moves to Lisbon in spring'],
    ] as const) {
      const said = (await bot.as('ana').say(channel, text)).body;
      await bot.as('ana').until(String(said.run), 'done');
    }
  }, 90_000);
  afterAll(async () => {
    await browser.close();
    await bot.stop();
    removeFolder(bot.dataDir);
  });

  it('when one is found, corrected and forgotten, then the page shows each as it stands', async () => {
    const { page, errors } = await browser.open(`${bot.url}/memory`);
    await page.getByRole('link', { name: '# finance' }).last().click();
    await page.getByText('refunds over 100 need a photo').waitFor();

    await page.getByRole('searchbox', { name: 'Find a memory' }).fill('damage');
    await page.getByRole('searchbox', { name: 'Find a memory' }).press('Enter');
    await page.getByRole('button', { name: 'Correct…' }).click();
    await page.getByLabel('What is right?').fill('Refunds over 200 need a photo of the damage.');
    await page.getByRole('button', { name: 'Correct', exact: true }).click();
    await page.getByText('Refunds over 200').waitFor();
    await page.getByText('a correction').waitFor();

    await page.getByRole('link', { name: 'see what it was' }).click();
    await page.getByRole('heading', { name: 'History of a memory' }).waitFor();
    await page.getByText('Before that it said').waitFor();
    await page.getByText('refunds over 100 need a photo').waitFor();
    const address = page.url();
    await page.setViewportSize({ width: 340, height: 760 });
    expect(await sidewaysOf(page)).toEqual([]);
    await page.reload();
    expect(page.url()).toBe(address);
    await page.getByText('Before that it said').waitFor();
    await page.goBack();

    await page.getByText('Refunds over 200').waitFor();
    expect(await sidewaysOf(page)).toEqual([]);
    await page.getByRole('button', { name: 'Forget…' }).click();
    // What it corrected is named before it goes, too.
    await page.getByText(/What it corrected goes too: «.*over 100/u).waitFor();
    await page.getByRole('button', { name: 'Forget for good' }).click();
    await page.getByText('Nothing that may be told here fits these words.').waitFor();

    await page.goto(`${bot.url}/memory/${encodeURIComponent('console:finance')}`);
    await page.getByText('Nothing is remembered here yet.').waitFor();
    expect(errors).toEqual([]);
    await page.close();
  }, 60_000);

  it('when something is held, then it waits on the page, and whoever may vouch for it keeps it there', async () => {
    const said = (await bot.as('ana').say('finance', held)).body;
    await bot.as('ana').until(String(said.run), 'done');
    const { page, errors } = await browser.open(
      `${bot.url}/memory/${encodeURIComponent('console:finance')}?view=held`,
    );
    await page.getByText('We always pack lamps').waitFor();
    await page.setViewportSize({ width: 340, height: 760 });
    expect(await sidewaysOf(page)).toEqual([]);
    await page.getByRole('button', { name: 'Keep' }).click();
    await page.getByText('You asked for this, so somebody else vouches for it.').waitFor();
    await page.getByRole('button', { name: 'Continue as Ben' }).click();
    await page.getByText('Nothing is held here.').waitFor();
    await page.getByRole('link', { name: 'kept here' }).click();
    await page.getByText(/written after reading mail\/search; Ben vouches for it/u).waitFor();
    expect(errors).toEqual([]);
    await page.close();
  }, 60_000);

  it('when somebody who does not read the private channel asks, then nothing of it is there', async () => {
    const board = `/channels/${encodeURIComponent('console:board')}/memories`;
    const seen = await bot.as('ana').get<Page>(board);
    const id = seen.body.items[0]?.id ?? '';

    expect(JSON.stringify(seen.body)).toContain('Lisbon');
    expect((await bot.as('dev').get(board)).status).toBe(404);
    expect((await bot.as('dev').get(`${board}/${id}/forgetting`)).status).toBe(404);
    expect((await bot.as('dev').post(`${board}/${id}/forget`, {})).status).toBe(404);
    const general = `/channels/${encodeURIComponent('console:general')}/memories`;
    for (const view of ['here', 'mine', 'workspace'])
      expect(JSON.stringify((await bot.as('dev').get(`${general}?view=${view}`)).body)).not.toContain(
        'Lisbon',
      );
    expect((await bot.as('dev').get(`${general}/${id}/forgetting`)).status).toBe(404);
    expect(
      (await bot.as('dev').post(`${general}/${id}/correct`, { text: 'It stays where it is.' })).status,
    ).toBe(422);
    expect(JSON.stringify((await bot.as('ana').get(board)).body)).toContain('Lisbon');
  }, 60_000);
});
