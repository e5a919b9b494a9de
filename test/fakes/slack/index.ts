/**
 * A strict local Slack: Web API, Socket Mode and signed requests, and the people who use it.
 *
 * It refuses what Slack refuses: unknown methods, arguments, fields and blocks, missing scopes, late triggers,
 * texts over their limits. What it cannot know for sure it takes at its worst.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { systemClock } from '../../../src/core/clock.ts';
import type { Clock } from '../../../src/core/clock.ts';
import { createDeliveries } from './deliveries.ts';
import type { Deliveries } from './deliveries.ts';
import { createEventSource } from './event-source.ts';
import { createFaults } from './faults.ts';
import type { Faults } from './faults.ts';
import { createActContext } from './interactions.ts';
import { pingsOf, unfurlsOf } from './live-mentions.ts';
import type { Ping, Unfurl } from './live-mentions.ts';
import { createPerson } from './person.ts';
import type { Person } from './person.ts';
import { createRateLimits } from './rate-limits.ts';
import type { RateLimitOptions } from './rate-limits.ts';
import { createResponseUrls } from './response-urls.ts';
import { seenIn } from './seen.ts';
import type { SeenMessage } from './seen.ts';
import type { Upload } from './session-methods.ts';
import { createSignedRequests } from './signed-requests.ts';
import { createSocketMode } from './socket-mode.ts';
import type { SocketMode } from './socket-mode.ts';
import { createTriggers } from './triggers.ts';
import { createWebApi } from './web-api.ts';
import type { ApiCall } from './web-api.ts';
import { createWorkspace } from './workspace.ts';
import type { Workspace, WorkspaceOptions } from './workspace.ts';

export interface FakeSlackOptions extends Omit<WorkspaceOptions, 'clock'> {
  readonly clock?: Clock;
  readonly mode: 'socket' | 'http';
  /** Where the app listens, in HTTP mode; may also be set later. */
  readonly requestUrl?: string;
  readonly limits?: RateLimitOptions;
}

export interface FakeChannelView {
  /** What everybody there reads, oldest first; with a person, his ephemeral messages too. */
  messages(userId?: string): SeenMessage[];
  /** The message that opened it and its replies. */
  thread(ts: string, userId?: string): SeenMessage[];
  /** Notifications that the bot's messages would have caused. */
  pings(): Ping[];
  unfurls(): Unfurl[];
  archive(): void;
  removeBot(): void;
  inviteBot(): void;
}

export interface FakeSlack {
  /** For `slackApiUrl`: `http://127.0.0.1:4711/api/`. */
  readonly apiUrl: string;
  readonly botToken: string;
  readonly appToken: string;
  readonly signingSecret: string;
  readonly botUserId: string;
  readonly teamId: string;
  /** State to look at or bend: users, scopes, events, sessions, assistantStatus, suggestedPrompts, tokenState. */
  readonly workspace: Workspace;
  readonly faults: Faults;
  readonly sockets: SocketMode;
  readonly deliveries: Deliveries;
  user(id: string): Person;
  channel(id: string): FakeChannelView;
  /** Everything that was called, in order. */
  calls(method?: string): readonly ApiCall[];
  /** Over all channels. */
  pings(): Ping[];
  unfurls(): Unfurl[];
  setRequestUrl(url: string | undefined): void;
  /** Lets the time of its rate limits pass so many times as fast. */
  hasten(times: number): void;
  /** Tells the app, then refuses its tokens. */
  revokeTokens(): void;
  uninstall(): void;
  /** A condition on what people see, looked at again after every turn of the event loop. */
  until<T>(look: () => T | undefined | false, timeoutMs?: number): Promise<T>;
  close(): Promise<void>;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  // A request's stream yields buffers unless an encoding is set.
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export async function createFakeSlack(options: FakeSlackOptions): Promise<FakeSlack> {
  const workspace = createWorkspace({ ...options, clock: options.clock ?? systemClock });
  const { app, clock } = workspace;
  const faults = createFaults();
  let requestUrl = options.requestUrl;
  let base = '';

  // Deliveries and Socket Mode need each other: what is held goes out when somebody connects.
  let resume = (): void => undefined;
  const sockets = createSocketMode(clock, () => {
    resume();
  });
  const carry =
    options.mode === 'socket'
      ? sockets.carry
      : createSignedRequests({
          clock,
          secret: app.signingSecret,
          address: () => requestUrl,
          takeFault: () => faults.take('delivery'),
        });
  const deliveries = createDeliveries(clock, carry);
  resume = deliveries.resume;

  const events = createEventSource(workspace, deliveries);
  const triggers = createTriggers(workspace);
  const responseUrls = createResponseUrls(workspace, () => base);
  const uploads = new Map<string, Upload>();

  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  base = `http://127.0.0.1:${String(address.port)}`;
  workspace.base = base;

  const limits = createRateLimits(clock, options.limits ?? {});
  const api = createWebApi({
    context: { workspace, triggers, events, sockets, base },
    limits,
    faults,
    uploads,
  });

  const answer = (response: ServerResponse, status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request);
    const [, part = '', id = ''] = new URL(request.url ?? '/', base).pathname.split('/');
    if (part === 'api' && request.method === 'POST') return api.handle(id, request, body, response);
    if (part === 'response' && request.method === 'POST') {
      const used = responseUrls.use(id, body.toString('utf8'));
      answer(response, used.status, used.answer);
    } else if (part === 'upload' && request.method === 'POST') {
      const upload = uploads.get(id);
      if (upload !== undefined) upload.content = body;
      response.writeHead(upload === undefined ? 404 : 200).end(`OK - ${String(body.length)}`);
    } else if (part === 'files') {
      const file = workspace.files.get(id);
      const isAllowed =
        request.headers.authorization === `Bearer ${app.botToken}` && workspace.scopes.has('files:read');
      // Without the right token Slack answers its sign-in page, status 200.
      if (file === undefined) response.writeHead(404).end();
      else if (isAllowed) response.writeHead(200, { 'content-type': file.mimetype }).end(file.content);
      else response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in</html>');
    } else answer(response, 404, { ok: false, error: 'not_found' });
  };
  server.on('request', (request, response) => {
    route(request, response).catch((error: unknown) => {
      if (!response.headersSent) answer(response, 500, { ok: false, error: `fake: ${String(error)}` });
    });
  });
  server.on('upgrade', (request, socket, head: Buffer) => {
    sockets.accept(request, socket, head);
  });

