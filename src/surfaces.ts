/**
 * The chat surfaces whose tokens are set: made from the configuration, connected however long that takes.
 *
 * A platform that cannot be reached does not keep the bot from starting: the console and the other surfaces work
 * meanwhile, and what the platform's threads must show waits in the outbox. Wrong configuration ends the start.
 */
import type {
  AdapterContext,
  AdapterDefinition,
  AdapterStatus,
  ChatAdapter,
  InboundSink,
} from './chat/adapter.ts';
import { leftOutWords, slashCommands } from './chat/slash-commands.ts';
import type { Config } from './config.ts';
import type { Timer } from './core/clock.ts';
import type { ChannelId, ThreadId } from './core/ids.ts';
import { AppError, describeError } from './core/errors.ts';
import { makeVisible } from './core/visible-text.ts';

export interface Surfaces {
  readonly adapters: readonly ChatAdapter[];
  /**
   * Opens a thread for what no person asked. Undefined for the console, whose threads hang on no message. Throws
   * `chat.unavailable`, or `chat.refused` for a platform that is not there or cannot.
   */
  openThread(channel: ChannelId, title: string, marker: string): Promise<ThreadId | undefined>;
  /** Resolves once each has connected or will be tried again. Throws `config.invalid`. */
  start(sink: InboundSink): Promise<void>;
  stop(): Promise<void>;
  /** Where people reach the bot beside the console, as it is told at the start. Never empty. */
  lines(): readonly SurfaceLine[];
}

export interface SurfaceLine {
  /** A platform, or `chat` when there is none. */
  readonly name: string;
  readonly text: string;
}

export const noPlatforms =
  'none, people reach the bot in the console alone. Set SLACK_BOT_TOKEN with SLACK_APP_TOKEN or SLACK_SIGNING_SECRET, or DISCORD_TOKEN, in .env.';

const againDelaysMs = [5_000, 15_000, 60_000];

export function createSurfaces(
  definitions: readonly AdapterDefinition[],
  config: Pick<Config, 'environment' | 'platforms'>,
  context: AdapterContext,
): Surfaces {
  const { clock, logger } = context;
  const adapters = definitions.flatMap((definition) => createAdapter(definition, config, context));
  for (const platform of config.platforms) {
    if (adapters.some((adapter) => adapter.name === platform)) continue;
    logger.warn('adapter.missing', {
      platform,
      fix: `This version has no ${platform} adapter: its tokens are not used.`,
    });
  }
  const waiting = new Set<Timer>();
  let isStopped = false;

  async function connect(adapter: ChatAdapter, sink: InboundSink, tries: number): Promise<void> {
    try {
      await adapter.start(sink);
    } catch (error) {
      if (!(error instanceof AppError) || !error.isRetryable) throw error;
      logger.warn('adapter.unreachable', { adapter: adapter.name, why: describeError(error) });
      if (isStopped) return;
      const timer = clock.after(againDelaysMs[Math.min(tries, againDelaysMs.length - 1)] ?? 60_000, () => {
        waiting.delete(timer);
        connect(adapter, sink, tries + 1).catch((failure: unknown) => {
          logger.error('adapter.refused', { adapter: adapter.name, why: describeError(failure) });
        });
      });
      waiting.add(timer);
    }
  }

  return {
    adapters,
    async openThread(channel, title, marker) {
      const [platform] = channel.split(':');
      if (platform === 'console') return undefined;
      const adapter = adapters.find(({ name }) => name === platform);
      if (adapter?.open === undefined)
        throw new AppError(
          'chat.refused',
          `No thread can be opened in ${channel}: ${platform} is not connected.`,
        );
      return adapter.open(channel, title, marker);
    },
    async start(sink) {
      for (const adapter of adapters) await connect(adapter, sink, 0);
    },
    async stop() {
      isStopped = true;
      for (const timer of waiting) timer.cancel();
      await Promise.all(adapters.map((adapter) => adapter.stop()));
    },
    lines() {
      const lines = [
        ...adapters.map((adapter) => ({ name: adapter.name, text: statusText(adapter.status()) })),
        ...definitions.flatMap((definition) => {
          const text = whatIsMissing(definition, config);
          return text === undefined ? [] : [{ name: definition.name, text }];
        }),
      ];
      return lines.length > 0 ? lines : [{ name: 'chat', text: noPlatforms }];
    },
  };
}

/** What works is told by its place; of the rest, what is wrong comes with it. Names there are other people's words. */
export function statusText({ state, detail, where }: AdapterStatus): string {
  if (where === undefined) return detail;
  const place = makeVisible(where);
  return state === 'ok' ? place : `${place}: ${detail}`;
}

/** Why people do not reach the bot on a platform some of whose keys are set. Throws `config.invalid` for wrong ones. */
export function whatIsMissing(
  definition: AdapterDefinition,
  config: Pick<Config, 'environment'>,
): string | undefined {
  const env = readAdapterEnv(definition, config);
  return definition.isConfigured(env) ? undefined : definition.missing?.(env);
}

function createAdapter(
  definition: AdapterDefinition,
  config: Pick<Config, 'environment'>,
  context: AdapterContext,
): readonly ChatAdapter[] {
  const env = readAdapterEnv(definition, config);
  if (!definition.isConfigured(env)) return [];
  const { name: platform, slashCommands: rules } = definition;
  const leftOut = rules === undefined ? [] : slashCommands(context.workflows, rules).leftOut;
  if (rules !== undefined && leftOut.length > 0)
    context.logger.warn('commands.left-out', { platform, why: leftOutWords(leftOut, rules) });
  return [definition.create(env, context)];
}

/** The keys that an adapter reads. Throws `config.invalid`, naming each that is wrong. */
export function readAdapterEnv(definition: AdapterDefinition, config: Pick<Config, 'environment'>): object {
  const env = definition.env.safeParse(config.environment);
  if (env.success) return env.data;
  const faults = env.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
  throw new AppError('config.invalid', faults.join('\n'));
}
