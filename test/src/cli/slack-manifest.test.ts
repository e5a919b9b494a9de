import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { slackSlashCommands } from '../../../adapters/slack/slash-commands.ts';
import { slashCommands } from '../../../src/chat/slash-commands.ts';
import { slackManifest } from '../../../src/cli/slack-manifest.ts';

const shipped = readFileSync('manifest.yml', 'utf8');
const workflows = [{ name: 'refund', title: 'Refund a customer', fields: [] }];

describe('given the shipped manifest', () => {
  it('when it is printed, then each workflow has its command and nothing else changes', () => {
    // The shipped file has this part: another test reads it.
    const before = parse(shipped) as { readonly oauth_config: object };
    const after: unknown = parse(slackManifest(shipped, workflows, {}));

    expect(after).toMatchObject({
      features: {
        slash_commands: [{ command: '/countersign' }, { command: '/refund', should_escape: true }],
      },
      settings: { socket_mode_enabled: true },
    });
    expect(after).toMatchObject({ oauth_config: before.oauth_config });
    expect(slackManifest(shipped, workflows, {})).toContain('# requests that name the bot');
  });

  it('when an address is given, then everything comes there and Socket Mode is off', () => {
    const address = 'https://bot.example.com/slack/events';

    expect(parse(slackManifest(shipped, workflows, { url: 'https://bot.example.com' }))).toMatchObject({
      features: { slash_commands: [{ url: address }, { url: address }] },
      oauth_config: { redirect_urls: ['https://bot.example.com/slack/oauth_redirect'] },
      settings: {
        socket_mode_enabled: false,
        event_subscriptions: { request_url: address },
        interactivity: { request_url: address },
      },
    });
  });
});

describe('given more workflows than Slack takes commands, and a name that it does not take', () => {
  const many = Array.from({ length: 60 }, (_, at) => ({
    ...{ name: `workflow-${String(at)}`, title: at === 0 ? '' : 'x'.repeat(2_100), fields: [] },
  }));
  const odd = { name: 'Pay Out', title: 'Odd', fields: [] };

  it('when it is printed, then Slack takes it, and what has no command is named', () => {
    const { taken, leftOut } = slashCommands([odd, ...many], slackSlashCommands);
    const printed: unknown = parse(slackManifest(shipped, taken, {}));

    // The printed file has this part: the test above reads it.
    const { features } = printed as {
      readonly features: { readonly slash_commands: readonly { command: string; description: string }[] };
    };
    expect(features.slash_commands).toHaveLength(50);
    for (const { command, description } of features.slash_commands) {
      expect(command).toMatch(/^\/[a-z0-9_-]{1,31}$/u);
      expect(description).toMatch(/^.{1,2000}$/u);
    }
    expect(leftOut).toEqual(['Pay Out', ...many.slice(49).map(({ name }) => name)]);
  });
});
