/** The schedules page: made, confirmed, skipped, changed and deleted by hand; nothing of private channels shows. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually, removeFolder, startBot } from '../builders/running-bot.ts';
import type { RunningBot } from '../builders/running-bot.ts';
import { describeInBrowser, openBrowser, sidewaysOf } from './open-browser.ts';
import type { OpenBrowser } from './open-browser.ts';

interface Known {
  readonly items: readonly {
    readonly name: string;
    readonly zone: string;
    readonly next: readonly string[];
    readonly isPaused: boolean;
    readonly mayKeep: boolean;
  }[];
}

describeInBrowser('given the schedules page', () => {
  let bot: RunningBot;
  let browser: OpenBrowser;
  beforeAll(async () => {
    bot = await startBot({ env: { TZ_NAME: 'Europe/Berlin' } });
    browser = await openBrowser((url) => url.startsWith(bot.url));
  }, 90_000);
  afterAll(async () => {
    await browser.close();
    await bot.stop();
    removeFolder(bot.dataDir);
  });
  const known = async (person: string): Promise<Known['items']> =>
    (await bot.as(person).get<Known>('/schedules')).body.items;

  it('when one is made, then it rests until it is confirmed, and does what its buttons say', async () => {
    const { page, errors } = await browser.open(`${bot.url}/schedules`);
    await page.getByText('Nothing is scheduled.').waitFor();
    await page.getByRole('button', { name: 'Make a schedule' }).click();
    await page.getByLabel('When').fill('whenever it suits');
    await page.getByRole('button', { name: 'Show the next moments' }).click();
    await page.getByText('I do not understand «whenever it suits».').waitFor();
    await page.getByLabel('When').fill('every weekday 9:00');
    expect(await page.getByLabel('Zone').inputValue()).toBe('Europe/Berlin');
    await page.getByLabel('Zone').fill('Mars/Base');
    await page.getByRole('button', { name: 'Show the next moments' }).click();
    await page.getByText('there is no time zone Mars/Base; write one like Europe/Berlin').waitFor();
    await page.getByLabel('Zone').fill('Asia/Tokyo');
    await page.getByRole('button', { name: 'Show the next moments' }).click();
    await page.getByText('Would come').waitFor();
    const [made] = await known('ana');
    expect(made).toMatchObject({
      ...{ name: 'daily-digest-general', zone: 'Asia/Tokyo', isPaused: true, mayKeep: true },
    });
    expect(made?.next).toHaveLength(3);

    await page.getByRole('button', { name: 'Let it come' }).click();
    await page.getByRole('button', { name: 'Skip the next' }).click();
    await eventually(async () => (await known('ana'))[0]?.next[0] === made?.next[1] || undefined);
    await page.getByRole('button', { name: 'Run now' }).click();
    await page.getByRole('link', { name: 'See its run' }).waitFor();
    await page.getByRole('button', { name: 'Change the time…' }).click();
    await page.getByLabel('When shall it come?').fill('every monday 8:30');
    await page.getByRole('button', { name: 'Change the time', exact: true }).click();
    await page.getByText('30 8 * * 1').waitFor();
    await page.setViewportSize({ width: 340, height: 760 });
    expect(await sidewaysOf(page)).toEqual([]);
    await page.getByRole('button', { name: 'Delete…' }).click();
    await page.getByRole('button', { name: 'Delete this schedule' }).click();
    await page.getByText('Nothing is scheduled.').waitFor();
    expect(errors).toEqual([]);
    await page.close();
  }, 90_000);

  it('when it belongs to a private channel or somebody else, then others cannot see or keep it', async () => {
    const wish = { when: 'daily 18:00', workflow: 'daily-digest' };
    expect((await bot.as('dev').post('/schedules', { ...wish, channel: 'board' })).status).toBe(422);
    expect((await bot.as('ana').post('/schedules', { ...wish, channel: 'board' })).status).toBe(200);
    expect((await bot.as('ben').post('/schedules', { ...wish, channel: 'ops' })).status).toBe(200);

    expect((await known('dev')).map(({ name, mayKeep }) => [name, mayKeep])).toEqual([
      ['daily-digest-ops', false],
    ]);
    const status = async (person: string, name: string): Promise<number> =>
      (await bot.as(person).post(`/schedules/${name}`, { verb: 'delete' })).status;
    expect(await status('dev', 'daily-digest-board')).toBe(404);
    expect(await status('dev', 'daily-digest-ops')).toBe(403);
    expect(await status('ben', 'daily-digest-ops')).toBe(200);
  }, 60_000);
});
