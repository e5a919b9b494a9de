/**
 * The chat surfaces whose tokens are set: made from the configuration, connected however long that takes.
 *
 * A platform that cannot be reached does not keep the bot from starting: the console and the other surfaces work
 * meanwhile, and what the platform's threads must show waits in the outbox. Wrong configuration ends the start.
 */
import type { AdapterContext, AdapterDefinition, ChatAdapter, InboundSink } from './chat/adapter.ts';
import { leftOutWords, slashCommands } from './chat/slash-commands.ts';
import type { Config } from './config.ts';
import type { Timer } from './core/clock.ts';
import type { ChannelId, ThreadId } from './core/ids.ts';
import { AppError, describeError } from './core/errors.ts';

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
}

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
  };
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
