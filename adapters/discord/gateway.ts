/**
 * The connections that Discord speaks through, one per shard. discord.js keeps them: heartbeats and resuming; here
 * their ends are watched, and what they deliver is handed on unread.
 *
 * An end after which connecting again cannot help stops all of them and is told, once.
 */
import type { Client, RESTOptions } from 'discord.js';
import type { Clock, Timer } from '../../src/core/clock.ts';
import { pause } from '../../src/core/clock.ts';
import { AppError, describeError } from '../../src/core/errors.ts';
import type { Logger } from '../../src/core/logger.ts';
import { createIdentifyPace } from './identify-pace.ts';
import { tokenRefused } from './rest.ts';
import type { DiscordLibrary } from './vendor.ts';

export interface GatewayEvent {
  /** `MESSAGE_CREATE`, `INTERACTION_CREATE`… */
  readonly name: string;
  readonly payload: unknown;
}

export interface Gateway {
  /** Resolves when messages can arrive, or when connecting goes on in the background. Throws `config.invalid`. */
  connect(): Promise<void>;
  stop(): Promise<void>;
  status(): GatewayStatus;
  /** Their names, as far as the connections have told them. */
  servers(): readonly string[];
}

export interface GatewayStatus {
  readonly state: 'ok' | 'warning' | 'failed';
  readonly detail: string;
}

export interface GatewayOptions {
  readonly library: DiscordLibrary;
  readonly token: string;
  readonly rest: Partial<RESTOptions>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Beside those that every bot may have: what is said without naming the bot, and reactions. */
  readonly watches: { readonly words: boolean; readonly reactions: boolean };
  /** How many; `auto` is as many as Discord wants. */
  readonly shards: number | 'auto';
  /** Called once, when nothing can arrive any more until the process is restarted; never while it starts. */
  onStopped(why: string): void;
  onEvent(event: GatewayEvent): void;
}

/** Guilds, messages in them, direct messages: none of them privileged. */
const always = (1 << 0) | (1 << 9) | (1 << 12);
const ofReactions = 1 << 10;
/** Privileged: it must be switched on for the application. */
const ofWords = 1 << 15;
const readyWithinMs = 20_000;
const stopWithinMs = 5_000;
const reconnectDelaysMs = [5_000, 15_000, 60_000];

/** Ends after which connecting again cannot help, and what an operator does about each. */
const fatalCloses: Readonly<Record<number, string>> = {
  4004: tokenRefused,
  4010: 'Discord refused the shard. Fix: unset DISCORD_SHARDS and restart the bot.',
  4011: 'The bot is in so many servers that Discord wants more shards. Fix: unset DISCORD_SHARDS and restart the bot.',
  4012: 'Discord no longer speaks this version of its gateway. Fix: update Countersign.',
  4013: 'Discord refused the intents. Fix: update Countersign.',
  4014: 'Discord refused an intent. Fix: switch «Message Content Intent» on at the bot page of the application, or take Discord channels out of triggers.yaml and knowledge.yaml; then restart the bot.',
};