  const actContext = createActContext({ workspace, events, deliveries, triggers, responseUrls });
  const byBot = () => workspace.messages.filter((message) => message.user === app.botUserId);
  const pings = (): Ping[] => byBot().flatMap((message) => pingsOf(workspace, message));
  const unfurls = (): Unfurl[] => byBot().flatMap(unfurlsOf);
  const revoke = (state: Workspace['tokenState'], event: 'tokens_revoked' | 'app_uninstalled'): void => {
    const tokens = event === 'tokens_revoked' ? { tokens: { bot: [app.botUserId] } } : {};
    events.emit(event, { type: event, ...tokens, event_ts: workspace.nextTs() });
    workspace.tokenState = state;
  };

  return {
    apiUrl: `${base}/api/`,
    botToken: app.botToken,
    appToken: app.appToken,
    signingSecret: app.signingSecret,
    botUserId: app.botUserId,
    teamId: workspace.team.id,
    workspace,
    faults,
    sockets,
    deliveries,
    user(id) {
      const user = workspace.users.get(id);
      if (user === undefined) throw new Error(`There is no user ${id}.`);
      return createPerson(actContext, user);
    },
    channel(id) {
      const channel = workspace.channels.get(id);
      if (channel === undefined) throw new Error(`There is no channel ${id}.`);
      return {
        messages: (userId) => seenIn(workspace, id, userId),
        thread: (ts, userId) =>
          seenIn(workspace, id, userId).filter((message) => message.ts === ts || message.thread === ts),
        pings: () => pings().filter((ping) => ping.channel === id),
        unfurls: () => unfurls().filter((unfurl) => unfurl.channel === id),
        archive() {
          channel.isArchived = true;
        },
        removeBot() {
          channel.members.delete(app.botUserId);
        },
        inviteBot() {
          channel.members.add(app.botUserId);
        },
      };
    },
    calls: (method) => api.calls.filter((call) => method === undefined || call.method === method),
    pings,
    unfurls,
    setRequestUrl(url) {
      requestUrl = url;
      if (url !== undefined) deliveries.resume();
    },
    hasten: limits.hasten,
    revokeTokens: () => revoke('token_revoked', 'tokens_revoked'),
    uninstall: () => revoke('account_inactive', 'app_uninstalled'),
    async until(look, timeoutMs = 5000) {
      // `PATIENCE` is how many times as long everybody waits, for long runs beside much else.
      const end = performance.now() + timeoutMs * Number(process.env['PATIENCE'] ?? 1);
      for (;;) {
        const found = look();
        if (found !== undefined && found !== false) return found;
        if (performance.now() > end)
          throw new Error(`It did not come true within ${String(timeoutMs)} ms:\n${transcript(workspace)}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    async close() {
      sockets.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 500).unref())]);
      sockets.drop();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Everything that was said, for the message of a failed wait. */
function transcript(workspace: Workspace): string {
  return [...workspace.channels.keys()]
    .flatMap((channel) => seenIn(workspace, channel))
    .map(
      (message) =>
        `${message.channel} ${message.thread === undefined ? '' : '  ↳ '}${message.from}: ${message.text}`,
    )
    .join('\n');
}
