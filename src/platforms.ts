/**
 * The chat platforms as the command line sees them: whether their tokens work, and which commands they keep for us.
 * Nothing here connects or receives.
 */
import type {
  AdapterCheck,
  AdapterContext,
  AdapterDefinition,
  CommandPlan,
  WorkflowCommand,
} from './chat/adapter.ts';
import type { Config } from './config.ts';
import { AppError, describeError } from './core/errors.ts';
import type { ChannelId } from './core/ids.ts';
import { leftOutWords, slashCommands } from './chat/slash-commands.ts';
import { readAdapterEnv, whatIsMissing } from './surfaces.ts';

export interface Platforms {
  /** What is found out about each platform whose tokens are set. Never throws. */
  check(): Promise<readonly PlatformCheck[]>;
  /** The slash commands of workflows on a platform, whether its tokens are set or not. */
  workflowCommands(platform: string): WorkflowCommands;
  /** What would change in the commands that a platform keeps. Throws `config.invalid` when it keeps none for us. */
  planCommands(platform: string, workspace?: string): Promise<CommandPlan>;
}

export interface WorkflowCommands {
  readonly taken: readonly WorkflowCommand[];
  /** Which workflows get none, why, and what to do. */
  readonly leftOut?: string;
}

export interface PlatformCheck extends AdapterCheck {
  readonly platform: string;
}

export function createPlatforms(
  definitions: readonly AdapterDefinition[],
  config: Pick<Config, 'environment' | 'platforms'>,
  offered: Pick<AdapterContext, 'commands' | 'workflows'> & {
    /** Channels whose words are read without naming the bot. Throws `config.invalid`. */
    readsIn?(): readonly ChannelId[];
  },
): Platforms {
  async function checkOne(platform: string): Promise<readonly AdapterCheck[]> {
    const definition = definitions.find(({ name }) => name === platform);
    if (definition === undefined)
      return [{ level: 'warn', detail: `This version has no ${platform} adapter: its tokens are not used.` }];
    try {
      const env = readAdapterEnv(definition, config);
      if (!definition.isConfigured(env)) return [{ level: 'FAIL', detail: 'Some of its keys are not set.' }];
      const found = (await definition.check?.(env, offered.readsIn?.() ?? [])) ?? [
        { level: 'warn', detail: 'Tokens are set; this command does not try them.' },
      ];
      const { leftOut } = commandsOn(definition);
      return leftOut === undefined ? found : [...found, { level: 'warn', detail: leftOut }];
    } catch (error) {
      return [{ level: 'FAIL', detail: error instanceof AppError ? error.message : describeError(error) }];
    }
  }

  /** Of a platform that nobody reaches the bot on, although some of its keys are set. */
  function checkMissing(definition: AdapterDefinition): readonly PlatformCheck[] {
    const { name: platform } = definition;
    if (config.platforms.some((configured) => configured === platform)) return [];
    try {
      const detail = whatIsMissing(definition, config);
      return detail === undefined ? [] : [{ platform, level: 'FAIL', detail }];
    } catch (error) {
      return [{ platform, level: 'FAIL', detail: describeError(error) }];
    }
  }

  function commandsOn({ slashCommands: rules }: AdapterDefinition): WorkflowCommands {
    if (rules === undefined) return { taken: [] };
    const { taken, leftOut } = slashCommands(offered.workflows, rules);
    return leftOut.length === 0 ? { taken } : { taken, leftOut: leftOutWords(leftOut, rules) };
  }

  return {
    async check() {
      const found = config.platforms.map(async (platform) =>
        (await checkOne(platform)).map((check) => ({ ...check, platform })),
      );
      return [...(await Promise.all(found)).flat(), ...definitions.flatMap(checkMissing)];
    },
    workflowCommands(platform) {
      const definition = definitions.find(({ name }) => name === platform);
      return definition === undefined ? { taken: [] } : commandsOn(definition);
    },
    async planCommands(platform, workspace) {
      const definition = definitions.find(({ name }) => name === platform);
      if (definition?.planCommands === undefined)
        throw new AppError('config.invalid', `${platform} keeps no commands for this bot.`);
      const env = readAdapterEnv(definition, config);
      if (!definition.isConfigured(env))
        throw new AppError(
          'config.invalid',
          `${platform} is not set up: ${platform.toUpperCase()}_… keys are missing. Fix: see .env.example.`,
        );
      return definition.planCommands(env, offered, workspace);
    },
  };
}
