import { afterEach, describe, expect, it } from '@jest/globals';
import { aBoltApp } from './a-bolt-app.ts';
import type { BoltApp } from './a-bolt-app.ts';
import { createFakeSlack } from './index.ts';
import type { FakeSlack } from './index.ts';

const opened: { slack: FakeSlack; bolt: BoltApp }[] = [];

async function aSlackWithBolt(mode: 'socket' | 'http'): Promise<FakeSlack> {
  const slack = await createFakeSlack({ mode });
  opened.push({ slack, bolt: await aBoltApp(slack, mode) });
  return slack;
}

afterEach(async () => {
  for (const { slack, bolt } of opened.splice(0)) {
    await bolt.stop();
    await slack.close();
  }
});

const card = (slack: FakeSlack) =>
  slack.until(() =>
    slack
      .channel('C1')
      .messages()
      .find((message) => message.from === 'countersign'),
  );

describe.each(['socket', 'http'] as const)('given the real Bolt client over %s', (mode) => {
  it('when a person mentions it and presses the button, then the card settles and only he is thanked', async () => {
    const slack = await aSlackWithBolt(mode);
    const said = slack.user('U1').mention('C1', 'refund please');
    const asked = await card(slack);

    const delivery = await slack.user('U2').press(asked, 'Approve');

    await slack.until(() => slack.channel('C1').messages()[1]?.text === 'Approved by @ben.');
    expect(asked.text).toBe('Approve <the> refund?\n[Approve] [Deny…]');
    expect(asked.thread).toBe(said.ts);
    expect(delivery.outcome).toBe('acknowledged');
    expect(
      slack
        .channel('C1')
        .messages('U2')
        .map((message) => message.text),
    ).toContain('Thank you.');
    expect(
      slack
        .channel('C1')
        .messages('U1')
        .map((message) => message.text),
    ).not.toContain('Thank you.');
    expect(slack.channel('C1').messages()[1]?.labels).toEqual([]);
    expect(slack.calls().every((call) => call.answer?.['ok'] === true)).toBe(true);
  });

  it('when a person denies, then the form comes, keeps what is wrong open, and tells him privately', async () => {
    const slack = await aSlackWithBolt(mode);
    const ben = slack.user('U2');
    slack.user('U1').mention('C1', 'refund please');
    await ben.press(await card(slack), 'Deny…');
    const form = await slack.until(() => ben.modal());

    const first = await ben.submit(form, { Reason: 'no' });
    const second = await ben.submit(form, { Reason: 'no photo' });

    expect(form.title).toBe('Deny the refund');
    expect(first.errors).toEqual({ why: 'Say a little more.' });
    expect(second.errors).toEqual({});
    expect(ben.modal()).toBeUndefined();
    await slack.until(() => ben.sees('C1').some((message) => message.text === 'You denied it.'));
    expect(slack.channel('C1').messages()[1]?.text).toBe('Denied: no photo');
  });

  it('when somebody writes in direct messages, then the answer streams', async () => {
    const slack = await aSlackWithBolt(mode);

    const said = slack.user('U1').dm('stream it');

    const answer = await slack.until(() =>
      slack
        .channel(said.channel)
        .messages()
        .find((one) => one.text === 'One two three'),
    );
    expect(answer.isStreaming).toBe(false);
    expect(answer.thread).toBe(said.ts);
  });

  it('when somebody gives a command or opens the Home tab, then he is answered', async () => {
    const slack = await aSlackWithBolt(mode);

    await slack.user('U3').command('/countersign', 'help @ben', 'C1');
    await slack.user('U3').openHome();

    expect(
      slack
        .user('U3')
        .sees('C1')
        .map((message) => message.text),
    ).toEqual(['You said help @ben']);
    const home = await slack.until(() => slack.user('U3').home());
    expect(home.text).toBe('Nothing waits for you.');
  });
});

describe('given the real Bolt client over Socket Mode', () => {
  it('when the link breaks, then events wait for the next one and a press is lost', async () => {
    const slack = await aSlackWithBolt('socket');
    slack.user('U1').mention('C1', 'first');
    const asked = await card(slack);
    slack.sockets.drop();

    const press = await slack.user('U2').press(asked, 'Approve');
    const said = slack.user('U1').mention('C1', 'second');
    const [delivery] = await said.settled;

    await slack.until(() => slack.channel('C1').thread(said.ts).length === 2);
    expect(press.outcome).toBe('lost');
    expect(delivery?.outcome).toBe('acknowledged');
    expect(delivery?.attempts.map((attempt) => attempt.number)).toEqual([1]);
  });

  it('when Slack asks for a fresh link, then the app comes back on another one', async () => {
    const slack = await aSlackWithBolt('socket');

    slack.sockets.disconnect('refresh_requested');

    await slack.until(() => slack.sockets.connections.length === 2);
    expect(slack.sockets.connections.map((link) => link.isOpen)).toEqual([false, true]);
  });
});
