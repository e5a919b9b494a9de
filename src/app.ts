/**
 * The composition root: the only file that knows every concrete part.
 *
 * Everything is built here from one Config and started in an order that never promises what it cannot keep:
 * store, tools, engine, then the doors.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAgent } from './agent/agent.ts';
import { createRunContext } from './agent/run-context.ts';
import type { RecalledThread } from './agent/agent.ts';
import { defaultLimits } from './agent/limits.ts';
import { createBackend } from './api/create-backend.ts';
import { createChatSink } from './api/chat-sink.ts';
import { hookRoutes } from './api/hooks/hook-routes.ts';
import { loadHooks } from './api/hooks/load-hooks.ts';
import type { AdapterContext, AdapterDefinition } from './chat/adapter.ts';
import type { HttpRoute } from './chat/http-route.ts';
import { createOutbox } from './chat/outbox.ts';
import { createReactions } from './reactions.ts';
import { adapterDefinitions } from '../adapters/index.ts';
import type { CommandRequest, CommandResult, CommandServices } from './commands/command.ts';
import { answerCommand, commands } from './commands/index.ts';
import { offerCommand } from './commands/suggestions.ts';
import { createPlatforms } from './platforms.ts';
import type { Platforms } from './platforms.ts';
import type { ApiBackend } from './api/backend.ts';
import type { Config } from './config.ts';
import type { Clock, Timer } from './core/clock.ts';
import { describeError, AppError } from './core/errors.ts';
import { newWorkerId } from './core/ids.ts';
import { isJsonObject } from './core/json.ts';
import type { Logger } from './core/logger.ts';
import { createRedactor, redactGrowing } from './core/redact.ts';
import type { Metrics } from './core/metrics.ts';
import { createDecisions } from './gate/decisions.ts';
import { openFreezeStream } from './gate/freeze-state.ts';
import { createFreezer } from './gate/freezer.ts';
import { createAskDecision } from './gate/ask-decision.ts';
import { createGrantDesk } from './gate/grant-desk.ts';
import { createGrants } from './gate/grants.ts';
import { createGate } from './gate/gate.ts';
import type { Policy } from './gate/policy.ts';
import type { Recall } from './context/recall.ts';
import type { Memories } from './memory/memories.ts';
import { createMemorySetup } from './memory-setup.ts';
import { createEmbedder } from './models/embedders.ts';
import { createModel } from './models/index.ts';
import type { Model } from './models/model.ts';
import { createDemoModel } from './models/demo/demo-model.ts';
import { createGroupMembers } from './people/group-members.ts';
import type { People } from './people/person.ts';
import { createLiveSetup, fixedSetup } from './live-setup.ts';
import type { LiveSetup } from './live-setup.ts';
import { loadPeople, loadPolicy, loadServers } from './load-setup.ts';
import { createSealing } from './sealing.ts';
import { createSurfaces } from './surfaces.ts';
import { readHealth } from './api/read-health.ts';
import { createWorkflowRunner } from './workflow-runner.ts';
import { createRouter } from './router.ts';
import type { Router } from './router.ts';
import { createEngine } from './runs/engine.ts';
import type { Engine } from './runs/engine.ts';
import { createRetention } from './runs/retention.ts';
import { createOpenRuns } from './runs/open-runs.ts';
import type { OpenRun, OpenRuns } from './runs/open-runs.ts';
import { createSignals } from './runs/signals.ts';
import { createChildren } from './runs/start-child.ts';
import type { Lease } from './runs/store.ts';
import { settleEpoch } from './runs/settle-epoch.ts';
import { checkStoreFile, layReady, putInPlace } from './stores/local/backup.ts';
import { openLocalStore } from './stores/local/local-store.ts';
import type { LocalStore } from './stores/local/local-store.ts';
import { joinTools, ownServers } from './tools/join-tools.ts';
import { createPins } from './tools/pins.ts';
import { createToolRegistry } from './tools/registry.ts';
import type { ToolReview } from './tools/registry.ts';
import { createToolCaller } from './tools/send-call.ts';
import { createServerConnections } from './tools/server-connection.ts';
import type { ToolCaller, ToolRegistry } from './tools/tool.ts';
import { workflowCommands } from './workflow-commands.ts';
import type { Workflow } from './workflow-kit.ts';
import { workflows as shippedWorkflows } from '../workflows/index.ts';

export interface App {
  readonly backend: ApiBackend;
  readonly engine: Engine;
  readonly router: Router;
  readonly runs: OpenRuns;
  readonly store: LocalStore;
  readonly people: People;
  readonly policy: Policy;
  readonly model: Model;
  readonly memories: Memories;
  readonly recall: Recall;
  /** A slash command as a chat platform hands it in. */
  command(request: CommandRequest): Promise<CommandResult>;
  /** Routes that chat platforms call on our own port. */
  readonly routes: readonly HttpRoute[];
  /** Looks at all open questions by the rules in force now. */
  reviseOpen(): Promise<void>;
  /** Connects the chat platforms, takes up what is due and keeps doing so. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Parts that a test or a bench may put in place of the configured ones. The gate is not among them. */