export function createGateway(options: GatewayOptions): Gateway {
  const { library, clock, logger } = options;
  let client: Client | undefined;
  let status: GatewayStatus = { state: 'warning', detail: 'not connected yet' };
  let isStopped = false;
  let retry: Timer | undefined;
  let tries = 0;
  let isStarting = true;
  let isOver = false;
  const connected = new Map<number, boolean>();
  const identifyPace = createIdentifyPace(clock, logger);

  function noteShard(watched: Client, shard: number, isConnected: boolean): void {
    connected.set(shard, isConnected);
    const all = Math.max(watched.ws.shards.size, 1);
    const there = [...connected.values()].filter(Boolean).length;
    if (isOver) return;
    if (there >= all)
      status = { state: 'ok', detail: all === 1 ? 'connected' : `connected, ${String(all)} shards` };
    else
      status = {
        state: 'warning',
        detail: all === 1 ? 'connecting again' : `connected with ${String(there)} of ${String(all)} shards`,
      };
  }

  /** Nothing arrives any more, and trying again is pointless. */
  function stopForGood(why: string): void {
    if (isOver) return;
    isOver = true;
    status = { state: 'failed', detail: why };
    if (isStarting) return;
    void client?.destroy();
    options.onStopped(why);
  }

  function watch(watched: Client, onReady: () => void): void {
    const { Events } = library;
    // Without a listener an error in the library ends the process.
    watched.on(Events.Error, (error) => {
      logger.error('discord.failed', { why: describeError(error) });
    });
    watched.on(Events.ShardError, (error) => {
      logger.warn('discord.connection-failed', { why: describeError(error) });
    });
    watched.on(Events.ShardReconnecting, (shard) => {
      noteShard(watched, shard, false);
    });
    watched.on(Events.ShardResume, (shard) => {
      noteShard(watched, shard, true);
    });
    watched.on(Events.ShardReady, (shard) => {
      noteShard(watched, shard, true);
    });
    watched.on(Events.ShardDisconnect, ({ code }, shard) => {
      const fix = fatalCloses[code];
      logger.error('discord.disconnected', { code, shard, fix: fix ?? 'Restart the bot.' });
      stopForGood(
        fix ?? `The gateway closed the connection for good (${String(code)}). Fix: restart the bot.`,
      );
    });
    watched.on(Events.ClientReady, onReady);
    watched.on(Events.Raw, (packet: unknown) => {
      // discord.js hands on the decoded frame, an object; its two fields stay unknown until they are parsed.
      const { t: name, d: payload } = packet as { readonly t?: unknown; readonly d?: unknown };
      if (typeof name === 'string') options.onEvent({ name, payload });
    });
  }

  async function attempt(): Promise<void> {
    const { Client: ClientClass, Options } = library;
    const { words, reactions } = options.watches;
    const { shards } = options;
    connected.clear();
    const fresh = new ClientClass({
      intents: always | (reactions ? ofReactions : 0) | (words ? ofWords : 0),
      rest: options.rest,
      shards: shards === 'auto' ? shards : Array.from({ length: shards }, (_, shard) => shard),
      ws: {
        async buildIdentifyThrottler(manager) {
          const { session_start_limit: limit } = await manager.fetchGatewayInformation();
          identifyPace.allowFor(await manager.getShardCount(), limit.max_concurrency);
          return identifyPace;
        },
      },
      allowedMentions: { parse: [], repliedUser: false },
      waitGuildTimeout: 5_000,
      makeCache: Options.cacheWithLimits({ MessageManager: 0, ReactionManager: 0, ThreadMemberManager: 0 }),
    });
    client = fresh;
    const ready = new Promise<void>((resolve) => {
      watch(fresh, resolve);
    });
    await fresh.login(options.token);
    await Promise.race([ready, pause(clock, readyWithinMs)]);
    tries = 0;
  }

  async function connect(): Promise<void> {
    try {
      await attempt();
    } catch (error) {
      const isTokenRefused =
        error instanceof library.DiscordjsError && error.code === library.DiscordjsErrorCodes.TokenInvalid;
      if (isTokenRefused) stopForGood(tokenRefused);
      if (isOver) throw new AppError('config.invalid', status.detail, { cause: error });
      status = { state: 'warning', detail: `Discord cannot be reached: ${describeError(error)}` };
      logger.warn('discord.unreachable', { why: describeError(error) });
      const delay = reconnectDelaysMs[Math.min(tries, reconnectDelaysMs.length - 1)] ?? 60_000;
      tries += 1;
      if (isStopped) return;
      retry = clock.after(delay, () => {
        connect().catch((failure: unknown) => {
          logger.error('discord.refused', { why: describeError(failure) });
        });
      });
    }
  }

  return {
    async connect() {
      try {
        await connect();
      } finally {
        isStarting = false;
      }
    },
    async stop() {
      isStopped = true;
      retry?.cancel();
      // A connection that is just being made may take its time to end; the process does not wait for it.
      await Promise.race([client?.destroy(), pause(clock, stopWithinMs)]);
      if (!isOver) status = { state: 'warning', detail: 'stopped' };
    },
    status: () => status,
    servers: () =>
      [...(client?.guilds.cache.values() ?? [])].flatMap((guild) => {
        // Whatever its type says, a server that was not told of yet, or cannot be reached, has none.
        const name: unknown = guild.name;
        return typeof name === 'string' ? name : [];
      }),
  };
}
