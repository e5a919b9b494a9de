/**
 * Scripts: what an intent does, written top to bottom like a runbook, and played again for each request.
 *
 * A script yields the calls it needs and goes on with their answers. Playing it over the calls already in the
 * transcript finds the first one that is not made yet: that is the next step, without any state in between.
 */
import type { JsonObject } from '../../core/json.ts';
import type { MadeCall } from './conversation.ts';
import { fitCall } from './offered-tools.ts';
import type { OfferedTools } from './offered-tools.ts';
import { readResult } from './read-result.ts';
import type { Reading } from './read-result.ts';

export interface Ask {
  /** `server/tool`. */
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** A write is made once for each time it is asked; a read's answer serves as often as it is asked. */
  readonly effect: 'read' | 'write';
}

interface Step {
  /** One sentence of intention, shown beside the calls. */
  readonly say: string;
  readonly asks: readonly Ask[];
}

export type Script<Result> = Generator<Step, Result, readonly Reading[]>;

export interface NextCall {
  readonly name: string;
  readonly args: JsonObject;
}

export type Played<Result> =
  | { readonly kind: 'ended'; readonly result: Result }
  | {
      readonly kind: 'calls';
      readonly say: string;
      readonly calls: readonly NextCall[];
      readonly hasWrite: boolean;
    };

/** The calls of the transcript, handed out to the scripts that made them. */
interface Records {
  take(name: string, args: JsonObject, effect: Ask['effect']): MadeCall | undefined;
}

export function createRecords(made: readonly MadeCall[]): Records {
  const used = new Set<MadeCall>();
  const keyed = made.map((call) => ({ call, key: callKey(call.name, call.args) }));
  return {
    take(name, args, effect) {
      const key = callKey(name, args);
      const found = keyed.find((entry) => entry.key === key && (effect === 'read' || !used.has(entry.call)));
      if (found !== undefined) used.add(found.call);
      return found?.call;
    },
  };
}

function callKey(name: string, args: JsonObject): string {
  const sorted = Object.entries(args).sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0));
  return `${name} ${JSON.stringify(sorted)}`;
}

export function playScript<Result>(
  script: Script<Result>,
  tools: OfferedTools,
  records: Records,
): Played<Result> {
  let step = script.next();
  while (step.done !== true) {
    const readings: Reading[] = [];
    const calls: NextCall[] = [];
    let hasWrite = false;
    for (const ask of step.value.asks) {
      const fitted = fitCall(tools, ask);
      if (fitted.kind !== 'fits') {
        readings.push(fitted);
        continue;
      }
      const made = records.take(fitted.name, fitted.args, ask.effect);
      if (made === undefined) {
        calls.push({ name: fitted.name, args: fitted.args });
        hasWrite ||= ask.effect === 'write';
      } else readings.push(made.result === undefined ? { kind: 'unknown-outcome' } : readResult(made.result));
    }
    if (calls.length > 0) return { kind: 'calls', say: step.value.say, calls, hasWrite };
    step = script.next(readings);
  }
  return { kind: 'ended', result: step.value };
}

/** Asks for one call and gives its reading. */
export function* callTool(say: string, ask: Ask): Script<Reading> {
  const [reading] = yield { say, asks: [ask] };
  return reading ?? { kind: 'missing', tool: ask.tool };
}

/** Asks for several calls at once and gives their readings in order. */
export function* callTools(say: string, asks: readonly Ask[]): Script<readonly Reading[]> {
  return yield { say, asks };
}
