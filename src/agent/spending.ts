/**
 * Asking a model within the budgets of whoever asks, where, and everybody together; and asking people for more.
 *
 * What an answer will use at most is reserved before the model is asked: its words in, generously counted, and the
 * longest answer out. When there is no room, nothing is asked and people decide whether there may be more.
 */
import { capital } from '../core/capital.ts';
import { isJsonObject } from '../core/json.ts';
import { parseStrictJson } from '../core/canonical-json.ts';
import { AppError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import { decisionServer } from '../gate/ask-decision.ts';
import type { AskDecision } from '../gate/ask-decision.ts';
import { budgetScopes, warnAt } from '../gate/budget-lines.ts';
import type { BudgetLimit } from '../gate/budget-lines.ts';
import type { Amount } from '../gate/budget-state.ts';
import { roomOf, toMicro } from '../gate/budgets.ts';
import type { AccountLine, Budgets, Standing } from '../gate/budgets.ts';
import type { Policy } from '../gate/policy.ts';
import { workspaceOf } from '../memory/sight.ts';
import type { Model, ModelAnswer, ModelRequest } from '../models/model.ts';
import { costUsd } from '../models/prices.ts';
import type { PriceTable } from '../models/prices.ts';
import type { OpenRun } from '../runs/open-runs.ts';
import { runEvent } from '../runs/run-events.ts';
import type { RunState } from '../runs/run-state.ts';
import type { StepControl } from '../runs/step-control.ts';
import { extensionKey, extensionsOf } from './limits.ts';

export type Asked =
  | { readonly kind: 'answered'; readonly answer: ModelAnswer }
  /** Nothing was asked. */
  | { readonly kind: 'spent'; readonly standing: Standing };

export interface Spending {
  /** Asks the model, if every budget has room for it. */
  ask(run: OpenRun, place: string, request: ModelRequest): Promise<Asked>;
  /** Asks people for as much again; what to say when they do not allow it. */
  askForMore(run: OpenRun, control: StepControl, standing: Standing): Promise<string | undefined>;
  /** The same for what this run alone may use up; undefined as well when the policy does not limit runs. */
  askForMoreOfRun(
    run: OpenRun,
    control: StepControl,
    limit: string,
  ): Promise<{ readonly isAllowed: boolean; readonly text: string } | undefined>;
  /** Says once when most of what the run may use up is spent. */
  warnOfRun(run: OpenRun): void;
}

export interface SpendingOptions {
  readonly model: Model;
  readonly budgets: Budgets;
  readonly askDecision: AskDecision;
  policy(): Policy;
  nameOf(person: string): string;
}

export function createSpending(options: SpendingOptions): Spending {
  const { model, budgets } = options;

  function say(run: OpenRun, key: string, text: string): void {
    run.stream.append({
      sort: 'fact',
      by: 'bot',
      isKnown: (state) => state.said.some((said) => said.key === key),
      events: [runEvent('message.posted', { key }, { text })],
    });
  }

  /** People decide; asked once more after a restart it is the same question. */
  async function decide(
    run: OpenRun,
    control: StepControl,
    question: { readonly key: string; readonly title: string; readonly facts: JsonObject },
  ): Promise<{ readonly isAllowed: boolean; readonly by: string; readonly text: string }> {
    const asked = [...run.state().calls.values()].find(
      ({ call }) => call.tool === `${decisionServer}/${question.key}`,
    )?.call;
    const facts = asked?.argsJson === undefined ? undefined : parseStrictJson(asked.argsJson);
    const approvers = options.policy().budgets?.approvers;
    const answer = await options.askDecision(run, control, {
      ...question,
      ...(isJsonObject(facts) && { facts }),
      ...(approvers !== undefined && { approvers }),
    });
    return answer.kind === 'approved'
      ? { isAllowed: true, by: answer.by.join(', '), text: '' }
      : { isAllowed: false, by: '', text: answer.text };
  }

  return {
    async ask(run, place, request) {
      const policy = options.policy();
      const lines = linesFor(run.state(), policy);
      if (lines.length === 0) return { kind: 'answered', answer: await model.ask(request) };
      const need = needOf(model.name, request, policy.prices, lines);
      const reserved = await budgets.reserve({ run: run.id, place, lines, need });
      if (reserved.kind === 'spent') return reserved;
      const answer = await askOrGiveBack(request, () => budgets.settle(reserved, [], noAmount));
      const used = usedBy(answer, need);
      for (const standing of await budgets.settle(reserved, lines, used)) {
        const { scope, day, account } = standing;
        const key = `budget-${scope}-${day}-${String(account.raises)}`;
        say(run, key, `${capital(nameOf(standing, options.nameOf))} used ${spentText(standing)} today.`);
      }
      return { kind: 'answered', answer };
    },

    async askForMore(run, control, standing) {
      const { scope, day, account, limit } = standing;
      const more = limitText(limit);
      const whose = forWhom(standing, options.nameOf);
      const { isAllowed, by, text } = await decide(run, control, {
        key: `budget-${scope}-${day}-${String(account.raises)}`,
        title: `Allow ${more} more ${whose} today`,
        facts: { budget: scope, day, used: spentText(standing), more },
      });
      if (!isAllowed)
        return `I stopped: the budget ${whose} for today has no room for another answer. ${text}`;
      await budgets.raise(standing, by);
      return undefined;
    },

    async askForMoreOfRun(run, control, limit) {
      if (options.policy().budgets?.run === undefined || run.state().parent !== undefined) return undefined;
      const { isAllowed, text } = await decide(run, control, {
        key: extensionKey(extensionsOf(run.state())),
        title: 'Allow this run as much again',
        facts: { budget: 'run', used: limit },
      });
      return { isAllowed, text: isAllowed ? '' : `I stopped after ${limit}. ${text}` };
    },

    warnOfRun(run) {
      const limit = options.policy().budgets?.run;
      const state = run.state();
      if (limit === undefined || state.parent !== undefined) return;
      const times = 1 + extensionsOf(state);
      const { tokens = Infinity, usd = Infinity } = limit;
      const isUsd = state.usdSpent / usd >= state.tokens / tokens;
      const [used, most] = isUsd ? [state.usdSpent, usd * times] : [state.tokens, tokens * times];
      if (used < warnAt * most) return;
      const text = isUsd ? usdRange(used, most) : tokensRange(used, most);
      say(run, `budget-run-${String(times)}`, `This run has used ${text}.`);
    },
  };

  /** An answer that failed has used nothing that anybody knows of. One that was cut off may come again. */
  async function askOrGiveBack(
    request: ModelRequest,
    giveBack: () => Promise<unknown>,
  ): Promise<ModelAnswer> {
    try {
      return await model.ask(request);
    } catch (error) {
      if (!request.signal.aborted) await giveBack();
      throw error;
    }
  }
}

const noAmount: Amount = { tokens: 0, microUsd: 0 };

function linesFor(state: RunState, { budgets }: Policy): readonly AccountLine[] {
  const names = {
    person: `person/${state.requester}`,
    channel: `channel/${state.channel}`,
    workspace: `workspace/${workspaceOf(state.channel)}`,
    day: 'day',
  };
  return budgetScopes.flatMap((scope) => {
    const limit = budgets?.limits[scope];
    return limit === undefined ? [] : [{ scope, name: names[scope], limit }];
  });
}

/** An image counts for 2,000 tokens, whatever its bytes. */
const imageWords = 'x'.repeat(4_000);

/** What an answer may use at most. No tokenizer makes more than one token of two bytes of ordinary text. */
function needOf(
  models: string,
  { system, context, messages, tools, maxOutputTokens }: ModelRequest,
  prices: PriceTable,
  lines: readonly AccountLine[],
): Amount {
  const words = JSON.stringify({ system, context, messages, tools }, (key, value: unknown) =>
    key === 'raw' ? undefined : key === 'base64' ? imageWords : value,
  );
  const inputTokens = Math.ceil(Buffer.byteLength(words) / 2);
  const usage = {
    inputTokens,
    cachedInputTokens: 0,
    cacheWriteTokens: inputTokens,
    outputTokens: maxOutputTokens,
  };
  const costs = models.split(',').map((name) => ({ name, usd: costUsd(name, usage, prices) }));
  const unpriced = costs.find(({ usd }) => usd === undefined);
  if (unpriced !== undefined && lines.some(({ limit }) => limit.tokens === undefined))
    throw new AppError(
      'config.invalid',
      `The price of ${unpriced.name} is not known, so a budget in US dollars cannot be kept. Fix: add «prices: { "${unpriced.name}": { input: …, output: … } }» to the policy, or give the budget «tokens» as well.`,
    );
  return {
    tokens: inputTokens + maxOutputTokens,
    microUsd: toMicro(Math.max(...costs.map(({ usd = 0 }) => usd))),
  };
}

function usedBy({ usage, costUsd: usd }: ModelAnswer, need: Amount): Amount {
  const tokens = usage.inputTokens + usage.outputTokens;
  return { tokens, microUsd: usd === undefined ? need.microUsd : toMicro(usd) };
}

/** «Ana has», «this channel has»: who has used it up. */
function nameOf({ scope, name }: AccountLine, personName: (id: string) => string): string {
  switch (scope) {
    case 'person':
      return `${personName(name.slice(name.indexOf('/') + 1))} has`;
    case 'channel':
      return 'this channel has';
    case 'workspace':
      return 'this workspace has';
    case 'day':
      return 'everybody together has';
    default:
      return scope satisfies never;
  }
}

function forWhom(line: AccountLine, personName: (id: string) => string): string {
  return `for ${nameOf(line, personName).replace(/ has$/u, '')}`;
}

/** «4.00 of 5.00 USD»: of the two limits the one that is nearer. */
function spentText({ limit, account }: Standing): string {
  const { tokens = Infinity, microUsd = Infinity } = roomOf(limit, account);
  const isUsd =
    account.spent.microUsd / microUsd > account.spent.tokens / tokens || limit.tokens === undefined;
  return isUsd
    ? usdRange(account.spent.microUsd / 1_000_000, microUsd / 1_000_000)
    : tokensRange(account.spent.tokens, tokens);
}

function usdRange(used: number, most: number): string {
  return `${used.toFixed(2)} of ${most.toFixed(2)} USD`;
}

function tokensRange(used: number, most: number): string {
  return `${used.toLocaleString('en')} of ${most.toLocaleString('en')} tokens`;
}

function limitText({ tokens, usd }: BudgetLimit): string {
  return [
    ...(usd === undefined ? [] : [`${usd.toFixed(2)} USD`]),
    ...(tokens === undefined ? [] : [`${tokens.toLocaleString('en')} tokens`]),
  ].join(' and ');
}
