/** What every line of a policy shares: its keys, who it asks, and what would contradict itself. */
import type { Mistakes, Spot, YamlValue } from '../core/yaml-file.ts';
import type { People } from '../people/person.ts';
import type { CompiledCondition } from './conditions.ts';
import type { PolicyDefault } from './policy-data.ts';
import type { WrittenAsk } from './policy-fields.ts';
import { askKeys } from './policy-fields.ts';
import type { Requirement, Verdict } from './policy.ts';

/** What reading a line needs besides the line. */
export interface LineReader {
  readonly mistakes: Mistakes;
  readonly people: People | undefined;
  readonly compile: (text: string) => CompiledCondition;
}

export const sharedKeys = [...askKeys, 'verdict', 'expiresIn', 'notify'] as const;

/** One requirement, or one for each stage in their order. */
export function requirementsOf(
  rule: string,
  verdict: Verdict,
  ask: WrittenAsk,
  fallback: PolicyDefault,
): readonly Requirement[] {
  const ladder = ask.escalate ?? fallback.requirement.escalate;
  const exclusions = {
    ...exclusionsOf(ask, fallback.requirement),
    ...(ladder !== undefined && { escalate: ladder }),
  };
  if (ask.stages !== undefined) {
    const of = ask.stages.length;
    return ask.stages.map(({ approvers, quorum }, index) => ({
      rule,
      approvers: approvers ?? fallback.requirement.approvers,
      quorum: quorum ?? 1,
      ...exclusions,
      stage: { number: index + 1, of },
    }));
  }
  const quorum = ask.quorum ?? fallback.requirement.quorum;
  return [
    {
      rule,
      approvers: ask.approvers ?? fallback.requirement.approvers,
      quorum: verdict === 'ask_two' ? Math.max(2, quorum) : quorum,
      ...exclusions,
    },
  ];
}

/** Who may not approve although named: everybody with a part in the request, unless the line or the default says so. */
export function exclusionsOf(
  ask: WrittenAsk,
  fallback: Pick<Requirement, 'excludeRequester' | 'excludeSteerers' | 'excludeEditor'>,
): Pick<Requirement, 'excludeRequester' | 'excludeSteerers' | 'excludeEditor'> {
  const steerers = ask.excludeSteerers ?? fallback.excludeSteerers ?? true;
  const editor = ask.excludeEditor ?? fallback.excludeEditor ?? true;
  // What is stored with an approval says only what is let off, so that absent is the strict reading.
  return {
    excludeRequester: ask.excludeRequester ?? fallback.excludeRequester,
    ...(steerers ? {} : { excludeSteerers: false as const }),
    ...(editor ? {} : { excludeEditor: false as const }),
  };
}

/** Approvers on a line that never asks mislead its reader, so they are a mistake. */
export function checkAsks(
  keys: Partial<Record<(typeof askKeys)[number], YamlValue>>,
  verdict: Verdict | undefined,
  mistakes: Mistakes,
): void {
  if (verdict === 'ask' || verdict === 'ask_two') return;
  for (const name of askKeys) {
    const value = keys[name];
    if (value === undefined) continue;
    if (verdict === undefined)
      mistakes.add(value, 'has no effect without a verdict', 'add «verdict: ask» to the line');
    else
      mistakes.add(
        value,
        `has no effect with verdict ${verdict}`,
        'write verdict ask or ask_two, or remove it',
      );
  }
}

export function checkTwo(
  spot: Spot | undefined,
  verdict: Verdict | undefined,
  ask: WrittenAsk,
  mistakes: Mistakes,
): void {
  if (spot === undefined || verdict !== 'ask_two' || ask.quorum === undefined || ask.quorum >= 2) return;
  mistakes.add(spot, 'contradicts ask_two, which needs two persons', 'write 2 or more, or verdict: ask');
}

type Present<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

/** The same object without the fields that are undefined, so that «absent» has one form. */
export function withoutAbsent<T extends object>(fields: T): Present<T> {
  // Only fields with a value are kept, which is what the type says.
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>;
}
