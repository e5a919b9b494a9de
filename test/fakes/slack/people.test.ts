import { createServer } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { LogLevel, SocketModeReceiver } from '@slack/bolt';
import { aManualClock } from '../../builders/manual-clock.ts';
import { createFakeSlack } from './index.ts';
import { manifestEvents } from './workspace.ts';
import type { FakeSlack, FakeSlackOptions } from './index.ts';

const cleanUps: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** An app that hears of a message in a channel only when it is named there. */
const events = manifestEvents.filter((event) => event !== 'message.channels');

async function aSlack(options: Partial<FakeSlackOptions> = {}): Promise<FakeSlack> {
  const slack = await createFakeSlack({ mode: 'http', events, ...options });
  cleanUps.push(() => slack.close());
  return slack;
}

/** An app that answers every request with the next status of a list, the last one for ever. */
async function anApp(slack: FakeSlack, statuses: readonly number[], headers: Record<string, string> = {}) {
  const retries: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    request.resume();
    retries.push(request.headers['x-slack-retry-num']?.toString());
    const status = statuses[Math.min(retries.length, statuses.length) - 1] ?? 200;
    response.writeHead(status, headers).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  slack.setRequestUrl(`http://127.0.0.1:${String(address.port)}/`);
  return retries;
}

async function call(slack: FakeSlack, method: string, args: Record<string, unknown>) {
  const fields = Object.entries(args).map(([key, value]) => [
    key,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  const response = await fetch(`${slack.apiUrl}${method}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${slack.botToken}` },
    body: new URLSearchParams(fields),
  });
  // Slack answers JSON objects.
  return (await response.json()) as Record<string, unknown>;
}

const eventOf = (delivery: { payload: Readonly<Record<string, unknown>> } | undefined): unknown =>
  delivery?.payload['event'];

describe('given people in channels', () => {
  it('when a mention is also a channel message, then two events with their own ids tell of one message', async () => {
    const slack = await aSlack({ events: ['app_mention', 'message.channels'] });

    const said = slack.user('U1').mention('C1', 'hello');

    const [first, second] = said.deliveries;
    expect([eventOf(first), eventOf(second)]).toEqual([
      expect.objectContaining({ type: 'message', ts: said.ts, channel_type: 'channel' }),
      expect.objectContaining({ type: 'app_mention', ts: said.ts }),
    ]);
    expect(first?.id).not.toBe(second?.id);
  });

  it('when the app did not subscribe or is not in the channel, then it hears nothing', async () => {
    const slack = await aSlack({ channels: [{ id: 'C1' }, { id: 'C2', hasBot: false }] });

    expect(slack.user('U1').say('C1', 'between us').deliveries).toEqual([]);
    expect(slack.user('U1').mention('C2', 'hello?').deliveries).toEqual([]);
  });

  it('when a stranger, a guest or a deactivated person acts, then Slack says who it is', async () => {
    const slack = await aSlack({
      users: [
        { id: 'U1' },
        { id: 'U7', teamId: 'T99' },
        { id: 'U8', kind: 'guest' },
        { id: 'U9', isDeactivated: true },
      ],
    });
    const info = async (user: string) => (await call(slack, 'users.info', { user }))['user'];

    const said = slack.user('U7').mention('C1', 'let me in');

    expect(eventOf(said.deliveries[0])).toMatchObject({ user: 'U7', user_team: 'T99', team: 'T99' });
    expect(await info('U7')).toMatchObject({ team_id: 'T99', is_stranger: true });
    expect(await info('U8')).toMatchObject({ is_restricted: true });
    expect(await info('U9')).toMatchObject({ deleted: true });
    expect(() => slack.user('U9').mention('C1', 'hi')).toThrow('deactivated');
  });

  it('when a person presses what is not there or not his to see, then it is refused', async () => {
    const slack = await aSlack({ channels: [{ id: 'C1', kind: 'private', members: ['U1'] }] });
    const button = { type: 'button', action_id: 'go', text: { type: 'plain_text', text: 'Go' } };
    const blocks = [{ type: 'actions', elements: [button] }];
    await call(slack, 'chat.postMessage', { channel: 'C1', text: 'Go?', blocks });
    const [message] = slack.channel('C1').messages();
    if (message === undefined) throw new Error('Nothing was posted.');

    expect(() => slack.user('U1').press(message, 'Approve')).toThrow('only: Go');
    expect(() => slack.user('U2').press(message, 'Go')).toThrow('does not see');
  });

  it('when a trigger is used late or twice, then no form opens', async () => {
    const clock = aManualClock();
    const slack = await aSlack({ clock });
    await anApp(slack, [200]);
    const view = { type: 'modal', title: { type: 'plain_text', text: 'T' }, blocks: [] };
    const trigger = async () => (await slack.user('U1').command('/countersign', '', 'C1')).id;
    const first = await trigger();
    const open = async (trigger_id: string) =>
      (await call(slack, 'views.open', { trigger_id, view }))['error'];

    expect([await open(first), await open(first)]).toEqual([undefined, 'exchanged_trigger_id']);
    const late = await trigger();
    clock.advance(3001);
    expect(await open(late)).toBe('expired_trigger_id');
  });

  it('when a required field is left empty, then Slack keeps the form open', async () => {
    const slack = await aSlack();
    await anApp(slack, [200]);
    const element = { type: 'number_input', action_id: 'n', is_decimal_allowed: false, max_value: '10' };
    const amount = { type: 'input', block_id: 'b', label: { type: 'plain_text', text: 'Amount' }, element };
    const title = { type: 'plain_text', text: 'Edit' };
    const { id } = await slack.user('U1').shortcut('edit');
    await call(slack, 'views.open', {
      trigger_id: id,
      view: { type: 'modal', title, submit: title, blocks: [amount] },
    });
    const form = slack.user('U1').modal();
    if (form === undefined) throw new Error('No form opened.');

    await expect(slack.user('U1').submit(form, {})).rejects.toThrow('required');
    await expect(slack.user('U1').submit(form, { Amount: '11' })).rejects.toThrow('Too big');
    await expect(slack.user('U1').submit(form, { Price: '1' })).rejects.toThrow('no field Price');
    const { delivery } = await slack.user('U1').submit(form, { Amount: '9' });

    expect(delivery.payload['view']).toMatchObject({ state: { values: { b: { n: { value: '9' } } } } });
    expect(slack.user('U1').modal()).toBeUndefined();
  });
});

