import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Exchange } from '../../../adapters/slack/tokens.ts';
import { createInstallations } from '../../../adapters/slack/installations.ts';
import type { Installations } from '../../../adapters/slack/installations.ts';
import { SlackRefusal } from '../../../adapters/slack/refusals.ts';
import { createInstalledToken } from '../../../adapters/slack/tokens.ts';
import type { TokenSource } from '../../../adapters/slack/tokens.ts';
import { AppError } from '../../../src/core/errors.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { openLocalStore } from '../../../src/stores/local/local-store.ts';
import type { LocalStore } from '../../../src/stores/local/local-store.ts';
import { aMovedClock } from '../../builders/moved-clock.ts';
import { aFolder, removeFolder } from '../../builders/running-bot.ts';

const hourMs = 60 * 60_000;

describe('given a workspace whose token rotates, served by two processes', () => {
  const folder = aFolder();
  const clock = aMovedClock();
  const stores: LocalStore[] = [];
  let kept: Installations;
  const spent: string[] = [];
  const gone: string[] = [];
  let trouble: AppError | undefined;
  let next = 1;

  /** A refresh token works once. */
  const exchange: Exchange = async ({ refresh_token: given }) => {
    await new Promise((resolve) => setTimeout(resolve, 30));
    if (trouble !== undefined) throw trouble;
    const refresh = String(given);
    if (spent.includes(refresh)) throw new SlackRefusal('invalid_refresh_token', 'spent');
    spent.push(refresh);
    next += 1;
    return {
      access_token: `token-${String(next)}`,
      refresh_token: `refresh-${String(next)}`,
      expires_in: 43_200,
    };
  };

  const install = (team: string, livesMs: number): Promise<void> =>
    kept.keep({
      ...{ state: 'installed', team, name: 'Acme', me: 'U0', bot: 'B0', url: 'https://acme.slack.com/' },
      ...{
        token: `${team}-token`,
        refreshToken: `${team}-refresh`,
        expiresAt: clock.now().getTime() + livesMs,
      },
    });

  function processes(team: string): readonly TokenSource[] {
    return stores.map((store) =>
      createInstalledToken({
        ...{ team, exchange, clock },
        installations: createInstallations(store.installations, 'client-secret'),
        fixFor: () => 'Install it again.',
        onGone: ({ why }) => void gone.push(why),
      }),
    );
  }

  beforeAll(async () => {
    for (let count = 0; count < 2; count += 1)
      stores.push(await openLocalStore({ folder, clock: systemClock }));
    const [first] = stores;
    if (first === undefined) throw new Error('There is no store.');
    kept = createInstallations(first.installations, 'client-secret');
  });
  afterAll(async () => {
    for (const store of stores) await store.close();
    removeFolder(folder);
  });

  it('when it ends soon and all ask at once, then one process fetches the next and all use that', async () => {
    await install('T1', hourMs);
    const both = processes('T1');
    const before = await Promise.all(both.map((one) => one.current()));

    clock.advance(45 * 60_000);
    const after = await Promise.all([...both, ...both].map((one) => one.current()));

    expect(before).toEqual(['T1-token', 'T1-token']);
    expect(new Set(after)).toEqual(new Set(['token-2']));
    expect(spent).toEqual(['T1-refresh']);
  });

  it('when Slack refuses an old one, then the newer one of the other process is used, and none fetched', async () => {
    await install('T2', 12 * hourMs);
    const [one, other] = processes('T2');
    await other?.current();
    expect(await one?.renew('T2-token', 'token_expired')).toBe(true);
    const fetched = spent.length;

    expect(await other?.renew('T2-token', 'token_expired')).toBe(true);

    expect(await other?.current()).toBe(await one?.current());
    expect(spent).toHaveLength(fetched);
    expect(await other?.renew(await other.current(), 'missing_scope')).toBe(false);
  });

  it('when Slack cannot be asked, then the token is used for as long as it lives', async () => {
    await install('T3', 20 * 60_000);
    const [one] = processes('T3');
    trouble = new AppError('chat.unavailable', 'down');

    expect(await one?.current()).toBe('T3-token');
    clock.advance(21 * 60_000);
    await expect(one?.current()).rejects.toMatchObject({ code: 'chat.unavailable' });
    trouble = undefined;
    expect(await one?.current()).toMatch(/^token-/u);
  });

  it('when the refresh token is spent, then nothing is sent there any more and it is told once', async () => {
    await install('T4', 10 * 60_000);
    spent.push('T4-refresh');

    const answers = await Promise.allSettled(processes('T4').map((one) => one.current()));

    expect(
      answers.map(
        (answer) => answer.status === 'rejected' && answer.reason instanceof AppError && answer.reason.code,
      ),
    ).toEqual(['chat.parked', 'chat.parked']);
    expect(gone).toEqual(['invalid_refresh_token']);
    expect(await kept.find('T4')).toMatchObject({ state: 'gone' });
  });

  it('when the client secret is another one, or a row is put under another name, then it opens nothing', async () => {
    await install('T5', hourMs);
    const [store] = stores;
    if (store === undefined) throw new Error('There is no store.');
    const row = await store.installations.find('slack/T5');
    await store.installations.save({ name: 'slack/T6', version: 1, sealed: row?.sealed ?? '' });

    expect(row?.sealed).not.toContain('T5-token');
    expect(await createInstallations(store.installations, 'other').find('T5')).toMatchObject({
      state: 'gone',
    });
    expect(await kept.find('T6')).toMatchObject({ state: 'gone' });
  });
});
