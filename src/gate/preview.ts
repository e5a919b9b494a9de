/**
 * What a call would change, read before people are asked and once more when somebody approves.
 *
 * The policy names a read tool for it. A dry run answers with `before` and `after`; of a record that the call writes,
 * the policy says which argument holds the new values; any other answer is shown as the present state. It is read only
 * where policy lets that very read run without asking. What cannot be read is said on the card and opens nothing.
 */
import { canonicalJson, parseStrictJson } from '../core/canonical-json.ts';
import { firstCharacters } from '../core/first-characters.ts';
import { isJsonObject } from '../core/json.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { jsonChanges } from '../core/json-changes.ts';
import type { JsonChange } from '../core/json-changes.ts';
import type { ApprovalId } from '../core/ids.ts';
import { previewData, previewText } from '../runs/effect-preview.ts';
import type { EffectChange, EffectPreview } from '../runs/preview-state.ts';
import type { OpenRun } from '../runs/open-runs.ts';
import { runEvent } from '../runs/run-events.ts';
import type { RunState } from '../runs/run-state.ts';
import type { ToolOutcome } from '../tools/tool.ts';
import type { GateOptions } from './gate-options.ts';
import { questionFor } from './judge-call.ts';
import { planIn } from './plan-state.ts';
import type { PlanLine } from './plan-terms.ts';
import type { PreviewSource } from './policy.ts';
import { readTwin } from './read-twin.ts';

const previewTimeoutMs = 5_000;
const previewCharacters = 1_500;
const valueCharacters = 200;
const mostChanges = 20;
/** What a vote made us read holds for so long: a value that never stands still must not keep everybody from deciding. */
const freshForMs = 60_000;

type PreviewOptions = Pick<GateOptions, 'registry' | 'caller' | 'policy' | 'redact'>;

export async function readPreview(
  options: PreviewOptions,
  state: RunState,
  source: PreviewSource | undefined,
  args: JsonObject,
): Promise<EffectPreview | undefined> {
  if (source === undefined) return undefined;
  const { tool } = source;
  const answer = await readTwin(options, state, tool, args, { timeoutMs: previewTimeoutMs });
  return answer.kind === 'not-read'
    ? { tool, kind: 'none', why: oneLine(options.redact(answer.why)) }
    : readAnswer(source, args, answer.outcome, options.redact);
}

/** Secrets go before anything is cut: half of one has no shape. */
function readAnswer(
  { tool, record, sets }: PreviewSource,
  args: JsonObject,
  { structured, content }: ToolOutcome & { readonly kind: 'answered' },
  redact: (text: string) => string,
): EffectPreview {
  const changed = (before: JsonObject, after: JsonObject): EffectPreview => ({
    tool,
    kind: 'changes',
    changes: jsonChanges(before, after)
      .slice(0, mostChanges)
      .map((change) => toChange(change, redact)),
  });
  const before = structured?.['before'];
  const after = structured?.['after'];
  if (sets === undefined && isJsonObject(before) && isJsonObject(after)) return changed(before, after);
  if (sets !== undefined) {
    const found = record === undefined ? structured : structured?.[record];
    const values = args[sets];
    if (!isJsonObject(found) || !isJsonObject(values))
      return { tool, kind: 'none', why: `${tool} did not answer with the record that the policy describes` };
    // Only what is set is compared; the rest of the record stays as it is.
    const own = Object.fromEntries(Object.entries(found).filter(([name]) => Object.hasOwn(values, name)));
    return changed(own, values);
  }
  return { tool, kind: 'now', content: firstCharacters(redact(content), previewCharacters) };
}

/**
 * What the lines of a plan would change, each by itself as things stand; lines that leave an argument open are not read.
 * Undefined where the policy names nothing to read it with.
 */
export async function readPlanPreview(
  options: PreviewOptions & Pick<GateOptions, 'people' | 'clock'>,
  state: RunState,
  lines: readonly PlanLine[],
): Promise<EffectPreview | undefined> {
  const all = await Promise.all(
    lines.map(async ({ tool, constraints }, index) => {
      const args = exactArguments(constraints);
      if (args === undefined) return [];
      const read = await readPreview(options, state, sourceFor(options, state, tool, args), args);
      return read === undefined ? [] : [{ label: `Line ${String(index + 1)}`, read }];
    }),
  );
  const found = all.flat();
  if (found.length === 0) return undefined;
  const tool = [...new Set(found.map(({ read }) => read.tool))].join(', ');
  const changes = found.flatMap(({ label, read }) => lineChanges(label, read));
  const left = changes.length - mostChanges;
  const more = left > 0 ? [{ name: `and ${String(left)} more` }] : [];
  return { tool, kind: 'changes', changes: [...changes.slice(0, mostChanges), ...more] };
}

