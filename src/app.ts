/**
 * The composition root: the only file that knows every concrete part.
 *
 * Everything is built here from one Config and started in an order that never promises what it cannot keep:
 * store, tools, engine, then the doors.
 */
import { createCardCopies } from './agent/offer-cards.ts';
import { createHealthReader } from './agent/read-approval-health.ts';
import { createActivity } from './agent/activity.ts';
import { createUndoing } from './agent/undo-steps.ts';
import { createAgent } from './agent/agent.ts';
import { createPrecedents } from './agent/keep-precedents.ts';
import { createThreadRecall } from './agent/recall-thread.ts';
import { createRunContext } from './agent/run-context.ts';
import { runLimits } from './agent/limits.ts';
import type { RunLimits } from './agent/limits.ts';
import { createAppLife } from './app-life.ts';
import { createTools, offered } from './app-parts.ts';
import type { ToolOptions } from './app-parts.ts';
import { createBackend } from './api/create-backend.ts';
import { createScheduleBoard } from './api/schedule-board.ts';
import { createChatSink } from './api/chat-sink.ts';
import { hookRoutes } from './api/hooks/hook-routes.ts';
import { loadHooks } from './api/hooks/load-hooks.ts';
import { setupRoutes } from './api/setup-route.ts';
import type { AdapterDefinition } from './chat/adapter.ts';
import type { HttpRoute } from './chat/http-route.ts';
import { createDraftNotes } from './chat/draft-notes.ts';
import { createFormNotes } from './chat/form-notes.ts';
import { createKeptFiles } from './runs/kept-files.ts';
import { createOutbox } from './chat/outbox.ts';
import { createParkedThreads } from './chat/parked-threads.ts';
import { createCourier } from './courier.ts';
import { createDrills } from './drills.ts';
import { createFileSource } from './file-source.ts';
import { createConsoleHistory } from './learning/console-history.ts';
import { createLiveLearning } from './learning/load-learning.ts';
import { createReactions } from './reactions.ts';
import { adapterDefinitions } from '../adapters/index.ts';
import type { CommandRequest, CommandResult, CommandServices } from './commands/command.ts';
import { completeLine } from './commands/complete-line.ts';
import { answerCommand, commands } from './commands/index.ts';
import { followRun } from './commands/notices.ts';
import type { ApiBackend } from './api/backend.ts';
import type { McpDesk } from './api/mcp/mcp-desk.ts';
import { nameChannel } from './core/channel-token.ts';
import { describeError } from './core/errors.ts';
import { newNonce, newWorkerId } from './core/ids.ts';
import type { ApprovalId, ThreadId } from './core/ids.ts';
import { surfaceOf } from './core/surface-of.ts';
import { redactGrowing } from './core/redact.ts';
import type { Metrics } from './core/metrics.ts';
import { questionsOf } from './gate/questions.ts';
import { createHealthOfRuns } from './gate/approval-health.ts';
import type { Policy } from './gate/policy.ts';
import type { Recall } from './context/recall.ts';
import type { Memories } from './memory/memories.ts';
import { createHoldMemory } from './agent/hold-memory.ts';
import { createMemorySetup } from './memory-setup.ts';
import { createPolicySetup } from './policy-setup.ts';
import { createPeopleSetup } from './people-setup.ts';
import { createEmbedder } from './models/embedders.ts';
import { createModel } from './models/index.ts';
import { createReranker } from './models/reranker.ts';
import type { Model } from './models/model.ts';
import { createDemoModel } from './models/demo/demo-model.ts';
import { createJoinCard } from './join-cards.ts';
import { createAskLimit } from './notices/ask-limit.ts';
import { createNotices } from './notices/notices.ts';
import { findByWord } from './people/find-by-word.ts';
import type { People } from './people/person.ts';
import { checkWorkflows } from './check-workflows.ts';
import { createGateSetup } from './gate-setup.ts';
import { createLiveGuardrails } from './guardrails-setup.ts';
import type { LiveGuardrails } from './guardrails-setup.ts';
import { createIntake } from './intake.ts';
import { setupFor } from './live-setup.ts';
import { createScheduling, scheduleServices } from './scheduling.ts';
import { createSealing } from './sealing.ts';
import { createSettingsWatch } from './settings-watch.ts';
import { createLiveThreads } from './live-threads.ts';
import { tellDirectly, tellOperators, tellPerson } from './tell-operators.ts';
import { createSurfaces } from './surfaces.ts';
import type { SurfaceLine } from './surfaces.ts';
import { createThreadOpener } from './open-threads.ts';
import { createDirectRooms, createDirectStarts } from './direct-rooms.ts';
import { digestWorkflow } from './commands/schedule-desk.ts';
import { createInputSuggestions } from './commands/suggest-input.ts';
import { loadTriggers } from './triggers/load-triggers.ts';
import { readHealth } from './api/read-health.ts';
import { approvalLink, threadLink } from './thread-links.ts';
import { createWorkflowRunner } from './workflow-runner.ts';
import { openStore } from './open-store.ts';
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
import type { Store } from './stores/store.ts';
import { joinTools, ownServers } from './tools/join-tools.ts';
import type { ToolReview } from './tools/registry.ts';
import type { ToolCaller, ToolRegistry } from './tools/tool.ts';
import type { Workflow } from './workflow-kit.ts';
import { workflows as shippedWorkflows } from '../workflows/index.ts';