export interface AppParts {
  readonly store?: LocalStore;
  readonly model?: Model;
  readonly tools?: { readonly registry: ToolRegistry; readonly caller: ToolCaller };
  readonly policy?: Policy;
  readonly people?: People;
  /** Rules and people that change while the app runs. */
  readonly livePolicy?: () => Policy;
  readonly livePeople?: () => People;
  readonly workflows?: readonly Workflow[];
  readonly adapters?: readonly AdapterDefinition[];
}

export interface AppOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** The folder that holds `servers/` as built. */
  readonly dist: string;
  readonly parts?: AppParts;
}

const leaseMs = 30_000;
const maxActive = 512;
const sweepEveryMs = 5_000;
const groupsEveryMs = 5 * 60_000;

export async function createApp(options: AppOptions): Promise<App> {
  const { config, clock, logger, metrics, parts = {} } = options;
  const setup = setupFor(options);
  const namedPeople = setup.people;
  const groupMembers = createGroupMembers({
    clock,
    directoryOf: (platform) => surfaces.adapters.find(({ name }) => name === platform)?.groups,
    onFailure(platform, group, error) {
      logger.warn('groups.not-read', { platform, group, why: describeError(error) });
    },
  });
  const peopleNow = (): People => groupMembers.withGroups(namedPeople());
  const policyNow = setup.policy;
  const store = parts.store ?? (await openStore(config, clock));
  const worker = newWorkerId();
  const memory = createMemorySetup({
    store,
    clock,
    logger,
    embedder: createEmbedder(config.embedder, { clock, voyage: config.voyage, openai: config.openai }),
    people: peopleNow,
    adapters: () => surfaces.adapters,
    nameOf: (id) => words.nameOf(id),
  });
  const tools = joinTools(memory.tools, ownServers, parts.tools ?? createTools(options, store, policyNow));
  const redact = createRedactor([
    ...config.secrets,
    ...(parts.tools === undefined ? tokensOf(loadServers(config, options.dist)) : []),
  ]);
  const model =
    parts.model ??
    createModel(config.model, {
      clock,
      logger,
      anthropic: config.anthropic,
      openai: config.openai,
      demo: createDemoModel,
    });
  const workflows = parts.workflows ?? shippedWorkflows;
  const words = {
    nameOf: (id: string) => peopleNow().findPerson(id)?.name ?? id,
    // Pages and platforms turn this into the reader's own zone.
    time: (at: Date | number) => new Date(at).toISOString().replace(/\.\d{3}Z$/u, 'Z'),
  };
  const recalled = new WeakMap<OpenRun, ReturnType<typeof recallThread>>();
  const newLease = (): Lease => ({ worker, until: clock.now().getTime() + leaseMs });

  const runs = createOpenRuns({
    ledger: store.ledger,
    clock,
    worker,
    leaseMs,
    redact,
    onLanded(state, commit) {
      metrics.count('countersign_commits_total', { outcome: 'landed' });
      backend.announcer.landed(state);
      reactions.landed(state, commit);
    },
    isPending: (state, events) => reactions.isPending(state, events),
    onMoved(run) {
      metrics.count('countersign_commits_total', { outcome: 'moved' });
      engine.moved(run);
    },
  });
  const freeze = openFreezeStream(store.ledger, redact);
  const grants = createGrants({ ledger: store.ledger, runs, clock });
  const gateOptions = {
    ...tools,
    freeze,
    grants,
    redact,
    runs,
    clock,
    logger,
    worker,
    callTimeoutMs: config.callTimeoutMs,
    policy: policyNow,
    people: peopleNow,
  };
  const gate = createGate(gateOptions);
  const decisions = createDecisions({
    runs,
    store: store.runs,
    clock,
    freeze,
    people: peopleNow,
    rules: () => ({
      policy: policyNow(),
      isServerReviewed: (server) => tools.registry.isReviewed(server),
    }),
    refreshRoles: (persons) => groupMembers.refresh(namedPeople(), persons),
    dispatcher: () => gate.dispatcher,
    edit: (run, approval, request) => gate.edit(run, approval, request),
    wake: (run) => {
      engine.wake(run);
    },
  });
  const grantDesk = createGrantDesk({
    grants,
    now: () => clock.now().getTime(),
    people: peopleNow,
    policy: policyNow,
  });
  const freezer = createFreezer({
    stream: freeze,
    runs,
    store: store.runs,
    clock,
    logger,
    policy: policyNow,
    people: peopleNow,
    wake: (run) => {
      engine.wake(run);
    },
  });
  const agent = createAgent({
    model,
    gate,
    registry: tools.registry,
    clock,
    limits: defaultLimits,
    policy: policyNow,
    context: createRunContext(memory.recall),
    recallThread(run) {
      // What came before a run does not change while it runs.
      const known = recalled.get(run) ?? recallThread(store, run);
      recalled.set(run, known);
      return known;
    },
    showText: (run, text, isDone) => {
      backend.announcer.text(run.state(), redactGrowing(text, isDone, redact), isDone);
    },
  });
  const engine = createEngine({
    runs,
    store: store.runs,
    clock,
    logger,
    worker,
    leaseMs,
    maxActive,
    findWorkflow: (name) => findWorkflow(name),
    beforePass: (run) => decisions.beforePass(run),
    async settleOpenEnds(run) {
      await children.stopAll(run);
      await decisions.settleOpenEnds(run);
    },
    onFinished(run) {
      metrics.count('countersign_runs_finished_total', {
        workflow: run.state().workflow,
        status: run.state().status,
      });
    },
  });
  const wake = (run: OpenRun): void => {
    engine.wake(run);
  };
  const children = createChildren({ ledger: store.ledger, runs, clock, wake });
  const signals = createSignals({
    store: store.signals,
    runs,
    clock,
    isAmong: (actor, who) =>
      who.includes(actor) ||
      peopleNow()
        .expand(who)
        .some((person) => person.id === actor),
    wake,
  });
  const findWorkflow = createWorkflowRunner(workflows, {
    gate,
    agent,
    askDecision: createAskDecision(gateOptions),
    children,
    signals,
    limits: defaultLimits,
    clock,
    nameOf: words.nameOf,
  });
  const router = createRouter({
    store: store.chat,
    runs,
    engine: () => engine,
    clock,
    organisation: store.organisation,
    workflows,
    redact,
    newLease,
    onStarted(state) {
      metrics.count('countersign_runs_started_total', { workflow: state.workflow });
      backend.announcer.landed(state);
    },
  });
  const backend = createBackend({
    store,
    runs,
    decisions,
    freezer,
    grantDesk,
    router,
    memories: memory.memories,
    signals,
    wake,
    registry: tools.registry,
    clock,
    words,
    model: model.name,
    people: peopleNow,
    policy: policyNow,
    titleOf: (name) => workflows.find((workflow) => workflow.name === name)?.title ?? name,
    health: () =>
      readHealth({
        runs: store.runs,
        registry: tools.registry,
        model,
        surfaces: surfaces.adapters,
        freezer,
        setupProblem: setup.problem(),
      }),
  });

  const { publicUrl } = config;
  const surfaces = createSurfaces(parts.adapters ?? adapterDefinitions, config, {
    clock,
    logger,
    ...offered(workflows),
    ...(publicUrl !== undefined && { publicUrl }),
  });
  const outbox = createOutbox({
    adapters: surfaces.adapters,
    deliveries: store.deliveries,
    clock,
    logger,
    worker,
  });
  const reactions = createReactions({
    ledger: store.ledger,
    runs: () => runs,
    router: () => router,
    bringEnd: (state) => children.bringEnd(state),
    outbox,
    clock,
    logger,
    surfaces: new Set(surfaces.adapters.map((adapter) => adapter.name)),
    story: (state) => backend.sharedStory(state),
  });
  const sealing = createSealing({
    config,
    store,
    outbox,
    surfaces: new Set(surfaces.adapters.map((adapter) => adapter.name)),
    clock,
    logger,
  });
  const commandServices: CommandServices = {
    runs: store.runs,
    workflows,
    freezer,
    grantDesk,
    now: () => clock.now().getTime(),
    memories: memory.memories,
    recall: memory.recall,
    openRun: runs,
    nameOf: words.nameOf,
    waitingCards: (person) => backend.waitingCards(person),
    async operate(person, surface, { run, verb, reason }) {
      const done = await backend.press(person, surface, `v1:${run}:${verb}`, { text: reason });
      return done.kind === 'refused' ? done.detail : done.text;
    },
    async stop(person, surface, run) {
      const done = await backend.press(person, surface, `v1:${run}:stop`, {});
      return done.kind === 'refused' ? done.detail : done.text;
    },
  };
  const sink = createChatSink({
    backend,
    router,
    chat: store.chat,
    people: peopleNow,
    refreshRoles: (person) => groupMembers.refresh(namedPeople(), [person]),
    commands: commandServices,
  });

  try {
    await sealing.check();
  } catch (error) {
    await store.close();
    throw error;
  }
  const retention = createRetention({
    ledger: store.ledger,
    runs: store.runs,
    clock,
    logger,
    textsDays: config.retainTextsDays,
    runsDays: config.retainRunsDays,
  });

  const hooks = hookRoutes({
    hooks: loadHooks(config, { people: namedPeople(), workflows }),
    workflows,
    router,
    clock,
    logger,
    openThread: surfaces.openThread,
  });

  const lookAtSetup = async (): Promise<void> => {
    if (setup.look()) await decisions.reviseOpen();
  };
  const sweep = (): void => {
    const work = [
      router.sweep(),
      reactions.sweep(),
      signals.sweep(),
      freeze.read(),
      grants.sweep(),
      lookAtSetup(),
    ];
    Promise.all(work).catch((error: unknown) => {
      logger.error('sweep.failed', { why: describeError(error) });
    });
  };
  const lookUpGroups = (): void => void groupMembers.refreshAll(namedPeople());
  let timers: readonly Timer[] = [];
  return {
    backend,
    engine,
    router,
    runs,
    store,
    people: namedPeople(),
    policy: policyNow(),
    model,
    reviseOpen: () => decisions.reviseOpen(),
    memories: memory.memories,
    recall: memory.recall,
    command: (request) => answerCommand(commandServices, request),
    routes: [...surfaces.adapters.flatMap((adapter) => adapter.routes), ...hooks],
    async start() {
      await settleEpoch(store, clock);
      await surfaces.start(sink);
      await sealing.start();
      engine.start();
      retention.start();
      sweep();
      lookUpGroups();
      timers = [clock.every(sweepEveryMs, sweep), clock.every(groupsEveryMs, lookUpGroups)];
      // Servers start while the first page loads; a failure is told when a tool is needed.
      tools.registry.list().catch((error: unknown) => {
        logger.warn('tool-servers.failed', { why: describeError(error) });
      });
    },
    async stop() {
      for (const timer of timers) timer.cancel();
      await surfaces.stop();
      await engine.stop();
      await reactions.stop();
      await tools.registry.stop();
      await retention.stop();
      await sealing.stop();
      await store.close();
    },
  };
}

