import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { removeFolder, startBot } from '../builders/running-bot.ts';
import type { RunningBot } from '../builders/running-bot.ts';
import { describeInBrowser, findFaintText, openBrowser, sidewaysOf } from './open-browser.ts';
import type { OpenBrowser } from './open-browser.ts';

const hostile =
  'hello \u202Egnp.exe <script>document.title="owned"</script> <img src="https://evil.example/b.png"> ![x](https://evil.example/a.png) ' +
  '[click](javascript:alert(1)) <!channel> @everyone';

const prices = 'SELECT name, price_usd_cents AS price FROM products ORDER BY price DESC LIMIT 8';

describeInBrowser('given every page of the console', () => {
  let bot: RunningBot;
  let browser: OpenBrowser;
  let addresses: readonly string[];
  let hostileThread: string;
  let pictureThread: string;

  beforeAll(async () => {
    bot = await startBot();
    browser = await openBrowser((url) => url.startsWith(bot.url));
    const ana = bot.as('ana');
    const waiting = (await ana.say('finance', 'refund invoice 1042 of Acme, 120 dollars, broken')).body;
    await bot.as('ben').asked(String(waiting.run));
    const done = (await ana.say('finance', 'refund invoice 1042 of Acme, 20 dollars, scratched')).body;
    await bot.as('ben').vote(await bot.as('ben').asked(String(done.run)), 'approve');
    await ana.until(String(done.run), 'done');
    const said = (await ana.say('general', hostile)).body;
    await ana.until(String(said.run), 'done');
    const asked = (await ana.say('general', `/data-question sql="${prices}"`)).body;
    await ana.until(String(asked.run), 'done');
    pictureThread = `/t/${encodeURIComponent(asked.thread)}`;
    hostileThread = `/t/${encodeURIComponent(said.thread)}`;
    const thread = (id: string): string => `/t/${encodeURIComponent(id)}`;
    addresses = [
      '/c/general',
      '/c/finance',
      '/c/board',
      thread(waiting.thread),
      thread(done.thread),
      hostileThread,
      pictureThread,
      '/approvals',
      '/outcomes',
      '/runs',
      '/runs?status=waiting',
      `/runs/${String(done.run)}`,
      '/memory',
      '/tools',
      '/health',
      '/overview',
      '/search?q=refund',
      '/search?q=nothing+like+it',
      '/ledger',
      '/policy',
      '/people',
    ];
  }, 90_000);
  afterAll(async () => {
    await browser.close();
    await bot.stop();
    removeFolder(bot.dataDir);
  });

  /** Goes to an address and waits until what it shows is read. */
  async function go(page: Page, address: string): Promise<void> {
    await page.goto(`${bot.url}${address}`);
    await page.locator('main').locator('h1, h2').first().waitFor();
    await page.locator('.wait').first().waitFor({ state: 'detached' });
  }

  it('when a run shows a picture and rows, then the picture is seen and the rows are saved', async () => {
    const { page, errors } = await browser.open(bot.url, 'ben');
    await go(page, pictureThread);
    const picture = page.locator('.picture img');
    await picture.waitFor();
    await page.waitForFunction("document.querySelector('.picture img').naturalWidth > 1000");
    expect(await picture.getAttribute('alt')).toMatch(/^price by name: /u);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save rows.csv' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('rows.csv');
    expect(errors).toEqual([]);
  });

  it('when the screen is 380 pixels wide, then none scrolls sideways', async () => {
    const { page, errors } = await browser.open(bot.url, 'ben');
    await page.setViewportSize({ width: 340, height: 760 });
    const sideways: unknown[] = [];
    for (const address of addresses) {
      await go(page, address);
      sideways.push(await sidewaysOf(page));
    }

    expect(sideways.flat()).toEqual([]);
    expect(errors).toEqual([]);
    await page.close();
  }, 60_000);

  it('when the screen is 380 pixels wide, then the channels open as a drawer and Escape closes it', async () => {
    const { page } = await browser.open(`${bot.url}/c/general`);
    await page.setViewportSize({ width: 340, height: 760 });

    await page.getByRole('button', { name: 'Channels' }).click();
    await page.getByRole('link', { name: '# finance' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: '# finance' }).waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Channels' }).click();
    await page.getByRole('link', { name: '# finance' }).click();

    await page.getByRole('heading', { name: '# finance' }).waitFor();
    await page.close();
  }, 60_000);

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`when the system is ${colorScheme}, then the page is too, and every text stands out enough to be read`, async () => {
      const { page } = await browser.open(bot.url, 'ben');
      await page.emulateMedia({ colorScheme });
      const faint: unknown[] = [];
      for (const address of addresses) {
        await go(page, address);
        faint.push(await findFaintText(page));
      }

      const ground = await page.evaluate('getComputedStyle(document.body).backgroundColor');
      expect(ground).toBe(colorScheme === 'dark' ? 'rgb(20, 21, 23)' : 'rgb(246, 245, 242)');
      expect(faint.flat()).toEqual([]);
      await page.close();
    }, 60_000);
  }

  it('when a message carries markup, then it is words, its hidden turn is a mark, and nothing is asked from elsewhere', async () => {
    const { page, errors } = await browser.open(`${bot.url}${hostileThread}`);

    await page.getByText('demonstration model, no AI').waitFor();
    await page.locator('.said-what').first().getByText('<script>document.title="owned"</script>').waitFor();
    await page.locator('.said-what').first().getByText('<!channel> @everyone').waitFor();
    expect(await page.locator('h1').textContent()).toContain('⟨U+202E⟩gnp.exe');
    expect(await page.title()).toMatch(/^hello/u);
    expect(await page.locator('img, iframe, object, embed, #app script').count()).toBe(0);
    const links = await page.locator('main a').evaluateAll((found) => found.map(String));
    expect(links.filter((link) => !/^https?:/u.test(link))).toEqual([]);
    expect(errors).toEqual([]);
    await page.close();
  }, 60_000);

  it('when a message is 10,000 characters long without a space, then it is folded, opens whole, and fits 380 pixels', async () => {
    const { body } = await bot.as('ana').say('general', 'x'.repeat(10_000));
    await bot.as('ana').until(String(body.run), 'done');
    const { page } = await browser.open(`${bot.url}/t/${encodeURIComponent(body.thread)}`);
    await page.setViewportSize({ width: 340, height: 760 });

    const all = page.getByRole('button', { name: 'Show all 10,000 characters' });
    await all.waitFor();
    expect(await sidewaysOf(page)).toEqual([]);
    await all.click();
    await page.locator('.folded-text').waitFor({ state: 'detached' });

    expect((await page.locator('.prose').first().textContent())?.trim()).toHaveLength(10_000);
    expect(await sidewaysOf(page)).toEqual([]);
    await page.close();
  }, 60_000);

  it('when all of them were looked at, then no request left for any other host', () => {
    expect(browser.foreign).toEqual([]);
  });
});
