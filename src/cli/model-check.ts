/** `countersign model check`: recorded runs before another model, without doing anything. */
import { createRunContext } from '../agent/run-context.ts';
import { createThreadRecall } from '../agent/recall-thread.ts';
import { knownWorkflows, openTools } from '../app-parts.ts';
import { checkRun } from '../check-model.ts';
import type { CheckedTurn, CheckOptions, WeighedCall } from '../check-model.ts';
import { AppError } from '../core/errors.ts';
import { runStream } from '../core/ids.ts';
import { createConsoleHistory } from '../learning/console-history.ts';
import { createMemorySetup } from '../memory-setup.ts';
import { createDemoModel } from '../models/demo/demo-model.ts';
import { createModel } from '../models/index.ts';
import { createOpenRuns } from '../runs/open-runs.ts';
import type { RunState } from '../runs/run-state.ts';
import { joinTools, ownServers } from '../tools/join-tools.ts';
import { readPeople, readSetup, say } from './command-setup.ts';
import type { CommandSetup, Store } from './command-setup.ts';

export interface ModelCheckCommand {
  readonly model: string;
  readonly runs: string;
  readonly turns: string;
  readonly usd: string;
  readonly json: boolean;
}

/** Several in a row mean that there is nothing to compare. */
const mostFailures = 3;

export async function checkModel(command: ModelCheckCommand): Promise<void> {
  const limits = {
    runs: readLimit('--runs', command.runs),
    turns: readLimit('--turns', command.turns),
    usd: readLimit('--usd', command.usd),
  };
  const setup = readSetup();
  await setup.withStore(async (store) => {
    const parts = await openParts(setup, store, command.model);
    try {
      const checked: CheckedTurn[] = [];
      const end = await checkAll(store, parts.options, limits, (turn) => {
        checked.push(turn);
        if (command.json) say(JSON.stringify(turn));
        else if (turn.outcome !== 'same') say(lineOf(turn));
      });
      const summary = summaryOf(checked, end, command.model);
      if (!command.json) say(summary.text);
      else say(JSON.stringify({ model: command.model, ...summary.counts, end }));
      if (summary.counts.verdicts > 0 || summary.counts.failed > 0) process.exitCode = 1;
    } finally {
      await parts.stop();
    }
  });
}

type End = 'all runs' | '--turns' | '--usd' | 'the model failed again and again';

/** The youngest runs first, until one of the limits is reached. */
async function checkAll(
  store: Store,
  options: CheckOptions,
  limits: { readonly runs: number; readonly turns: number; readonly usd: number },
  onTurn: (turn: CheckedTurn) => void,
): Promise<End> {
  let [asked, usd, failures] = [0, 0, 0];
  for (const { id } of await store.runs.list({ limit: limits.runs })) {
    for await (const turn of checkRun(id, await store.ledger.read(runStream(id)), options)) {
      onTurn(turn);
      if (turn.outcome === 'skipped') continue;
      asked += 1;
      usd += turn.usd ?? 0;
      failures = turn.outcome === 'failed' ? failures + 1 : 0;
      if (failures >= mostFailures) return 'the model failed again and again';
      if (asked >= limits.turns) return '--turns';
      if (usd >= limits.usd) return '--usd';
    }
  }
  return 'all runs';
}

