/**
 * The concrete parts that the app and the command line open alike: the tool servers, the chat platforms and the
 * workflows of this version.
 */
import { adapterDefinitions } from '../adapters/index.ts';
import { workflows as shippedWorkflows } from '../workflows/index.ts';
import type { AdapterContext } from './chat/adapter.ts';
import { commands } from './commands/index.ts';
import { offerCommand } from './commands/suggestions.ts';
import type { Config } from './config.ts';
import type { Clock } from './core/clock.ts';
import type { Logger } from './core/logger.ts';
import type { Policy } from './gate/policy.ts';
import { checkWorkflows } from './check-workflows.ts';
import { loadPeople, loadServers } from './load-setup.ts';
import { createLiveLearning } from './learning/load-learning.ts';
import { createPlatforms } from './platforms.ts';
import { loadTriggers } from './triggers/load-triggers.ts';
import { readDefinitions } from './scheduling.ts';
import type { Platforms } from './platforms.ts';
import type { Store } from './stores/store.ts';
import { createPins } from './tools/pins.ts';
import { createToolRegistry } from './tools/registry.ts';
import type { ToolReview } from './tools/registry.ts';
import { createToolCaller } from './tools/send-call.ts';
import { createServerConnections } from './tools/server-connection.ts';
import type { ToolCaller, ToolRegistry } from './tools/tool.ts';
import { workflowCommands } from './workflow-commands.ts';
import type { Workflow } from './workflow-kit.ts';

export interface ToolOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The folder that holds `servers/` as built. */
  readonly dist: string;
}

/** What the tool servers get from the environment and what looks like a token, not like a word or a path. */
function tokensOf(servers: ReturnType<typeof loadServers>): readonly string[] {
  return servers
    .flatMap((server) => server.secrets)
    .filter((value) => /^[\w+=.~-]{12,}$/u.test(value) && /\d/u.test(value) && /[A-Za-z]/u.test(value));
}

export interface ConfiguredTools {
  readonly registry: ToolRegistry & ToolReview;
  readonly caller: ToolCaller;
  readonly review: ToolReview;
  /** What their servers are given that nobody may read. */
  readonly secrets: readonly string[];
}

/** The tools of the servers that the configuration names. */
export function createTools(
  options: ToolOptions,
  store: Pick<Store, 'ledger'>,
  policy: () => Policy,
): ConfiguredTools {
  const { config, clock, logger, dist } = options;
  const servers = loadServers(config, dist);
  const connections = createServerConnections(servers, { clock, logger });
  const pins = createPins({ store: store.ledger });
  const registry = createToolRegistry({
    connections,
    pins,
    reviewed: () => policy().reviewedServers,
    clock,
    logger,
  });
  return {
    registry,
    review: registry,
    caller: createToolCaller({ connections, clock, logger }),
    secrets: tokensOf(servers),
  };
}

/** The workflows that ship with this version. */
export const knownWorkflows = (): readonly Workflow[] => shippedWorkflows;

/** The workflows, looked at as a start looks at them. Throws `config.invalid` with every mistake, its file and key. */
export function checkedWorkflows(config: Config): readonly Workflow[] {
  checkWorkflows(shippedWorkflows);
  readDefinitions({ config, workflows: shippedWorkflows, people: () => loadPeople(config) });
  return shippedWorkflows;
}

/** Registry and review of the configured tool servers, for the command line. */
export function openTools(
  options: ToolOptions,
  store: Pick<Store, 'ledger'>,
  policy: Policy,
): ToolRegistry & ToolReview {
  return createTools(options, store, () => policy).registry;
}

/** The configured chat platforms, for the command line: what their tokens may do, and which commands they keep. */
export function openPlatforms(config: Config): Platforms {
  return createPlatforms(adapterDefinitions, config, {
    ...offered(shippedWorkflows),
    readsIn: () =>
      [...loadTriggers(config, shippedWorkflows), ...createLiveLearning(config).now()].map(
        ({ channel }) => channel,
      ),
  });
}

export function offered(workflows: readonly Workflow[]): Pick<AdapterContext, 'commands' | 'workflows'> {
  return {
    commands: commands.map(offerCommand),
    workflows: workflowCommands(workflows),
  };
}
