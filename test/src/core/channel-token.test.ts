import { expect, it } from '@jest/globals';
import { nameChannel, withoutChannelTokens } from '../../../src/core/channel-token.ts';
import { asChannelId, asThreadId } from '../../../src/core/ids.ts';

it.each([
  ['console:finance', '#finance', '#finance'],
  ['console:~ana', 'a direct message', 'a direct message'],
  ['slack:T01/C1', '#T01/C1', 'a Slack channel'],
  ['slack:T01/D1', 'a direct message', 'a direct message'],
  ['discord:112233445566778899/998877665544332211', undefined, 'a Discord channel'],
  ['discord:dm/998877665544332211', 'a direct message', 'a direct message'],
])(
  'the channel %s has the name «%s», and reads «%s» where its platform is not',
  (channel, named, elsewhere) => {
    const name = nameChannel(asChannelId(channel));

    expect(name).toBe(named ?? `#${channel.slice('discord:'.length)}`);
    expect(withoutChannelTokens(`asked in ${name}.`)).toBe(`asked in ${elsewhere}.`);
  },
);

it('a thread is called by its channel, and what only resembles a channel stays', () => {
  expect(nameChannel(asThreadId('slack:T01/C1/1700000000.000100'))).toBe('#T01/C1');
  expect(withoutChannelTokens('order #2024/1100, #T01, pay#7/8')).toBe('order #2024/1100, #T01, pay#7/8');
});