describe('given events over HTTP', () => {
  it('when the app fails, then Slack repeats at once, after a minute and after five, with the same id', async () => {
    const clock = aManualClock();
    const slack = await aSlack({ clock });
    const retries = await anApp(slack, [500, 500, 500, 200]);
    const said = slack.user('U1').mention('C1', 'hello');
    const delivery = said.deliveries[0];
    const answered = (count: number) =>
      slack.until(() => delivery?.attempts[count - 1]?.status !== undefined);

    await answered(1);
    clock.advance(0);
    await answered(2);
    clock.advance(60_000);
    await answered(3);
    clock.advance(300_000);
    await said.settled;

    expect(retries).toEqual([undefined, '1', '2', '3']);
    expect(delivery?.outcome).toBe('acknowledged');
  });

  it('when the app says that it wants no retry, then there is none', async () => {
    const slack = await aSlack();
    const retries = await anApp(slack, [500], { 'x-slack-no-retry': '1' });

    const [delivery] = await slack.user('U1').mention('C1', 'hello').settled;

    expect(delivery?.outcome).toBe('lost');
    expect(retries).toHaveLength(1);
  });
});

describe('given a link of Socket Mode that nobody reads', () => {
  it('when three seconds pass without acknowledgement, then the event comes again and the press does not', async () => {
    const clock = aManualClock();
    const slack = await aSlack({ mode: 'socket', clock });
    const { client } = new SocketModeReceiver({
      appToken: slack.appToken,
      logLevel: LogLevel.ERROR,
      installerOptions: { clientOptions: { slackApiUrl: slack.apiUrl } },
    });
    interface Envelope {
      readonly type: string;
      readonly retry_num?: number;
      readonly retry_reason?: string;
      ack(): Promise<void>;
    }
    const envelopes: Envelope[] = [];
    client.on('slack_event', (envelope: Envelope) => envelopes.push(envelope));
    await client.start();
    cleanUps.push(() => client.disconnect());

    const said = slack.user('U1').mention('C1', 'hello');
    const command = slack.user('U1').command('/countersign', 'help', 'C1');
    await slack.until(() => envelopes.length === 2);
    clock.advance(3000);
    clock.advance(0);
    await slack.until(() => envelopes.length === 3);
    await envelopes[2]?.ack();
    await said.settled;

    expect((await command).outcome).toBe('lost');
    expect(envelopes[2]).toMatchObject({ type: 'events_api', retry_num: 1, retry_reason: 'timeout' });
    expect(said.deliveries[0]?.attempts.map((attempt) => attempt.ackedAfterMs)).toEqual([undefined, 0]);
    expect(slack.sockets.strayAcks).toEqual([]);
  });
});
