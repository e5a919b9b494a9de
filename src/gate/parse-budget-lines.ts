/** The `budgets` and `prices` of a policy: how much models may use up, by whom, and what they cost. */
import type { Mistakes, Spot, YamlEntry, YamlValue } from '../core/yaml-file.ts';
import { quote, readEntries, readKnown, readWholeNumber } from '../core/yaml-file.ts';
import type { Price, PriceTable } from '../models/prices.ts';
import type { People } from '../people/person.ts';
import { budgetScopes } from './budget-lines.ts';
import type { BudgetLimit, BudgetLines, BudgetScope } from './budget-lines.ts';
import { readNames } from './policy-fields.ts';

const mostTokens = 1_000_000_000_000;
const mostUsd = 1_000_000;
const priceKeys = ['input', 'output', 'cachedInput', 'cacheWrite'] as const;
const modelName = /^[A-Za-z0-9_.:/@-]{1,128}\*?$/u;

export function readBudgets(
  section: YamlValue | undefined,
  people: People | undefined,
  mistakes: Mistakes,
): BudgetLines | undefined {
  if (section === undefined) return undefined;
  const keys = readKnown(section, [...budgetScopes, 'run', 'approvers'], mistakes) ?? {};
  const limits: Partial<Record<BudgetScope, BudgetLimit>> = {};
  for (const scope of budgetScopes) {
    const value = keys[scope];
    if (value !== undefined) limits[scope] = readLimit(value, mistakes);
  }
  const approvers = keys.approvers === undefined ? undefined : readNames(keys.approvers, people, mistakes);
  if (keys.approvers !== undefined && approvers?.length === 0)
    mistakes.add(
      keys.approvers,
      'asks nobody, so nobody could ever allow more',
      'name a role or a person, or remove the key',
    );
  return {
    limits,
    ...(keys.run !== undefined && { run: readLimit(keys.run, mistakes) }),
    ...(approvers !== undefined && { approvers }),
  };
}

function readLimit(value: YamlValue, mistakes: Mistakes): BudgetLimit {
  const keys = readKnown(value, ['tokens', 'usd'], mistakes) ?? {};
  if (value.kind === 'map' && keys.tokens === undefined && keys.usd === undefined)
    mistakes.add(value, 'sets no limit', 'add «usd: 5» or «tokens: 500000»');
  const tokens =
    keys.tokens === undefined
      ? undefined
      : readWholeNumber(keys.tokens, { min: 1, max: mostTokens }, mistakes);
  const usd =
    keys.usd === undefined
      ? undefined
      : readAmount(keys.usd, { above: 0, what: 'a number of US dollars', example: 'usd: 5' }, mistakes);
  return { ...(tokens !== undefined && { tokens }), ...(usd !== undefined && { usd }) };
}

/** By a model's full name, US dollars per million tokens. */
export function readPrices(section: YamlValue | undefined, mistakes: Mistakes): PriceTable {
  const entries = section === undefined ? [] : (readEntries(section, mistakes) ?? []);
  return Object.fromEntries(entries.map((entry) => [entry.key, readPrice(entry, mistakes)]));
}

function readPrice(entry: YamlEntry, mistakes: Mistakes): Price {
  if (!modelName.test(entry.key))
    mistakes.add(
      entry,
      `${quote(entry.key)} is not a model's name`,
      'write it as in MODEL, for example openai/gpt-5, with * at the end for all names that begin so',
    );
  const keys = readKnown(entry.value, priceKeys, mistakes) ?? {};
  const price = (key: (typeof priceKeys)[number]): number | undefined => {
    const value = keys[key];
    const kind = { above: undefined, what: 'US dollars per million tokens', example: `${key}: 2.5` };
    return value === undefined ? undefined : readAmount(value, kind, mistakes);
  };
  for (const key of ['input', 'output'] as const) {
    if (keys[key] === undefined && entry.value.kind === 'map')
      mistakes.add(
        missing(entry.value, key),
        'is missing',
        `add «${key}: 2.5», in US dollars per million tokens`,
      );
  }
  const cachedInput = price('cachedInput');
  const cacheWrite = price('cacheWrite');
  return {
    input: price('input') ?? 0,
    output: price('output') ?? 0,
    ...(cachedInput !== undefined && { cachedInput }),
    ...(cacheWrite !== undefined && { cacheWrite }),
  };
}

const missing = (value: YamlValue, key: string): Spot => ({ line: value.line, path: `${value.path}.${key}` });

function readAmount(
  value: YamlValue,
  kind: { readonly above: 0 | undefined; readonly what: string; readonly example: string },
  mistakes: Mistakes,
): number | undefined {
  const number = value.kind === 'scalar' && typeof value.value === 'number' ? value.value : undefined;
  const isFine =
    number !== undefined &&
    Number.isFinite(number) &&
    number <= mostUsd &&
    number >= 0 &&
    number !== kind.above;
  if (isFine) return number;
  mistakes.add(value, `is not ${kind.what}`, `write a number, for example «${kind.example}»`);
  return undefined;
}