/** Policy and people from their files, as far as they are not given. */
function setupFor({ config, logger, parts = {} }: AppOptions): LiveSetup {
  const isGiven = [parts.livePolicy, parts.livePeople, parts.policy, parts.people].some(
    (part) => part !== undefined,
  );
  if (!isGiven) return createLiveSetup({ config, logger });
  const people = parts.livePeople?.() ?? parts.people ?? loadPeople(config);
  const policy = parts.livePolicy?.() ?? parts.policy ?? loadPolicy(config, people);
  return fixedSetup(parts.livePolicy ?? ((): Policy => policy), parts.livePeople ?? ((): People => people));
}

/** Exchanges of this thread that came before the run: what everybody in it has read. */
async function recallThread(store: LocalStore, run: OpenRun): Promise<RecalledThread> {
  const rows = await store.runs.list({ thread: run.state().thread, limit: 11 });
  const before = rows
    .filter((row) => row.id !== run.id && row.startedAt <= (run.state().requested?.stamp.at.getTime() ?? 0))
    .reverse();
  const taintedBy = before.find((row) => row.taintedBy !== undefined)?.taintedBy;
  return {
    exchanges: before.map((row) => ({ request: row.title, reply: row.reply })),
    runs: before.map((row) => row.id),
    ...(taintedBy !== undefined && { taintedBy: taintedBy.replace(/, earlier in this thread$/u, '') }),
    by: [...new Set(before.map((row) => row.startedBy))],
  };
}