export interface App {
  readonly backend: ApiBackend;
  readonly mcp: McpDesk;
  readonly engine: Engine;
  readonly router: Router;
  readonly runs: OpenRuns;
  readonly store: Store;
  readonly people: People;
  readonly policy: Policy;
  readonly model: Model;
  readonly memories: Memories;
  readonly recall: Recall;
  /** A slash command as a chat platform hands it in. */
  command(request: CommandRequest): Promise<CommandResult>;
  /** Routes that chat platforms call on our own port. */
  readonly routes: readonly HttpRoute[];
  /** A code for the first operator, while there is none; each works once, for an hour. */
  offerSetup(): Promise<string | undefined>;
  /** Where people reach the bot beside the console, in words. */
  chatLines(): readonly SurfaceLine[];
  /** Looks at all open questions by the rules in force now. */
  reviseOpen(): Promise<void>;
  /** Connects the chat platforms, takes up what is due and keeps doing so. */
  start(): Promise<void>;
  /** Hands its work back within a few seconds. The store stays open until `doorsClosed`, if it is given. */
  stop(doorsClosed?: Promise<void>): Promise<void>;
}

/** Parts that a test or a bench may put in place of the configured ones. The gate is not among them. */
export interface AppParts {
  readonly store?: Store;
  readonly model?: Model;
  /** A second model that looks at calls. */
  readonly reviewer?: Model;
  readonly tools?: {
    readonly registry: ToolRegistry;
    readonly caller: ToolCaller;
    readonly review?: ToolReview;
    readonly secrets?: readonly string[];
  };
  readonly policy?: Policy;
  readonly people?: People;
  /** Rules and people that change while the app runs. */
  readonly livePolicy?: () => Policy;
  readonly livePeople?: () => People;
  readonly workflows?: readonly Workflow[];
  readonly adapters?: readonly AdapterDefinition[];
  /** Runs worked on at the same time. */
  readonly maxActive?: number;
}

export interface AppOptions extends ToolOptions {
  /** Read once for the whole process; from the configuration when absent. */
  readonly guardrails?: LiveGuardrails;
  readonly metrics: Metrics;
  readonly parts?: AppParts;
}

/** A process that died is noticed after this and a sweep; one that lives renews its leases three times in it. */
const leaseMs = 15_000;
const maxActive = 512;

