import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { checkSlack, neededScopes } from '../../../adapters/slack/check.ts';
import { createFakeSlack } from '../../fakes/slack/index.ts';
import type { FakeSlack } from '../../fakes/slack/index.ts';
import { manifestEvents, manifestScopes } from '../../fakes/slack/workspace.ts';

const manifest = z
  .object({
    oauth_config: z.object({ scopes: z.object({ bot: z.array(z.string()) }) }),
    settings: z.object({ event_subscriptions: z.object({ bot_events: z.array(z.string()) }) }),
  })
  .parse(parse(readFileSync('manifest.yml', 'utf8')));

const open: FakeSlack[] = [];
afterEach(async () => {
  for (const fake of open.splice(0)) await fake.close();
});

async function aSlack(): Promise<FakeSlack> {
  const fake = await createFakeSlack({ mode: 'socket' });
  open.push(fake);
  return fake;
}

const keysOf = (fake: FakeSlack, appToken = fake.appToken) => ({
  SLACK_BOT_TOKEN: fake.botToken,
  SLACK_APP_TOKEN: appToken,
  SLACK_API_URL: fake.apiUrl,
});

describe('given the shipped manifest', () => {
  it('when it is compared, then the doctor wants its scopes and the local Slack grants no more than those', () => {
    expect([...manifest.oauth_config.scopes.bot].sort()).toEqual([...neededScopes].sort());
    expect([...manifestScopes].sort()).toEqual([...neededScopes].sort());
    expect([...manifest.settings.event_subscriptions.bot_events].sort()).toEqual([...manifestEvents].sort());
  });
});

describe('given a doctor who looks at Slack', () => {
  it('when all is well, then he says so', async () => {
    const checks = await checkSlack(keysOf(await aSlack()));

    expect(checks.map(({ level }) => level)).toEqual(['ok', 'ok']);
  });

  it('when a scope is missing, then it is named with the fix', async () => {
    const fake = await aSlack();
    fake.workspace.scopes.delete('metadata.message:read');

    expect(await checkSlack(keysOf(fake))).toContainEqual({
      level: 'FAIL',
      detail: expect.stringContaining('lacks metadata.message:read. Fix: update the app'),
    });
  });

  it('when a token is wrong, then it is said which', async () => {
    const fake = await aSlack();
    const app = await checkSlack(keysOf(fake, 'xapp-other'));
    fake.workspace.tokenState = 'invalid_auth';
    const both = await checkSlack(keysOf(fake, 'xapp-other'));

    expect(app.at(-1)?.detail).toContain('does not accept SLACK_APP_TOKEN');
    expect(both).toEqual([
      { level: 'FAIL', detail: expect.stringContaining('SLACK_BOT_TOKEN: Slack does not accept it') },
      { level: 'FAIL', detail: expect.stringContaining('does not accept SLACK_APP_TOKEN') },
    ]);
  });

  it('when Slack does not answer, then it is said where to look', async () => {
    const fake = await aSlack();
    fake.faults.next('auth.test', { kind: 'reset', when: 'before' });

    const [bot] = await checkSlack(keysOf(fake));

    expect(bot?.detail).toMatch(
      /did not answer auth\.test.*Fix: look at the network, its proxy, and SLACK_API_URL\./u,
    );
  });

  it('when no way in is set, then both are named', async () => {
    const fake = await aSlack();
    const checks = await checkSlack({ SLACK_BOT_TOKEN: fake.botToken, SLACK_API_URL: fake.apiUrl });

    expect(checks.at(-1)?.detail).toContain(
      'Fix: set SLACK_APP_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET',
    );
  });
});
