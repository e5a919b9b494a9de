import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chromium } from 'playwright-core';
import type { BrowserContext, Page } from 'playwright-core';
import { effectsOf } from '../builders/company-effects.ts';
import { aFolder, hasChromium, removeFolder, startBot } from '../builders/running-bot.ts';
import type { RunningBot } from '../builders/running-bot.ts';

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

if (!hasChromium())
  process.stdout.write(
    'SKIPPED browser tests: there is no /usr/bin/chromium; install the Debian package chromium.\n',
  );
const describeInBrowser = hasChromium() ? describe : describe.skip;

describeInBrowser('given the console in a real browser', () => {
  let bot: RunningBot;
  let browser: BrowserContext;
  let profile: string;
  const foreign: string[] = [];

  beforeAll(async () => {
    bot = await startBot();
    profile = aFolder();
    browser = await chromium.launchPersistentContext(profile, {
      executablePath: '/usr/bin/chromium',
      args: flags,
      viewport: { width: 1280, height: 860 },
    });
    browser.on('request', (request) => {
      if (!request.url().startsWith(bot.url)) foreign.push(request.url());
    });
  }, 90_000);
  afterAll(async () => {
    await browser.close();
    await bot.stop();
    removeFolder(profile);
    removeFolder(bot.dataDir);
  });

  async function open(path: string): Promise<{ page: Page; errors: string[] }> {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(`${bot.url}${path}`);
    return { page, errors };
  }

  it('when Ana asks, is refused her own approval, and goes on as Ben, then every open page shows the receipt', async () => {
    const { page, errors } = await open('/');
    await page.getByText('Refund invoice 1042 of Acme, 120 dollars, broken on arrival').first().click();
    await page.getByRole('button', { name: 'Approve' }).waitFor();
    const second = await open(new URL(page.url()).pathname);
    await second.page.getByRole('button', { name: 'Approve' }).waitFor();

    await page.getByRole('button', { name: 'Approve' }).click();
    await page.getByText('You asked for this, so someone else from finance decides. Ben can.').waitFor();
    expect(effectsOf(bot.dataDir, 'billing/refund')).toHaveLength(0);
    await page.getByRole('button', { name: 'Continue as Ben' }).click();

    for (const shown of [page, second.page]) {
      await shown
        .getByText(/Approved by Ben at .*receipt R-\d+/u)
        .first()
        .waitFor();
      await shown.getByText('demonstration model, no AI').first().waitFor();
      expect(await shown.getByRole('button', { name: 'Approve' }).count()).toBe(0);
    }
    expect(effectsOf(bot.dataDir, 'billing/refund')).toHaveLength(1);
    expect(errors).toEqual([]);
    await page.close();
    await second.page.close();
  }, 60_000);

  it('when Ben denies with a reason from the inbox, then the agent answers to it', async () => {
    const { body } = await bot.as('ana').say('finance', 'refund invoice 1042 of Acme, 40 dollars, scratched');
    await bot.as('ben').asked(String(body.run));
    const { page } = await open('/approvals');
    await page.getByRole('button', { name: 'Ben' }).first().click();

    await page.getByRole('button', { name: 'Deny…' }).first().click();
    await page.getByLabel(/Reason/u).fill('ask for a photo first');
    await page.getByRole('button', { name: /^Deny/u }).last().click();
    await bot.as('ana').until(String(body.run), 'done');
    await page.goto(`${bot.url}/t/${encodeURIComponent(body.thread)}`);

    await page
      .getByText(/Denied by Ben at .*ask for a photo first/u)
      .first()
      .waitFor();
    await page
      .getByText(/photo comes first/u)
      .first()
      .waitFor();
    await page.close();
  }, 60_000);

  it('when a message carries markup, then it is shown as words and nothing is asked from elsewhere', async () => {
    const hostile =
      'hello <script>document.title="owned"</script> ![x](https://evil.example/a.png) [click](javascript:alert(1)) <!channel> \u202Egnp.exe';
    const { body } = await bot.as('ana').say('general', hostile);
    await bot.as('ana').until(String(body.run), 'done');
    const { page, errors } = await open(`/t/${encodeURIComponent(body.thread)}`);

    await page.getByText('demonstration model, no AI').first().waitFor();
    expect(await page.title()).not.toBe('owned');
    expect(await page.locator('a[href^="javascript"]').count()).toBe(0);
    expect(await page.locator('img').count()).toBe(0);
    expect(errors).toEqual([]);
    expect(foreign).toEqual([]);
    await page.close();
  }, 60_000);

  it('when the screen is 380 pixels wide, then no page scrolls sideways', async () => {
    const { page, errors } = await open('/');
    await page.setViewportSize({ width: 380, height: 760 });
    for (const path of ['/', '/c/finance', '/approvals', '/runs', '/tools', '/health']) {
      await page.goto(`${bot.url}${path}`);
      await page.locator('main').first().waitFor();
      const overflow = await page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );

      expect([path, overflow]).toEqual([path, 0]);
    }
    expect(errors).toEqual([]);
    await page.close();
  }, 60_000);

  it('when only the keyboard is used, then a question can be asked and its ledger checked', async () => {
    const { page } = await open('/c/general');
    await page.getByRole('textbox').last().focus();
    await page.keyboard.type('which invoices are overdue?');
    await page.keyboard.press('Enter');
    await page.getByText('demonstration model, no AI').first().waitFor();
    const run = (await bot.as('ana').get<{ items: { id: string }[] }>('/runs')).body.items[0]?.id;
    await page.goto(`${bot.url}/runs/${String(run)}`);

    await page
      .getByText(/verif|checked/iu)
      .first()
      .waitFor();
    await page.close();
  }, 60_000);
});