async function openParts(
  setup: CommandSetup,
  store: Store,
  name: string,
): Promise<{ readonly options: CheckOptions; stop(): Promise<void> }> {
  const { config, clock, logger } = setup;
  const [people, policy] = [await readPeople(setup), setup.policy()];
  const model = createModel(name, {
    ...{ clock, logger, anthropic: config.anthropic, openai: config.openai, demo: createDemoModel },
    prices: () => policy.prices,
    setting: '--model',
  });
  const nothing = (): void => undefined;
  const runs = createOpenRuns({
    ...{ ledger: store.ledger, clock, isPending: () => false, onLanded: nothing, onMoved: nothing },
  });
  const nameOf = (id: string): string => people.findPerson(id)?.name ?? id;
  const memory = createMemorySetup({
    ...{ store, clock, logger, embedder: undefined, reranker: undefined, nameOf },
    people: () => people,
    adapters: () => [],
    redact: (text) => text,
    listened: () => [],
    whyClosed: () => undefined,
    console: createConsoleHistory({ store: store.runs, runs: () => runs, nameOf, linkTo: () => undefined }),
  });
  const servers = openTools(setup, store, policy);
  const { registry } = joinTools(memory.tools, ownServers, {
    registry: servers,
    caller: { call: () => Promise.resolve({ kind: 'not-sent', why: 'Nothing runs in a check.' }) },
  });
  const context = createRunContext(memory.recall);
  const recallThread = createThreadRecall({ store: store.runs, runs });
  return {
    options: {
      ...{ model, policy, people },
      tools: await registry.list(),
      reviewOf: (tool) => registry.reviewOf(tool),
      workflowOf,
      async earlierOf(state) {
        const run = await runs.open(state.id);
        if (run === undefined) return [];
        try {
          return (await recallThread(run)).exchanges;
        } finally {
          runs.close(run);
        }
      },
      // What was told then, as it stands today; nothing is looked for anew.
      contextOf: async (state, step, about) =>
        state.contexts.has(step) ? (await context.prepare(state, step, about)).text : undefined,
      signal: new AbortController().signal,
    },
    stop: () => servers.stop(),
  };
}

function workflowOf(state: RunState): ReturnType<CheckOptions['workflowOf']> {
  const workflow = knownWorkflows().find((entry) => entry.name === state.workflow);
  const input = workflow?.input.safeParse(state.input);
  return workflow === undefined || input?.success !== true
    ? undefined
    : (ctx) => workflow.run(ctx, input.data);
}

function readLimit(option: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new AppError('config.invalid', `${option}: write a number above 0, like 20.`);
}

function lineOf({ run, step, turn, outcome, before, after, why }: CheckedTurn): string {
  const place = `${run}  ${step} #${String(turn)}`;
  if (why !== undefined) return `${place}  ${outcome}: ${why}`;
  const what = outcome === 'verdicts' ? 'other verdicts' : 'other calls';
  return `${place}  ${what}: ${callsText(before)} → ${callsText(after)}`;
}

function callsText(calls: readonly WeighedCall[]): string {
  return calls.length === 0
    ? 'words alone'
    : calls.map(({ tool, verdict }) => `${tool} (${verdict})`).join(', ');
}

function summaryOf(checked: readonly CheckedTurn[], end: End, model: string) {
  const count = (outcome: CheckedTurn['outcome']): number =>
    checked.filter((turn) => turn.outcome === outcome).length;
  const usd = checked.reduce((sum, turn) => sum + (turn.usd ?? 0), 0);
  const counts = {
    same: count('same'),
    calls: count('calls'),
    verdicts: count('verdicts'),
    failed: count('failed'),
    skipped: count('skipped'),
    runs: new Set(checked.map(({ run }) => run)).size,
    tokens: checked.reduce((sum, { tokens }) => sum + tokens, 0),
    usd,
  };
  const asked = checked.length - counts.skipped;
  const isPriced = checked.some((turn) => turn.usd !== undefined);
  const cost = isPriced ? `${usd.toFixed(4)} USD` : 'of unknown price';
  const text = [
    ...(checked.some(({ outcome }) => outcome !== 'same') ? [''] : []),
    `${model}: ${String(asked)} turns of ${String(counts.runs)} runs asked, ${String(counts.tokens)} tokens, ${cost}; ended at ${end}.`,
    `${String(counts.same)} the same, ${String(counts.calls)} with other calls, ${String(counts.verdicts)} with other verdicts, ${String(counts.failed)} failed, ${String(counts.skipped)} skipped.`,
    'Nothing was called. Instructions, tools, policy and what is remembered are as they stand today.',
  ].join('\n');
  return { counts, text };
}
