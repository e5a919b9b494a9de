/** The real Bolt app against the stand-in: answers a mention with a button, and the button with a form. */
import { App, HTTPReceiver, LogLevel, SocketModeReceiver } from '@slack/bolt';
import type { Receiver } from '@slack/bolt';
import type { FakeSlack } from './index.ts';

export interface BoltApp {
  readonly app: App;
  stop(): Promise<void>;
}

const retryConfig = { retries: 0 };

export async function aBoltApp(slack: FakeSlack, mode: 'socket' | 'http'): Promise<BoltApp> {
  const clientOptions = { slackApiUrl: slack.apiUrl, retryConfig };
  const socket = new SocketModeReceiver({
    appToken: slack.appToken,
    logLevel: LogLevel.ERROR,
    clientPingTimeout: 2_000,
    installerOptions: { clientOptions: { ...clientOptions } },
  });
  // Ended while it makes a link, the client rejects a promise that nobody holds, which ends the process.
  let connecting = Promise.resolve();
  socket.client.on('connecting', () => {
    connecting = new Promise((resolve) => socket.client.once('connected', () => resolve()));
  });
  const http = new HTTPReceiver({ signingSecret: slack.signingSecret, logLevel: LogLevel.ERROR });
  const receiver: Receiver = mode === 'socket' ? socket : http;
  const app = new App({
    token: slack.botToken,
    receiver,
    clientOptions,
    logLevel: LogLevel.ERROR,
    ignoreSelf: true,
  });
  tellStory(app);
  if (mode === 'http') {
    const server = await http.start({ port: 0, host: '127.0.0.1' });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('The server has no port.');
    slack.setRequestUrl(`http://127.0.0.1:${String(address.port)}/slack/events`);
  } else await app.start();
  return {
    app,
    async stop() {
      if (mode === 'http') {
        await http.stop();
        return;
      }
      await Promise.race([connecting, new Promise((resolve) => setTimeout(resolve, 5_000).unref())]);
      await app.stop();
    },
  };
}

function tellStory(app: App): void {
  app.event('app_mention', async ({ event, client }) => {
    await client.chat.postMessage({
      channel: event.channel,
      thread_ts: event.thread_ts ?? event.ts,
      text: 'Approve the refund?',
      blocks: [
        { type: 'section', text: { type: 'mrkdwn', text: 'Approve &lt;the&gt; refund?' } },
        {
          type: 'actions',
          block_id: 'decide',
          elements: [
            {
              type: 'button',
              action_id: 'approve',
              text: { type: 'plain_text', text: 'Approve' },
              value: 'r1',
            },
            { type: 'button', action_id: 'deny', text: { type: 'plain_text', text: 'Deny…' }, value: 'r1' },
          ],
        },
      ],
      metadata: { event_type: 'card', event_payload: { marker: 'm1' } },
      unfurl_links: false,
      unfurl_media: false,
    });
  });
  app.action('approve', async ({ ack, body, client, respond }) => {
    await ack();
    if (body.type !== 'block_actions' || body.message === undefined) return;
    const channel = body.channel?.id ?? '';
    await respond({ response_type: 'ephemeral', replace_original: false, text: 'Thank you.' });
    const text = `Approved by <@${body.user.id}>.`;
    await client.chat.update({ channel, ts: body.message.ts, text, blocks: [] });
  });
  app.action('deny', async ({ ack, body, client }) => {
    await ack();
    if (body.type !== 'block_actions' || body.message === undefined) return;
    await client.views.open({
      trigger_id: body.trigger_id,
      view: {
        type: 'modal',
        callback_id: 'reason',
        private_metadata: `${body.channel?.id ?? ''} ${body.message.ts}`,
        title: { type: 'plain_text', text: 'Deny the refund' },
        submit: { type: 'plain_text', text: 'Deny' },
        blocks: [
          {
            type: 'input',
            block_id: 'why',
            label: { type: 'plain_text', text: 'Reason' },
            element: { type: 'plain_text_input', action_id: 'text', max_length: 300 },
          },
        ],
      },
    });
  });
  app.view('reason', async ({ ack, view, client, body }) => {
    const reason = view.state.values['why']?.['text']?.value ?? '';
    if (reason === 'no') {
      await ack({ response_action: 'errors', errors: { why: 'Say a little more.' } });
      return;
    }
    await ack();
    const [channel = '', ts = ''] = view.private_metadata.split(' ');
    await client.chat.update({ channel, ts, text: `Denied: ${reason}`, blocks: [] });
    await client.chat.postEphemeral({ channel, user: body.user.id, text: 'You denied it.' });
  });
  app.command('/countersign', async ({ ack, command }) => {
    await ack({ response_type: 'ephemeral', text: `You said ${command.text}` });
  });
  app.message('stream', async ({ message, client }) => {
    const place = { channel: message.channel, thread_ts: message.ts };
    const { ts = '' } = await client.chat.startStream({ ...place, markdown_text: 'One' });
    await client.chat.appendStream({ channel: message.channel, ts, markdown_text: ' two' });
    await client.chat.stopStream({ channel: message.channel, ts, markdown_text: ' three' });
  });
  app.event('app_home_opened', async ({ event, client }) => {
    const text = { type: 'plain_text', text: 'Nothing waits for you.' } as const;
    await client.views.publish({
      user_id: event.user,
      view: { type: 'home', blocks: [{ type: 'section', text }] },
    });
  });
}
