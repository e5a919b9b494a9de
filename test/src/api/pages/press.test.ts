import { describe, expect, it } from '@jest/globals';
import type { Client } from '../../../../src/api/pages/client.ts';
import { pressAction } from '../../../../src/api/pages/press.ts';
import type { ActionJson } from '../../../../src/api/shapes.ts';

function aClient(value: unknown = {}) {
  const sent: (readonly [string, unknown])[] = [];
  const client: Client = {
    token: 't',
    get: () => Promise.reject(new Error('Nothing is read here.')),
    post: <T>(path: string, body: unknown) => {
      sent.push([path, body]);
      // The test says what the server answers.
      return Promise.resolve({ kind: 'ok' as const, value: value as T });
    },
    postFile: () => Promise.reject(new Error('No file is sent here.')),
    openEvents: () => Promise.reject(new Error('Nothing is followed here.')),
  };
  return { client, sent };
}

const anAction = (id: string): ActionJson => ({ id, label: 'Press', style: 'plain' });
const votedOn = { id: 'apr_1', digest: 'd'.repeat(64) };

describe('given the buttons of an approval', () => {
  it('when Approve is pressed, then the vote repeats the digest that was shown', async () => {
    const { client, sent } = aClient({ text: 'Approved by Ben.', thread: 't1' });

    const answer = await pressAction(client, anAction('v1:apr_1:approve'), votedOn, {});

    expect(sent).toEqual([['/approvals/apr_1/votes', { vote: 'approve', digest: 'd'.repeat(64), seen: 0 }]]);
    expect(answer).toEqual({ kind: 'ok', value: { text: 'Approved by Ben.' } });
  });

  it('when Deny is pressed with a reason, then the vote carries it', async () => {
    const { client, sent } = aClient();

    await pressAction(client, anAction('v1:apr_1:deny'), votedOn, { text: 'ask for a photo first' });

    expect(sent).toEqual([
      [
        '/approvals/apr_1/votes',
        { vote: 'deny', digest: 'd'.repeat(64), seen: 0, reason: 'ask for a photo first' },
      ],
    ]);
  });

  it('when another button is pressed, then it goes by its id', async () => {
    const { client, sent } = aClient();

    await pressAction(client, anAction('v1:apr_1:withdraw'), votedOn, {});
    await pressAction(client, anAction('v1:call_9:happened'), undefined, { text: 'seen in the log' });

    expect(sent).toEqual([
      ['/actions', { action: 'v1:apr_1:withdraw' }],
      ['/actions', { action: 'v1:call_9:happened', text: 'seen in the log' }],
    ]);
  });
});
