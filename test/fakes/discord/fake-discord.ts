/** A strict local Discord for the real client: gateway, HTTP interface, persons, and what persons see. */
import type { AddressInfo } from 'node:net';
import { createGateway } from './gateway.ts';
import type { FakeGateway } from './gateway.ts';
import { createInteractions } from './interactions.ts';
import { createMessages } from './messages.ts';
import { createPerson } from './persons.ts';
import type { Deliver, FakePerson } from './persons.ts';
import { createRateLimits } from './rate-limits.ts';
import type { RateLimits } from './rate-limits.ts';
import { createRest } from './rest.ts';
import type { Handle, RestFaults } from './rest.ts';
import { createRoutes } from './routes.ts';
import { createSigner } from './signing.ts';
import type { Signer } from './signing.ts';
import { allParts, createState, wordsOf } from './state.ts';
import type { FakeMessage, FakeState } from './state.ts';
import { unfurlsOf } from './validate-message.ts';

export interface FakeDiscord {
  /** The one that is accepted at present. */
  readonly token: string;
  /** From now on only another token is accepted. */
  renewToken(): void;
  /** For DISCORD_API_URL. */
  readonly apiUrl: string;
  readonly state: FakeState;
  readonly gateway: FakeGateway;
  readonly rest: RestFaults;
  readonly limits: RateLimits;
  readonly signer: Signer;
  user(id: string, name: string): FakePerson;
  /** From now on interactions are sent here and not through the gateway. */
  interactionsOver(deliver: Deliver | undefined): void;
  /** What everybody in a channel or thread sees of the bot, oldest first. */
  shown(channel: string): readonly FakeMessage[];
  expireLatestToken(): void;
  pings(): readonly string[];
  embeds(): readonly string[];
  close(): Promise<void>;
}

/** With a server and a channel #finance of other ids than the usual short ones. */
export interface FakeDiscordOptions {
  readonly guild?: string;
  readonly finance?: string;
}

export async function aFakeDiscord({ guild, finance }: FakeDiscordOptions = {}): Promise<FakeDiscord> {
  const state = createState(guild, finance);
  const messages = createMessages(state, () => `http://127.0.0.1:${String(port())}`);
  const interactions = createInteractions(state, messages);
  const limits = createRateLimits();
  const signer = createSigner();
  let handle: Handle = () => undefined;
  const { server, faults } = createRest({ limits, handle: (request) => handle(request), state });
  // A server that listens on TCP has an address object; it is asked only after `listen`.
  const port = (): number => (server.address() as AddressInfo).port;
  const gateway = createGateway(server, state, port);
  handle = createRoutes({
    state,
    messages,
    interactions,
    publicKey: signer.publicKey,
    readsWords: () => (gateway.intents() & (1 << 15)) !== 0,
    gatewayUrl: () => `ws://127.0.0.1:${String(port())}`,
    onThread(thread) {
      gateway.dispatch('THREAD_CREATE', {
        ...thread,
        newly_created: true,
        thread_metadata: {
          archived: false,
          auto_archive_duration: 1440,
          archive_timestamp: new Date().toISOString(),
          locked: false,
        },
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  let deliver: Deliver | undefined;
  return {
    get token() {
      return state.token;
    },
    renewToken() {
      state.token = `${state.token}.next`;
    },
    apiUrl: `http://127.0.0.1:${String(port())}/api`,
    state,
    gateway,
    rest: faults,
    limits,
    signer,
    user: (id, name) =>
      createPerson(
        { state, gateway, messages, interactions, signer, deliver: () => deliver },
        { id, username: name.toLowerCase(), global_name: name },
      ),
    interactionsOver(over) {
      deliver = over;
    },
    shown: (channel) =>
      state
        .messagesIn(channel)
        .filter((message) => message.author.id === state.bot.id && message.onlyFor === undefined),
    expireLatestToken() {
      interactions.expireLatest();
    },
    pings: () => state.pings,
    embeds: () =>
      [...state.messages.values()].flatMap((message) =>
        message.author.id === state.bot.id ? unfurlsOf(message) : [],
      ),
    async close() {
      gateway.stop();
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
    },
  };
}

export function buttonsOf(message: FakeMessage): readonly string[] {
  return allParts(message.components).flatMap((part) =>
    part.type === 2 && part.disabled !== true ? [part.label ?? ''] : [],
  );
}

export { wordsOf };
