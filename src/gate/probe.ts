/**
 * Asking whether a call happened whose answer was lost: with the read tool that policy names beside it.
 *
 * The probe answers with a JSON object that says `"happened": true` or `false`. That it happened is certain only when
 * the probe was asked by the marker that went with this very call: an equal call of another day looks the same
 * otherwise. Everything else is not certain, and a person decides, with what the probe said before his eyes.
 */
import { parseStrictJson } from '../core/canonical-json.ts';
import { describeError } from '../core/errors.ts';
import { isJsonObject } from '../core/json.ts';
import type { JsonObject } from '../core/json.ts';
import type { ProbeFinding } from '../runs/lost-outcome.ts';
import type { CallState, RunState } from '../runs/run-state.ts';
import type { ToolOutcome } from '../tools/tool.ts';
import type { GateOptions } from './gate-options.ts';
import { readTwin } from './read-twin.ts';

export interface Probed {
  readonly found: ProbeFinding;
  /** In the probe's own words, shortened, or why it could not be asked. */
  readonly answer: string;
}

const probeTimeoutMs = 10_000;
const answerCharacters = 1_500;

/** True when the last attempt was probed. */
export function isProbed({ dispatches, probe }: CallState): boolean {
  return probe !== undefined && probe.attempt === dispatches.at(-1)?.attempt;
}

/** `args` are those that were sent, with the marker in its argument. Never throws. */
export async function askProbe(
  options: Pick<GateOptions, 'registry' | 'caller' | 'policy' | 'redact'>,
  state: RunState,
  probe: string,
  args: JsonObject,
  markerArgument: string | undefined,
): Promise<Probed> {
  try {
    const answer = await readTwin(options, state, probe, args, { timeoutMs: probeTimeoutMs, isFresh: true });
    if (answer.kind === 'not-read') return unsure(answer.why);
    const isByMarker = markerArgument !== undefined && Object.hasOwn(answer.args, markerArgument);
    const said = shorten(answer.outcome.content);
    if (Object.keys(answer.args).length === 0) return unsure(said);
    const happened = readHappened(answer.outcome);
    if (happened === false) return { found: 'absent', answer: said };
    return happened === true && isByMarker ? { found: 'happened', answer: said } : unsure(said);
  } catch (error) {
    return unsure(describeError(error));
  }
}

function unsure(answer: string): Probed {
  return { found: 'unsure', answer: shorten(answer) };
}

function readHappened(outcome: ToolOutcome & { readonly kind: 'answered' }): boolean | undefined {
  const value = outcome.structured ?? parsed(outcome.content);
  const happened = isJsonObject(value) ? value['happened'] : undefined;
  return typeof happened === 'boolean' ? happened : undefined;
}

function parsed(text: string): unknown {
  try {
    return parseStrictJson(text);
  } catch {
    return undefined;
  }
}

function shorten(text: string): string {
  return text.length <= answerCharacters ? text : `${text.slice(0, answerCharacters)}…`;
}