export async function createApp(options: AppOptions): Promise<App> {
  const { config, logger, metrics, parts = {} } = options;
  const setup = setupFor({ config, logger }, parts);
  const guardrails = options.guardrails ?? createLiveGuardrails(config);
  const policyNow = setup.policy;
  const store = parts.store ?? (await openStore(options));
  const { clock } = store;
  const people = await createPeopleSetup({
    ...{ ledger: store.ledger, clock, logger },
    filed: setup.people,
    adapters: () => surfaces.adapters,
    tell: (text, except) => void tellOperators(tellers, text, except),
    onChanged: () => void reviseAll(),
  });
  const { now: peopleNow, named: namedPeople, desk: peopleDesk, links, refreshRoles } = people;
  const worker = newWorkerId();
  const linkTo = (thread: ThreadId): string | undefined => threadLink(thread, config.publicUrl);
  const learning = createLiveLearning(config);
  const memory = createMemorySetup({
    store,
    clock,
    logger,
    reranker: createReranker(config.reranker ?? 'none', { clock, voyage: config.voyage }),
    embedder: createEmbedder(config.embedder, { clock, voyage: config.voyage, openai: config.openai }),
    people: peopleNow,
    adapters: () => surfaces.adapters,
    nameOf: (id) => words.nameOf(id),
    redact: (text) => redact(text),
    listened: learning.now,
    whyClosed: (url) => guardrails.whyClosed(url),
    console: createConsoleHistory({
      store: store.runs,
      runs: () => runs,
      nameOf: (id) => words.nameOf(id),
      linkTo,
    }),
  });
  const configuredTools = parts.tools ?? createTools(options, store, policyNow);
  const tools = joinTools(memory.tools, ownServers, configuredTools);
  const redact = guardrails.redactorOf([...config.secrets, ...(configuredTools.secrets ?? [])]);
  const modelOptions = {
    ...{ clock, logger, anthropic: config.anthropic, openai: config.openai, demo: createDemoModel },
    prices: () => policyNow().prices,
  };
  const model = parts.model ?? createModel(config.model, modelOptions);
  const reviewer =
    parts.reviewer ??
    (config.reviewModel === undefined
      ? undefined
      : createModel(config.reviewModel, { ...modelOptions, setting: 'REVIEW_MODEL' }));
  const workflows = parts.workflows ?? shippedWorkflows;
  checkWorkflows(workflows);
  const words = {
    nameOf: (id: string) => peopleNow().findPerson(id)?.name ?? id,
    // Pages and platforms turn this into the reader's own zone.
    time: (at: Date | number) => new Date(at).toISOString().replace(/\.\d{3}Z$/u, 'Z'),
    pageOf: (approval: ApprovalId) => approvalLink(approval, config.publicUrl),
  };
  const limitsNow = (): RunLimits => runLimits(policyNow().budgets);
  const wake = (run: OpenRun): void => {
    engine.wake(run);
  };
  const newLease = (): Lease => ({ worker, lastsMs: leaseMs });

  const runs = createOpenRuns({
    ledger: store.ledger,
    clock,
    redact,
    onLanded(state, commit) {
      metrics.count('countersign_commits_total', { outcome: 'landed' });
      backend.announcer.landed(state);
      liveThreads.landed(state, commit);
      reactions.landed(state, commit);
    },
    isPending: (state, events) => reactions.isPending(state, events),
    onMoved(run) {
      metrics.count('countersign_commits_total', { outcome: 'moved' });
      engine.moved(run);
    },
  });
  const { gate, decisions, questions, grants, freeze, freezer, budgets, ...gated } = createGateSetup({
    ...{ config, store, clock, logger, worker, runs, tools, guardrails, redact, model, reviewer },
    policy: policyNow,
    people: peopleNow,
    ...{ refreshRoles, wake, nameOf: words.nameOf },
  });
  const { grantDesk, policyChanges, askDecision, approvePlan } = gated;
  const keptFiles = createKeptFiles({ ledger: store.ledger, clock, redact });
  const policyDesk = createPolicySetup({
    ...{
      config,
      store,
      clock,
      logger,
      redact,
      registry: tools.registry,
      changes: policyChanges,
      policy: policyNow,
      people: peopleNow,
    },
    tell: (text, except) => void tellOperators(tellers, text, except),
    onWritten: () => lookAtSetup(),
  });
  const agent = createAgent({
    approvePlan,
    spending: gated.spending,
    gate,
    registry: tools.registry,
    clock,
    limits: limitsNow,
    files: createFileSource(model, () => surfaces.adapters, keptFiles, redact),
    policy: policyNow,
    context: createRunContext(memory.recall),
    holdMemory: createHoldMemory(memory.memories),
    recallThread: createThreadRecall({ store: store.runs, runs }),
    thread: { store: store.runs, runs },
    showText: (run, text, isDone) => {
      const shown = redactGrowing(text, isDone, redact);
      backend.announcer.text(run.state(), shown, isDone);
      liveThreads.text(run.state(), shown, isDone);
    },
  });
  const keepPrecedents = createPrecedents({ memories: memory.memories, clock, logger });
  const engine = createEngine({
    runs,
    store: store.runs,
    clock,
    logger,
    worker,
    leaseMs,
    maxActive: parts.maxActive ?? maxActive,
    findWorkflow: (name) => findWorkflow(name),
    async beforePass(run) {
      await decisions.beforePass(run);
      if (config.remembersOnRequestOnly !== true) await keepPrecedents(run);
    },
    undo: createUndoing(gate),
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
  const titleOf = (name: string): string => workflows.find((entry) => entry.name === name)?.title ?? name;
  const activity = createActivity({
    store: store.activity,
    runs: store.runs,
    now: () => clock.now().getTime(),
    nameOf: words.nameOf,
    titleOf,
    linkTo,
    expand: (who) => peopleNow().expand(who),
    audienceOf: memory.containers.audienceOf,
    reads: async (id, channel) => {
      const person = peopleNow().findPerson(id);
      return person !== undefined && rooms.reads(person, channel);
    },
  });
  const findWorkflow = createWorkflowRunner(workflows, {
    gate,
    agent,
    askDecision,
    approvePlan,
    keepsMemories: config.remembersOnRequestOnly !== true,
    activity,
    approvalHealth: createHealthReader({
      store: store.activity,
      healthOf: createHealthOfRuns(store.ledger, peopleNow),
      now: () => clock.now().getTime(),
      nameOf: words.nameOf,
      audienceOf: memory.containers.audienceOf,
    }),
    copyCard: createCardCopies(runs),
    startDirectly: (...asked) => startDirectly(...asked),
    findPerson: (word) => findByWord(peopleNow().persons, word),
    children,
    signals,
    limits: limitsNow,
    clock,
    nameOf: words.nameOf,
  });
  const routing = createRouter({
    store: store.chat,
    runs,
    engine: () => engine,
    clock,
    organisation: store.organisation,
    workflows,
    redact,
    questionsOf: (state, message) =>
      questionsOf(state, { ...message, surface: surfaceOf(message.thread) }, peopleNow()),
    newLease,
    onStarted(state, commit) {
      metrics.count('countersign_runs_started_total', { workflow: state.workflow });
      backend.announcer.landed(state);
      liveThreads.landed(state, commit);
    },
  });
  const router = createIntake(routing, { clock });
  const scheduling = { config, workflows, store: store.schedules, clock, people: peopleNow };
  const scheduler = createScheduling({
    ...scheduling,
    activity,
    logger,
    router: () => routing,
    rooms: {
      open: (...asked) => rooms.open(...asked),
      stillReads: (...asked) => rooms.stillReads(...asked),
    },
    mayDisturb: (person) => notices.mayDisturb(person),
    openThread: (...asked) => openThread(...asked),
  });
  const schedules = scheduleServices(scheduler, {
    ...scheduling,
    rooms: { reads: (...asked) => rooms.reads(...asked) },
    adapters: () => surfaces.adapters,
  });
  const drills = createDrills({
    ...{ guardrails, workflows, timeZone: config.timeZone, clock, logger },
    people: peopleNow,
    policy: policyNow,
    router: () => routing,
    openThread: (...asked) => openThread(...asked),
  });
  const backend = createBackend({
    store,
    runs,
    redact,
    decisions,
    questions,
    freezer,
    grantDesk,
    peopleDesk,
    policyDesk,
    notices: () => ({ ...notices, zone: config.timeZone }),
    follow: (person, run) => followRun(notices, { people: peopleNow, openRun: runs }, person.id, run),
    router,
    memories: memory.memories,
    recall: memory.recall,
    signals,
    wake,
    registry: tools.registry,
    toolReview: configuredTools.review,
    keptFiles,
    clock,
    words,
    model: model.name,
    people: peopleNow,
    policy: policyNow,
    titleOf,
    scheduleBoard: createScheduleBoard(schedules, workflows),
    outside: {
      workflows,
      isOpen: memory.containers.isOpen,
      openThread: (...place) => openThread(...place),
      linkTo,
    },
    answerCommand: (request) => answerCommand(commandServices, request),
    completeLine: (line) => completeLine({ services: commandServices, commands, suggestInput }, line),
    health: () =>
      readHealth({
        runs: store.runs,
        registry: tools.registry,
        model,
        surfaces: surfaces.adapters,
        freezer,
        troubleOf: (surface) => parked.troubleOf(surface),
        setupProblem: settings.problem(),
      }),
  });

  const { publicUrl } = config;
  const triggers = loadTriggers(config, workflows);
  const surfaces = createSurfaces(parts.adapters ?? adapterDefinitions, config, {
    clock,
    logger,
    redact,
    ...offered(workflows),
    watched: triggers,
    listened: () => learning.now().map(({ channel }) => channel),
    draftNotes: createDraftNotes(store.deliveries, worker),
    formNotes: createFormNotes(store.deliveries, worker),
    installations: store.installations,
    tellOperators: (text) => void tellOperators(tellers, text),
    announceTrouble: (platform, why) => parked.announce(platform, why),
    ...(publicUrl !== undefined && { publicUrl }),
  });
  const openThread = createThreadOpener({
    ...{ deliveries: store.deliveries, worker },
    // What a webhook, a program or a schedule says, at the top of a channel.
    open: (channel, title, marker) => surfaces.openThread(channel, redact(title), marker),
  });
  const rooms = createDirectRooms({
    ...{ logger, openThread },
    adapters: () => surfaces.adapters,
    people: peopleNow,
  });
  const startDirectly = createDirectStarts({ rooms, people: peopleNow, router: () => routing, linkTo });
  const tellers = { logger, adapters: () => surfaces.adapters, people: peopleNow };
  const liveThreads = createLiveThreads(() => surfaces.adapters, peopleNow);
  const surfaceNames = new Set(surfaces.adapters.map((adapter) => adapter.name));
  const parked = createParkedThreads({
    clock,
    onParked(thread, why) {
      logger.error('thread.parked', { thread, why });
      const place = thread === undefined ? '' : `I cannot show anything in ${nameChannel(thread)}: `;
      void tellOperators(tellers, `${place}${why} I go on there by myself once it is mended.`);
    },
    onFreed(thread) {
      logger.info('thread.freed', { thread });
    },
  });
  const outbox = createOutbox({
    parked,
    adapters: surfaces.adapters,
    deliveries: store.deliveries,
    clock,
    logger,
    worker,
    onOvertaken: (item) => {
      reactions.overtaken(item);
    },
    namesFor: (...asked) => askLimit.namesFor(...asked),
  });
  const notices = createNotices({
    ...{ ledger: store.ledger, deliveries: store.deliveries, clock, logger, worker },
    runs: () => runs,
    adapters: () => surfaces.adapters,
    people: peopleNow,
    linkTo,
  });
  const askLimit = createAskLimit({
    ...{ ledger: store.ledger, clock, people: peopleNow },
    async queue(id, { run, approval }) {
      const person = peopleNow().findPerson(id);
      if (person !== undefined) await notices.queue(person, run, approval);
    },
  });
  const reactions = createReactions({
    notices,
    ledger: store.ledger,
    runs: () => runs,
    router: () => router,
    bringEnd: (state) => children.bringEnd(state),
    outbox,
    clock,
    logger,
    surfaces: surfaceNames,
    surfaceOfRun: async (run) => {
      const row = await store.runs.find(run);
      return row === undefined ? undefined : surfaceOf(row.thread);
    },
    story: (state) => backend.sharedStory(state),
    copies: (state) => backend.copiesOf(state, state.requester),
    courier: () => courier,
  });
  const courier = createCourier({
    ...{ runs, outbox, logger, people: peopleNow },
    adapters: () => surfaces.adapters,
    items: (state) => backend.routedOf(state),
    mayShow: notices.mayShow,
    limit: askLimit,
    joinCard: createJoinCard({ runs, limit: askLimit }),
    queue: (person, state, approval) => notices.queue(person, state.id, approval.id),
    tellOperators: (text) => void tellOperators(tellers, text),
  });
  const sealing = createSealing({
    config,
    store,
    outbox,
    surfaces: surfaceNames,
    clock,
    logger,
  });
  /** What pressing a button says, as a command's answer. */
  async function press(
    ...[person, surface, button, typed]: Parameters<typeof backend.press>
  ): Promise<string> {
    const done = await backend.press(person, surface, `v1:${button}`, typed);
    return done.kind === 'refused' ? done.detail : done.text;
  }
  const suggestInput = createInputSuggestions({ runs: store.runs, openRun: runs, clock, workflows });
  const commandServices: CommandServices = {
    runs: store.runs,
    workflows,
    freezer,
    grantDesk,
    peopleDesk,
    policyDesk,
    links,
    absences: people.absences,
    tellPerson: (person, text) => tellPerson(tellers, person, text),
    tellDirectly: async (...told) => (await tellDirectly(tellers, ...told)).refused,
    sendDigest: (person, surface) =>
      startDirectly(person.id, {
        ...{ workflow: digestWorkflow, input: { person: 'me' }, text: 'digest of me', surface },
        occasion: `digest/${person.id}/${newNonce()}`,
      }),
    drills,
    people: peopleNow,
    policy: policyNow,
    redact,
    schedules,
    notices: { ...notices, zone: config.timeZone },
    now: () => clock.now().getTime(),
    memories: memory.memories,
    recall: memory.recall,
    knowledge: memory.knowledge,
    openRun: runs,
    nameOf: words.nameOf,
    waitingCards: (person) => backend.waitingCards(person),
    waitingAround: (reader, about) => backend.waitingAround(reader, about),
    operate: (person, surface, { run, verb, reason, step }) =>
      press(person, surface, `${run}:${verb}`, {
        text: reason,
        ...(step !== undefined && { fields: { step } }),
      }),
    settleHeld: (person, surface, { run, call, verb }) =>
      press(person, surface, `${run}:${call}:${verb}`, {}),
    stop: (person, surface, { run, reason }) => press(person, surface, `${run}:stop`, { text: reason }),
  };
  const sink = createChatSink({
    backend,
    router,
    chat: store.chat,
    people: peopleNow,
    refreshRoles,
    links,
    commands: commandServices,
    workflows,
    triggers,
    listening: memory.listening,
    suggestInput,
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
    openThread,
  });

  const reviseAll = async (): Promise<void> => {
    try {
      reactions.refresh(await decisions.reviseOpen());
    } catch (error) {
      logger.error('revision.failed', { why: describeError(error) });
    }
  };
  const settings = createSettingsWatch({
    ...{ setup, guardrails, learning, logger },
    onLearning: () => {
      memory.listening.refresh();
    },
    tell: (text) => void tellOperators(tellers, redact(text)),
  });
  const lookAtSetup = async (): Promise<void> => {
    const isChanged = await people.readChanges();
    if (settings.look() || isChanged) await reviseAll();
  };
  const catchUpPolicy = async (when?: { readonly isStarting: true }): Promise<void> => {
    await policyDesk.catchUp(when);
  };
  const life = createAppLife({
    ...{ clock, logger, store, engine, surfaces, sink, sealing, retention, scheduler, reactions, runs },
    catchUpRules: () => catchUpPolicy({ isStarting: true }),
    listening: memory.listening,
    registry: tools.registry,
    dispatcher: gate.dispatcher,
    sweeps: [
      router.sweep,
      signals.sweep,
      freeze.read,
      grants.sweep,
      budgets.sweep,
      drills.sweep,
      notices.sweep,
      () => catchUpPolicy(),
      lookAtSetup,
    ],
    lookUps: [people.lookUpGroups, memory.embedMissing],
  });
  return {
    backend,
    mcp: backend.mcp,
    engine,
    router,
    runs,
    store,
    people: namedPeople(),
    policy: policyNow(),
    model,
    reviseOpen: reviseAll,
    memories: memory.memories,
    recall: memory.recall,
    command: (request) => answerCommand(commandServices, request),
    offerSetup: () => peopleDesk.offerCode(),
    chatLines: () => surfaces.lines(),
    routes: [...surfaces.adapters.flatMap((adapter) => adapter.routes), ...hooks, ...setupRoutes(peopleDesk)],
    start: life.start,
    stop: life.stop,
  };
}