/** The arguments of a line that says every one of them; undefined when it leaves something open. */
function exactArguments(constraints: PlanLine['constraints']): JsonObject | undefined {
  const args: Record<string, Json> = {};
  for (const [name, constraint] of Object.entries(constraints)) {
    if (constraint.kind !== 'equal') return undefined;
    args[name] = constraint.value;
  }
  return args;
}

/** A change without values is a remark. */
function lineChanges(label: string, read: EffectPreview): readonly EffectChange[] {
  switch (read.kind) {
    case 'changes':
      return read.changes.length === 0
        ? [{ name: `${label}: nothing would change` }]
        : read.changes.map((change) => ({ ...change, name: `${label}: ${change.name}` }));
    case 'now':
      return [{ name: `${label}: ${read.tool} tells how it stands and not what would change` }];
    case 'none':
      return [{ name: `${label}: no preview: ${read.why}` }];
    default:
      return read satisfies never;
  }
}

function sourceFor(
  options: PreviewOptions & Pick<GateOptions, 'people' | 'clock'>,
  state: RunState,
  tool: string,
  args: JsonObject,
): PreviewSource | undefined {
  const requester = options.people().findPerson(state.requester);
  const context = { ...options.registry.reviewOf(tool), now: options.clock.now() };
  return options.policy().resolve(questionFor(state, requester, tool, args, context)).preview;
}

function toChange({ path, before, after }: JsonChange, redact: (text: string) => string): EffectChange {
  const text = (value: Json): string => {
    const whole = redact(typeof value === 'string' ? value : canonicalJson(value));
    return whole.length <= valueCharacters
      ? whole
      : `${firstCharacters(whole, valueCharacters)}… (${String(whole.length)} characters)`;
  };
  return {
    name: path.join(' › '),
    ...(before !== undefined && { before: text(before) }),
    ...(after !== undefined && { after: text(after) }),
  };
}

function oneLine(text: string): string {
  return firstCharacters(text.replaceAll(/\s+/gu, ' ').trim(), valueCharacters);
}

/** How the effect on a card stands to what is read when somebody votes. */
export type Freshness = 'fresh' | 'changed';

/**
 * Reads once more what a call would change, and records what is not as the card shows it. Undefined where the card
 * shows no effect.
 */
export async function lookAgain(
  options: PreviewOptions & Pick<GateOptions, 'people' | 'clock'>,
  run: OpenRun,
  id: ApprovalId,
): Promise<Freshness | undefined> {
  const state = run.state();
  const approval = state.approvals.get(id);
  const call = approval === undefined ? undefined : state.calls.get(approval.call)?.call;
  const shown = approval?.preview;
  if (shown === undefined || shown.kind === 'none' || call?.argsJson === undefined) return undefined;
  const now = options.clock.now();
  if (approval?.isPreviewChanged === true && now.getTime() - shown.mark.stamp.at.getTime() < freshForMs)
    return 'fresh';
  const args = parseStrictJson(call.argsJson);
  if (!isJsonObject(args)) return undefined;
  const plan = planIn(call);
  const read =
    plan === undefined
      ? await readPreview(options, state, sourceFor(options, state, call.tool, args), args)
      : await readPlanPreview(options, state, plan.lines);
  if (read === undefined) return undefined;
  if (isSame(read, shown)) return 'fresh';
  run.stream.append({
    sort: 'fact',
    by: 'bot',
    isKnown: (later) => isSame(read, later.approvals.get(id)?.preview),
    events: [
      runEvent('approval.previewed', { approval: id, ...previewData(read) }, { preview: previewText(read) }),
    ],
  });
  return 'changed';
}

function isSame(a: EffectPreview, b: EffectPreview | undefined): boolean {
  return a.kind === b?.kind && a.tool === b.tool && previewText(a) === previewText(b);
}