/** What the tool servers get from the environment and what looks like a token, not like a word or a path. */
function tokensOf(servers: ReturnType<typeof loadServers>): readonly string[] {
  return servers
    .flatMap((server) => server.secrets)
    .filter((value) => /^[\w+=.~-]{12,}$/u.test(value) && /\d/u.test(value) && /[A-Za-z]/u.test(value));
}

function createTools(
  options: Pick<AppOptions, 'config' | 'clock' | 'logger' | 'dist'>,
  store: Pick<LocalStore, 'ledger'>,
  policy: () => Policy,
): { readonly registry: ToolRegistry & ToolReview; readonly caller: ToolCaller } {
  const { config, clock, logger, dist } = options;
  const connections = createServerConnections(loadServers(config, dist), { clock, logger });
  const pins = createPins({ store: store.ledger });
  return {
    registry: createToolRegistry({
      connections,
      pins,
      reviewed: () => policy().reviewedServers,
      clock,
      logger,
    }),
    caller: createToolCaller({ connections, clock, logger }),
  };
}

/** The workflows that ship with this version. */
export const knownWorkflows = (): readonly Workflow[] => shippedWorkflows;

/** The store that the configuration names. */
export async function openStore(config: Config, clock: Clock): Promise<LocalStore> {
  if (config.mongodbUri !== undefined) {
    throw new AppError(
      'config.invalid',
      'MONGODB_URI: this version keeps everything in SQLite under DATA_DIR. Fix: unset MONGODB_URI.',
    );
  }
  return openLocalStore({ folder: config.dataDir, clock });
}

