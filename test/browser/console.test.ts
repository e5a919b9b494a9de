import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { effectsOf } from '../builders/company-effects.ts';
import { removeFolder, startBot } from '../builders/running-bot.ts';
import type { RunningBot } from '../builders/running-bot.ts';
import { describeInBrowser, openBrowser, tabTo } from './open-browser.ts';
import type { OpenBrowser } from './open-browser.ts';

const threadAddress = (bot: RunningBot, thread: string): string =>
  `${bot.url}/t/${encodeURIComponent(thread)}`;

describeInBrowser('given the console of the demonstration company', () => {
  let bot: RunningBot;
  let browser: OpenBrowser;

  beforeAll(async () => {
    bot = await startBot();
    browser = await openBrowser((url) => url.startsWith(bot.url));
  }, 90_000);
  afterAll(async () => {
    await browser.close();
    await bot.stop();
    removeFolder(bot.dataDir);
  });

  /** Ana asks for a refund of this many dollars; it waits for finance. */
  async function aWaitingRefund(dollars: number): Promise<{ run: string; address: string }> {
    const { body } = await bot
      .as('ana')
      .say('finance', `refund invoice 1042 of Acme, ${String(dollars)} dollars, scratched`);
    await bot.as('ben').asked(String(body.run));
    return { run: String(body.run), address: threadAddress(bot, body.thread) };
  }

  it('when Ana presses a suggestion, is refused her own approval, and goes on as Ben, then every open page settles with the receipt', async () => {
    const { page, errors } = await browser.open(bot.url);
    const suggestions = page.locator('.suggestion');
    await suggestions.first().waitFor();
    expect(await suggestions.count()).toBe(3);
    await suggestions.filter({ hasText: 'Refund invoice 1042 of Acme, 120 dollars' }).click();
    const approve = page.getByRole('button', { name: 'Approve', exact: true });
    await approve.waitFor();
    const second = await browser.open(page.url(), 'cho');
    await second.page.getByRole('button', { name: 'Approve', exact: true }).waitFor();

    await approve.click();
    const refusal = 'You asked for this, so someone else from finance decides. Ben can.';
    await page.getByText(refusal).waitFor();
    expect(await second.page.getByText(refusal).count()).toBe(0);
    expect(effectsOf(bot.dataDir, 'billing/refund')).toHaveLength(0);
    await page.getByRole('button', { name: 'Continue as Ben' }).click();

    for (const shown of [page, second.page]) {
      await shown.locator('.card.is-settled', { hasText: /Approved by Ben at .*receipt R-\d+/u }).waitFor();
      await shown.getByText('demonstration model, no AI').waitFor();
      await shown.locator('.audit', { hasText: 'Ben approved billing/refund' }).waitFor();
      expect(await shown.locator('.card button').count()).toBe(0);
    }
    expect(effectsOf(bot.dataDir, 'billing/refund')).toHaveLength(1);
    const live = await page.locator('.items > li').allInnerTexts();
    await page.reload();
    await page.locator('.audit').waitFor();
    expect(await page.locator('.items > li').allInnerTexts()).toEqual(live);
    expect([...errors, ...second.errors]).toEqual([]);
    await Promise.all([page.close(), second.page.close()]);
  }, 60_000);

  it('when Ben denies with a reason from the inbox, then the agent answers to it and nothing is refunded', async () => {
    const before = effectsOf(bot.dataDir, 'billing/refund').length;
    const { address, run } = await aWaitingRefund(41);
    const { page } = await browser.open(`${bot.url}/approvals`, 'ben');

    const card = page.locator('.card', { hasText: 'Refund 41 on invoice 1042' });
    await card.getByRole('button', { name: 'Deny…' }).click();
    await card.getByLabel(/Reason/u).fill('ask for a photo first');
    await card.getByRole('button', { name: 'Deny', exact: true }).click();

    await page.locator('.just-now', { hasText: 'ask for a photo first' }).waitFor();
    await card.waitFor({ state: 'detached' });
    await bot.as('ana').until(run, 'done');
    await page.goto(address);
    await page.getByText(/Denied by Ben at .*ask for a photo first/u).waitFor();
    await page
      .getByText(/The photo comes first/u)
      .first()
      .waitFor();
    expect(effectsOf(bot.dataDir, 'billing/refund')).toHaveLength(before);
    await page.close();
  }, 60_000);

  it('when Ana withdraws, then the card says so everywhere and has no buttons', async () => {
    const { address } = await aWaitingRefund(42);
    const { page } = await browser.open(address);
    const other = await browser.open(address, 'ben');
    await other.page.getByRole('button', { name: 'Approve', exact: true }).waitFor();
    expect(await other.page.getByRole('button', { name: 'Withdraw' }).count()).toBe(0);

    await page.getByRole('button', { name: 'Withdraw' }).click();

    for (const shown of [page, other.page]) {
      const settled = shown.locator('.card.is-approval.is-settled', {
        hasText: 'Withdrawn by Ana. Nothing ran.',
      });
      await settled.waitFor();
      expect(await settled.getByRole('button').count()).toBe(0);
    }
    await Promise.all([page.close(), other.page.close()]);
  }, 60_000);

  it('when Ana stops the run, then it asks once whether she is sure, and the thread says who stopped it', async () => {
    const { address, run } = await aWaitingRefund(43);
    const { page } = await browser.open(address);

    await page.getByRole('button', { name: 'Stop this run' }).click();
    await page.getByText(/what was already sent is not undone/u).waitFor();
    await page.locator('.ask-form').getByRole('button', { name: 'Stop this run' }).click();

    await page.getByText(/Stopped by Ana\./u).waitFor();
    await page.getByRole('button', { name: 'Approve', exact: true }).waitFor({ state: 'detached' });
    expect((await bot.as('ana').until(run, 'stopped')).status).toBe('stopped');
    await page.close();
  }, 60_000);

  it('when Ben clicks Approve twice, then it happens once and he sees no error', async () => {
    const before = effectsOf(bot.dataDir, 'billing/refund').length;
    const { address, run } = await aWaitingRefund(44);
    const { page, errors } = await browser.open(address, 'ben');

    await page.getByRole('button', { name: 'Approve', exact: true }).dblclick();

    await page.locator('.card.is-settled', { hasText: 'Approved by Ben' }).waitFor();
    await bot.as('ana').until(run, 'done');
    expect(await page.locator('.note.is-problem').count()).toBe(0);
    expect(effectsOf(bot.dataDir, 'billing/refund')).toHaveLength(before + 1);
    expect(errors).toEqual([]);
    await page.close();
  }, 60_000);

  it('when Cho decides what Ben asked in the private board, then she acts in the inbox and never sees the thread', async () => {
    const { page } = await browser.open(`${bot.url}/approvals`, 'cho');
    const count = page.locator('.topbar .count');
    await count.waitFor();
    const before = Number(await count.textContent());
    const secret = 'their replacement ships tomorrow, and the board is worried about Larkspur';
    const { body } = await bot.as('ben').say('board', `Write a mail to Acme that ${secret}`);
    await bot.as('cho').asked(String(body.run));

    const card = page
      .locator('.inbox > li', { hasText: 'asked by' })
      .or(page.locator('.inbox > li', { hasText: 'The thread is private' }));
    await card.getByRole('button', { name: 'Approve', exact: true }).waitFor();
    await page.locator('.topbar .count', { hasText: String(before + 1) }).waitFor();
    expect(await card.getByRole('link', { name: 'Open the thread' }).count()).toBe(0);
    expect(await card.getByText('Agent says').count()).toBe(0);
    await card.getByRole('button', { name: 'Approve', exact: true }).click();

    await page.locator('.just-now', { hasText: 'Approved by Cho' }).waitFor();
    await page.locator('.topbar .count', { hasText: String(before) }).waitFor();
    await bot.as('ben').until(String(body.run), 'done');
    expect(effectsOf(bot.dataDir, 'mail/send')).toHaveLength(1);
    await page.goto(threadAddress(bot, body.thread));
    await page.getByText('This is not there, or not for you.').or(page.locator('.note.is-problem')).waitFor();
    expect(await page.getByText('Larkspur').count()).toBe(0);
    await page.close();
  }, 60_000);

  it('when the inbox is empty, then it teaches what would appear and offers to try', async () => {
    const { page } = await browser.open(`${bot.url}/approvals`, 'dev');

    await page.getByRole('heading', { name: 'No approvals wait.' }).waitFor();
    await page.getByText('They appear here when an agent wants to do something that matters.').waitFor();
    await page.close();
  }, 60_000);

  it('when a run is opened from the list, then its ledger is checked in the browser and a number leads to its event', async () => {
    const { body } = await bot.as('ana').say('general', 'Which invoices are overdue?');
    await bot.as('ana').until(String(body.run), 'done');
    const { page, errors } = await browser.open(`${bot.url}/runs`);

    await page.getByRole('link', { name: 'Which invoices are overdue?' }).first().click();
    await page.locator('.verdict.is-verified', { hasText: 'Chain verified in your browser' }).waitFor();
    await page.locator('.commit').first().waitFor();
    await page.getByRole('link', { name: 'Open the thread' }).click();
    await page.locator('.audit a').first().click();
    await page.locator('.commit.is-target[open]').waitFor();
    await page.goBack();
    await page.locator('.audit a').first().waitFor();

    expect(errors).toEqual([]);
    await page.close();
  }, 60_000);

  it('when somebody types before a slow machine has painted the page, then no letter is lost', async () => {
    const { page } = await browser.open(`${bot.url}/approvals`);
    // No frame and no short timer comes for two seconds: what waits for paint has not run yet.
    await page.addInitScript(`
      const later = window.setTimeout;
      window.requestAnimationFrame = () => 0;
      window.setTimeout = (run, ms, ...given) => later(run, ms > 0 && ms < 1000 ? 2000 : ms, ...given);
    `);
    await page.goto(`${bot.url}/c/ops`);
    const composer = page.getByRole('textbox', { name: 'Ask in #ops' });
    await composer.waitFor();

    await page.keyboard.type('Which invoices are overdue?');

    expect(await composer.inputValue()).toBe('Which invoices are overdue?');
    await page.close();
  }, 60_000);

  it('when a command is typed, then what could follow is offered, and keys take it', async () => {
    const { page, errors } = await browser.open(`${bot.url}/c/console%3Afinance`);
    const box = page.getByLabel('Ask in #finance');
    await box.fill('/acc');
    await page.getByRole('option', { name: 'Access for a while' }).waitFor();
    await page.keyboard.press('Tab');
    expect(await box.inputValue()).toBe('/access-request ');
    await page.getByRole('option', { name: 'system=' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    expect(await box.inputValue()).toBe('/access-request days=');
    await box.fill('/access-request ');
    await page.getByRole('option', { name: 'system=' }).waitFor();
    await page.keyboard.press('Escape');
    expect(await page.getByRole('option').count()).toBe(0);
    await box.fill('');
    expect(errors).toEqual([]);
    await page.close();
  });

  it('when only the keyboard is used, then Ana asks and Ben approves', async () => {
    const before = effectsOf(bot.dataDir, 'billing/refund').length;
    const { page } = await browser.open(`${bot.url}/c/finance`);
    // The composer has the focus from the start.
    await page.getByRole('textbox', { name: 'Ask in #finance' }).waitFor();
    await page.keyboard.type('refund invoice 1042 of Acme, 45 dollars, scratched');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Approve', exact: true }).waitFor();

    await tabTo(page, 'Ben');
    await page.keyboard.press('Enter');
    await page.locator('.who', { hasText: 'Ben' }).waitFor();
    await tabTo(page, 'Approve');
    await page.keyboard.press('Enter');

    await page.locator('.card.is-settled', { hasText: 'Approved by Ben' }).waitFor();
    await page.getByText('demonstration model, no AI').waitFor();
    expect(effectsOf(bot.dataDir, 'billing/refund')).toHaveLength(before + 1);
    await page.close();
  }, 60_000);
});
