/**
 * What models cost, in US dollars per million tokens.
 *
 * A price that is not listed is unknown, never guessed: a run then has only its limit of tokens. Configuration
 * adds prices and wins over the list.
 */
import { AppError } from '../core/errors.ts';
import type { ModelUsage } from './model.ts';

export interface Price {
  readonly input: number;
  readonly output: number;
  /** Reading from the cache; like other input when absent. */
  readonly cachedInput?: number;
  /** Writing to the cache; like other input when absent. */
  readonly cacheWrite?: number;
  /** Other prices for everything in a request with more input than this. */
  readonly above?: { readonly inputTokens: number; readonly price: Price };
}

/**
 * By the model's full name. A name stands for itself and its dated versions, and with `*` at the end for
 * every name that begins so: `gpt-5` must not price a `gpt-5-mini`.
 */
export type PriceTable = Readonly<Record<string, Price>>;

const anthropic = (input: number, output: number, cachedInput: number): Price => {
  return { input, output, cachedInput, cacheWrite: input * 1.25 };
};

const listed: PriceTable = {
  demo: { input: 0, output: 0 },
  'anthropic/claude-fable-5-1': anthropic(10, 50, 1),
  'anthropic/claude-opus-5-5': anthropic(4, 20, 0.2),
  'anthropic/claude-opus-5': anthropic(5, 25, 0.5),
  'anthropic/claude-opus-4-5': anthropic(5, 25, 0.5),
  'anthropic/claude-sonnet-5-5': anthropic(2, 10, 0.2),
  'anthropic/claude-sonnet-5': anthropic(2, 10, 0.2),
  'anthropic/claude-sonnet-4-5': anthropic(3, 15, 0.3),
  'anthropic/claude-haiku-5-5': {
    ...anthropic(0.1, 0.5, 0.1),
    above: { inputTokens: 100_000, price: anthropic(0.5, 2.5, 0.5) },
  },
  'anthropic/claude-haiku-4-5': anthropic(1, 5, 0.1),
  'openai/gpt-5': { input: 1.25, output: 10, cachedInput: 0.125 },
  'openai/gpt-5-mini': { input: 0.25, output: 2, cachedInput: 0.025 },
  'openai/gpt-5-nano': { input: 0.05, output: 0.4, cachedInput: 0.005 },
  'openai/gpt-4.1': { input: 2, output: 8, cachedInput: 0.5 },
  'openai/gpt-4.1-mini': { input: 0.4, output: 1.6, cachedInput: 0.1 },
  'openai/gpt-4o': { input: 2.5, output: 10, cachedInput: 1.25 },
  'openai/gpt-4o-mini': { input: 0.15, output: 0.6, cachedInput: 0.075 },
};

/** What an answer of `model` (`anthropic/…`) cost, or undefined when its price is unknown. */
export function costUsd(model: string, usage: ModelUsage, more: PriceTable = {}): number | undefined {
  const price = findPrice(more, model) ?? findPrice(listed, model);
  if (price === undefined) return undefined;
  const { above } = price;
  const now = above !== undefined && usage.inputTokens > above.inputTokens ? above.price : price;
  const written = usage.cacheWriteTokens ?? 0;
  const plain = Math.max(0, usage.inputTokens - usage.cachedInputTokens - written);
  const dollars =
    plain * now.input +
    usage.cachedInputTokens * (now.cachedInput ?? now.input) +
    written * (now.cacheWrite ?? now.input) +
    usage.outputTokens * now.output;
  return dollars / 1_000_000;
}

function findPrice(table: PriceTable, model: string): Price | undefined {
  const undated = model.replace(/[-@](\d{8}|\d{4}-\d{2}-\d{2}|latest)$/u, '');
  if (Object.hasOwn(table, model)) return table[model];
  if (Object.hasOwn(table, undated)) return table[undated];
  const [longest] = Object.keys(table)
    .filter((name) => name.endsWith('*') && model.startsWith(name.slice(0, -1)))
    .sort((a, b) => b.length - a.length);
  return longest === undefined ? undefined : table[longest];
}

/** Refuses prices that would make a budget meaningless. */
export function checkPrices(prices: PriceTable): void {
  for (const [name, price] of Object.entries(prices)) {
    const { input, output, cachedInput = 0, cacheWrite = 0, above } = price;
    const isFine = [input, output, cachedInput, cacheWrite].every(
      (value) => Number.isFinite(value) && value >= 0,
    );
    if (!isFine) {
      const fix = 'Use numbers of 0 or more, in US dollars per million tokens.';
      throw new AppError('config.invalid', `The price of ${name} is not valid. ${fix}`);
    }
    if (above !== undefined) checkPrices({ [name]: above.price });
  }
}