/**
 * Puts a backup in the store's place, once `prepare` has made it ready. Throws `config.invalid` while a bot runs.
 * Answers with the name under which the store that was there is kept.
 */
export async function restoreStore<T>(
  config: Config,
  clock: Clock,
  file: string,
  prepare: (store: LocalStore) => Promise<T>,
): Promise<{ readonly kept: string | undefined; readonly settled: T }> {
  if (config.mongodbUri !== undefined) {
    throw new AppError(
      'config.invalid',
      'MONGODB_URI: restore the database with its own tools, then run `countersign restore` without a file.',
    );
  }
  const folder = config.dataDir;
  const ready = layReady(folder, file);
  const store = await openLocalStore({ folder, file: ready, clock });
  const settled = await prepare(store).finally(() => store.close());
  return { kept: putInPlace(folder, ready), settled };
}

/** Reads every page of the local store and says in words that it is whole. Throws `store.corrupt`. */
export function checkLocalStore(config: Pick<Config, 'dataDir'>): string {
  return checkStoreFile(config.dataDir);
}

/** Registry and review of the configured tool servers, for the command line. */
export function openTools(
  options: Pick<AppOptions, 'config' | 'clock' | 'logger' | 'dist'>,
  store: Pick<LocalStore, 'ledger'>,
  policy: Policy,
): ToolRegistry & ToolReview {
  return createTools(options, store, () => policy).registry;
}

/** The configured chat platforms, for the command line: what their tokens may do, and which commands they keep. */
export function openPlatforms(config: Config): Platforms {
  return createPlatforms(adapterDefinitions, config, offered(shippedWorkflows));
}

/** The commands and workflows of this version, as platforms offer them. */
export function shippedOffer(): Pick<AdapterContext, 'commands' | 'workflows'> {
  return offered(shippedWorkflows);
}

function offered(workflows: readonly Workflow[]): Pick<AdapterContext, 'commands' | 'workflows'> {
  return {
    commands: commands.map(offerCommand),
    workflows: workflowCommands(workflows),
  };
}

/** The folder above the built files: where `defaults/` lies. */
export function findRoot(from: string): string {
  for (let folder = from; folder !== join(folder, '..'); folder = join(folder, '..')) {
    const file = join(folder, 'package.json');
    if (!existsSync(file)) continue;
    const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (isJsonObject(content) && content['name'] === 'countersign') return folder;
  }
  throw new AppError(
    'config.invalid',
    'The folder that holds defaults/ was not found. Fix: start from an unbroken checkout.',
  );
}
