import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { aFolder, removeFolder, startBot } from '../builders/running-bot.ts';
import type { RunningBot } from '../builders/running-bot.ts';
import { createFakeOpenAi, fakeOpenAiKey } from '../fakes/openai/index.ts';
import { say } from '../fakes/scripted-answer.ts';
import type { FakeModelServer } from '../fakes/scripted-server.ts';
import { describeInBrowser, openBrowser } from './open-browser.ts';
import type { OpenBrowser } from './open-browser.ts';

describeInBrowser('given an open thread and a model that speaks in pieces', () => {
  const dataDir = aFolder();
  let model: FakeModelServer;
  let bot: RunningBot;
  let browser: OpenBrowser;
  let env: Record<string, string>;

  beforeAll(async () => {
    model = await createFakeOpenAi();
    env = { MODEL: 'openai/gpt-5', OPENAI_BASE_URL: model.url, OPENAI_API_KEY: fakeOpenAiKey };
    bot = await startBot({ dataDir, env });
    browser = await openBrowser((url) => url.startsWith(bot.url));
  }, 90_000);
  afterAll(async () => {
    await browser.close();
    // A model that fell silent in the middle of an answer would hold a clean stop.
    await bot.kill9();
    await model.close();
    removeFolder(dataDir);
  });

  it('when the bot goes away and comes back on its port, then the page says so and is live again', async () => {
    model.next(say('I am here.'));
    const { body } = await bot.as('ana').say('general', 'are you there?');
    await bot.as('ana').until(String(body.run), 'done');
    const { page, errors } = await browser.open(`${bot.url}/t/${encodeURIComponent(body.thread)}`);
    await page.getByText('I am here.').waitFor();

    await bot.stop();
    await page.locator('.connection', { hasText: 'reconnecting' }).waitFor();
    await page.getByText('I am here.').waitFor();
    bot = await startBot({ dataDir, env: { ...env, PORT: new URL(bot.url).port } });
    await page.locator('.connection .badge').waitFor({ state: 'detached' });

    model.next(say('And here again.'));
    await bot.as('ana').say('general', 'and now?', { thread: body.thread });
    await page.getByText('And here again.').waitFor();
    expect(errors).toEqual([]);
    await page.close();
  }, 60_000);

  it('when something is said before the page hears of events, then it is shown once the page does', async () => {
    model.next(say('The first answer.'));
    const { body } = await bot.as('ana').say('general', 'does anybody hear me?');
    await bot.as('ana').until(String(body.run), 'done');
    const { page } = await browser.open(`${bot.url}/approvals`);
    let letThrough = (): void => undefined;
    const isHeard = new Promise<void>((resolve) => (letThrough = resolve));
    await page.route('**/api/v1/events', async (route) => {
      await isHeard;
      await route.continue();
    });
    await page.goto(`${bot.url}/t/${encodeURIComponent(body.thread)}`);
    await page.getByText('The first answer.').waitFor();
    model.next(say('Heard all the same.'));
    const { body: next } = await bot.as('ana').say('general', 'and now?', { thread: body.thread });
    await bot.as('ana').until(String(next.run), 'done');

    letThrough();

    await page.getByText('Heard all the same.').waitFor();
    await page.close();
  }, 60_000);

  it('when an answer is on its way, then what is there of it is shown at once', async () => {
    model.next({ kind: 'stall', text: 'Half of the answer is already' });
    const { page } = await browser.open(`${bot.url}/c/general`);
    await page.getByRole('textbox', { name: 'Ask in #general' }).fill('tell me something long');
    await page.getByRole('button', { name: 'Send' }).click();

    await page.locator('.growing', { hasText: 'Half of the answer' }).waitFor();

    await page.locator('.card.is-status', { hasText: 'working' }).waitFor();
    expect(browser.foreign).toEqual([]);
    await page.close();
  }, 60_000);
});
