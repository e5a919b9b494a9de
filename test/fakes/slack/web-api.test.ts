import { afterEach, describe, expect, it } from '@jest/globals';
import { aManualClock } from '../../builders/manual-clock.ts';
import { createFakeSlack } from './index.ts';
import type { FakeSlack, FakeSlackOptions } from './index.ts';

const opened: FakeSlack[] = [];

async function aSlack(options: Partial<FakeSlackOptions> = {}): Promise<FakeSlack> {
  const slack = await createFakeSlack({ mode: 'socket', ...options });
  opened.push(slack);
  return slack;
}

afterEach(async () => {
  for (const slack of opened.splice(0)) await slack.close();
});

function send(slack: FakeSlack, method: string, args: Record<string, unknown>, token = slack.botToken) {
  const fields = Object.entries(args).map(([key, value]) => [
    key,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return fetch(`${slack.apiUrl}${method}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: new URLSearchParams(fields),
  });
}

async function call(slack: FakeSlack, method: string, args: Record<string, unknown>, token?: string) {
  const response = await send(slack, method, args, token);
  // Slack answers JSON objects.
  return (await response.json()) as Record<string, unknown>;
}

const post = (slack: FakeSlack, over: Record<string, unknown> = {}) =>
  call(slack, 'chat.postMessage', { channel: 'C1', text: 'Hello', ...over });

describe('given the Web API', () => {
  it.each([
    ['an unknown method', 'chat.shout', {}, { error: 'unknown_method' }],
    [
      'an unknown argument',
      'chat.postMessage',
      { channel: 'C1', text: 'a', nonce: '1' },
      { error: 'invalid_arguments' },
    ],
    ['no text', 'chat.postMessage', { channel: 'C1' }, { error: 'no_text' }],
    ['an unknown channel', 'chat.postMessage', { channel: 'C9', text: 'a' }, { error: 'channel_not_found' }],
    [
      'a bad block',
      'chat.postMessage',
      { channel: 'C1', blocks: [{ type: 'x' }] },
      { error: 'invalid_blocks' },
    ],
    [
      'a thread that is not there',
      'chat.postMessage',
      { channel: 'C1', text: 'a', thread_ts: '1700000000.000001' },
      { error: 'thread_not_found' },
    ],
    [
      'a missing scope',
      'reactions.add',
      { channel: 'C1', timestamp: '1', name: 'eyes' },
      { error: 'missing_scope', needed: 'reactions:write' },
    ],
    [
      'another name',
      'chat.postMessage',
      { channel: 'C1', text: 'a', username: 'Ben' },
      { error: 'missing_scope', needed: 'chat:write.customize' },
    ],
    [
      'a trigger nobody gave',
      'views.open',
      { trigger_id: 'x', view: { type: 'modal', title: { type: 'plain_text', text: 'T' }, blocks: [] } },
      { error: 'invalid_trigger_id' },
    ],
    [
      'a stream without its reader',
      'chat.startStream',
      { channel: 'C1', thread_ts: '1700000000.000001' },
      { error: 'missing_recipient_user_id' },
    ],
  ])('when a call has %s, then it is refused in Slack’s words', async (_name, method, args, refusal) => {
    const slack = await aSlack();

    expect(await call(slack, method, args)).toMatchObject({ ok: false, ...refusal });
  });

  it('when the token is wrong, of the other kind or revoked, then nothing is done', async () => {
    const slack = await aSlack();

    expect((await call(slack, 'auth.test', {}, 'xoxb-other'))['error']).toBe('invalid_auth');
    expect((await call(slack, 'apps.connections.open', {}))['error']).toBe('not_allowed_token_type');
    slack.revokeTokens();
    expect((await post(slack))['error']).toBe('token_revoked');
    expect(slack.channel('C1').messages()).toEqual([]);
  });

  it('when the bot is not in the channel or the channel is archived, then it cannot post', async () => {
    const slack = await aSlack({
      channels: [
        { id: 'C1', isArchived: true },
        { id: 'C2', hasBot: false },
        { id: 'C3', kind: 'private', hasBot: false },
      ],
    });
    const errors = await Promise.all(
      ['C1', 'C2', 'C3'].map(async (channel) => (await post(slack, { channel }))['error']),
    );

    expect(errors).toEqual(['is_archived', 'not_in_channel', 'channel_not_found']);
  });

  it('when a message is ephemeral, then it cannot be updated and only one person reads it', async () => {
    const slack = await aSlack();
    const { message_ts: ts } = await call(slack, 'chat.postEphemeral', {
      channel: 'C1',
      user: 'U1',
      text: 'Psst',
    });

    const update = await call(slack, 'chat.update', { channel: 'C1', ts, text: 'b' });

    expect(update['error']).toBe('message_not_found');
    expect(slack.channel('C1').messages('U2')).toEqual([]);
    expect(slack.channel('C1').messages('U1')[0]).toMatchObject({ text: 'Psst', isEphemeral: true });
  });

  it('when five minutes have passed, then a stream takes nothing more', async () => {
    const clock = aManualClock();
    const slack = await aSlack({ clock });
    const { ts: thread_ts } = await post(slack);
    const who = { recipient_team_id: 'T01', recipient_user_id: 'U1' };
    const { ts } = await call(slack, 'chat.startStream', { channel: 'C1', thread_ts, ...who });
    const append = () => call(slack, 'chat.appendStream', { channel: 'C1', ts, markdown_text: 'a' });

    clock.advance(299_999);
    const before = await append();
    clock.advance(1);

    expect(before['ok']).toBe(true);
    expect((await append())['error']).toBe('message_not_in_streaming_state');
    expect((await call(slack, 'chat.stopStream', { channel: 'C1', ts }))['error']).toBe(
      'message_not_in_streaming_state',
    );
  });

  it('when the budget of a method or a channel is spent, then 429 says how long to wait', async () => {
    const clock = aManualClock();
    const slack = await aSlack({ clock, limits: { postsPerSecond: 1, perMinute: { 'auth.test': 1 } } });
    await post(slack);
    await call(slack, 'auth.test', {});

    const tooSoon = await send(slack, 'chat.postMessage', { channel: 'C1', text: 'b' });
    const tooMany = await send(slack, 'auth.test', {});
    clock.advance(1000);

    expect([tooSoon.status, tooSoon.headers.get('retry-after')]).toEqual([429, '1']);
    expect([tooMany.status, tooMany.headers.get('retry-after')]).toEqual([429, '60']);
    expect((await post(slack))['ok']).toBe(true);
  });

  it('when faults are ordered, then the next calls meet them, applied or not as said', async () => {
    const slack = await aSlack();
    slack.faults.next('chat.postMessage', { kind: 'status', status: 500, isApplied: true });
    slack.faults.next('chat.postMessage', { kind: 'reset', when: 'after' });
    slack.faults.next('chat.postMessage', { kind: 'reset', when: 'before' });
    slack.faults.next('chat.postMessage', { kind: 'html' });

    expect((await send(slack, 'chat.postMessage', { channel: 'C1', text: '1' })).status).toBe(500);
    await expect(post(slack, { text: '2' })).rejects.toThrow('fetch failed');
    await expect(post(slack, { text: '3' })).rejects.toThrow('fetch failed');
    const html = await send(slack, 'chat.postMessage', { channel: 'C1', text: '4' });

    expect(html.headers.get('content-type')).toBe('text/html');
    expect(
      slack
        .channel('C1')
        .messages()
        .map((message) => message.text),
    ).toEqual(['1', '2']);
  });

  it('when metadata is read back, then the flag and the scope show it', async () => {
    const scopes = ['chat:write', 'channels:history', 'metadata.message:read'];
    const slack = await aSlack({ scopes });
    const metadata = { event_type: 'card', event_payload: { marker: 'm1' } };
    const { ts } = await post(slack, { metadata });
    const read = (extra: object) => call(slack, 'conversations.replies', { channel: 'C1', ts, ...extra });

    expect((await read({}))['messages']).toEqual([expect.not.objectContaining({ metadata })]);
    expect((await read({ include_all_metadata: true }))['messages']).toEqual([
      expect.objectContaining({ metadata }),
    ]);
    slack.workspace.scopes.delete('channels:history');
    expect((await read({}))['needed']).toBe('channels:history');
  });

  it('when a file goes out in its three steps, then it stands in the thread', async () => {
    const slack = await aSlack({ scopes: ['chat:write', 'files:write'] });
    const given = await call(slack, 'files.getUploadURLExternal', { filename: 'a.txt', length: '5' });
    await fetch(String(given['upload_url']), { method: 'POST', body: 'hello' });
    const files = [{ id: given['file_id'], title: 'Arguments' }];

    const done = await call(slack, 'files.completeUploadExternal', { files, channel_id: 'C1' });

    expect(done['ok']).toBe(true);
    expect(slack.channel('C1').messages()[0]?.files).toEqual([{ name: 'a.txt', content: 'hello' }]);
  });
});

describe('given text that could ping or unfold', () => {
  const escaped = '&lt;!channel&gt; and @here';
  const section = (text: object) => ({ blocks: [{ type: 'section', text }] });
  const rich = (element: object) => ({
    blocks: [{ type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [element] }] }],
  });

  it.each([
    ['a broadcast in mrkdwn', { text: 'a <!channel> b' }, ['channel']],
    ['one inside code', { text: '`<!here>`' }, ['here']],
    ['a person', { text: '<@U2> and <@U2|x>' }, ['U2']],
    ['a group', { text: '<!subteam^S1|x>' }, ['S1']],
    ['escaped text', { text: escaped }, []],
    ['a plain @everyone', { text: '@everyone' }, []],
    ['a plain @everyone with link_names', { text: '@everyone @ben', link_names: true }, ['everyone', 'U2']],
    ['a plain @channel with parse full', { text: '@channel', parse: 'full' }, ['channel']],
    ['a block that is not verbatim', section({ type: 'mrkdwn', text: '@here' }), ['here']],
    ['a block that is verbatim', section({ type: 'mrkdwn', text: '@here', verbatim: true }), []],
    ['plain text', section({ type: 'plain_text', text: '<!channel> @here' }), []],
    ['a markdown block', { blocks: [{ type: 'markdown', text: '<!everyone>' }] }, ['everyone']],
    ['markdown text', { markdown_text: '@channel <@U1>' }, ['U1', 'channel']],
    ['literal rich text', rich({ type: 'text', text: '<!channel> @here' }), []],
    ['a broadcast element', rich({ type: 'broadcast', range: 'here' }), ['here']],
  ])('when it is %s, then the pings are counted', async (_name, message, targets) => {
    const slack = await aSlack();

    await call(slack, 'chat.postMessage', { channel: 'C1', ...message });

    expect(slack.pings().map((ping) => ping.target)).toEqual(targets);
  });

  it('when an address is posted, then it unfolds unless both flags say no', async () => {
    const slack = await aSlack();
    const text = 'see https://example.com/a';

    await post(slack, { text });
    await post(slack, { text, unfurl_links: false, unfurl_media: false });

    expect(slack.unfurls().map((unfurl) => unfurl.url)).toEqual(['https://example.com/a']);
  });
});
