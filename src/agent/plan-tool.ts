/**
 * How an agent proposes a plan: a tool of its own that sends nothing, and whose answer is what people say.
 *
 * It is offered where a task names it in full. The card is made from the plan's bounds; the agent's words are shown as
 * its claim.
 */
import { z } from 'zod';
import { AppError } from '../core/errors.ts';
import type { CallId } from '../core/ids.ts';
import type { Json, JsonObject } from '../core/json.ts';
import type { ApprovePlan, PlanAnswer } from '../gate/plans.ts';
import type { OpenRun } from '../runs/open-runs.ts';
import { runEvent } from '../runs/run-events.ts';
import type { RunState } from '../runs/run-state.ts';
import type { StepControl } from '../runs/step-control.ts';
import type { Tool } from '../tools/tool.ts';

export const planTool = 'plan/propose';

const description =
  'Proposes several calls of other tools to people at once. Use it when a task needs more than three calls that change something, before making any of them. When people approve, calls within its lines run without a question each; all others ask as usual. Each line needs the exact tool name, how often it is called, and for every argument its exact value ("is"), the values it may have ("oneOf"), a largest number ("atMost"), or {"any": true} for free text. Nothing runs by proposing it.';

const constraint = z.union([
  z.strictObject({ is: z.json() }),
  z.strictObject({ oneOf: z.array(z.json()).min(1).max(500) }),
  z.strictObject({ atMost: z.number().min(0) }),
  z.strictObject({ any: z.literal(true) }),
]);
const proposal = z.strictObject({
  calls: z
    .array(
      z.strictObject({
        tool: z.string(),
        times: z.number().int().min(1).max(500),
        arguments: z.record(z.string(), constraint),
        money: z.strictObject({ argument: z.string(), most: z.number().positive() }).optional(),
      }),
    )
    .min(1)
    .max(20),
  hours: z.number().min(1).max(168).optional(),
});

/** As the model sees it; nothing of it is ever sent anywhere. */
export const offeredPlanTool: Pick<Tool, 'name' | 'description' | 'inputSchema'> = {
  name: planTool,
  description,
  // A JSON schema is a JSON object.
  inputSchema: z.toJSONSchema(proposal, { io: 'input' }) as unknown as JsonObject,
};

/** Under which key a proposal's answer is recorded. */
export function planKey(call: CallId): string {
  return `plan-${call}`;
}

/** What came of a proposal, for the model; undefined while people are asked. */
export function planResult(state: RunState, call: CallId): string | undefined {
  const step = state.steps.get(planKey(call));
  return step === undefined ? undefined : (step.result ?? '(erased)');
}

/** Puts a model's proposal to people and records what they say, once. */
export async function proposePlan(
  approvePlan: ApprovePlan,
  run: OpenRun,
  control: StepControl,
  proposed: {
    readonly call: CallId;
    readonly args: Json;
    readonly claim: string;
    /** The full name of a tool as the model calls it. */
    decode(name: string): string | undefined;
  },
): Promise<void> {
  const key = planKey(proposed.call);
  if (run.state().steps.has(key)) return;
  const result = await answerTo(approvePlan, run, control, { ...proposed, key });
  run.stream.append({
    sort: 'fact',
    by: 'bot',
    isKnown: (state) => state.steps.has(key),
    events: [runEvent('step.completed', { key, kind: 'plan', inputHash: '' }, { result })],
  });
}

async function answerTo(
  approvePlan: ApprovePlan,
  run: OpenRun,
  control: StepControl,
  proposed: Parameters<typeof proposePlan>[3] & { readonly key: string },
): Promise<string> {
  const parsed = proposal.safeParse(proposed.args);
  if (!parsed.success) return `Nobody was asked: ${z.prettifyError(parsed.error)}`;
  const calls = parsed.data.calls.map(({ tool, times, arguments: args, money }) => ({
    tool: proposed.decode(tool) ?? tool,
    times,
    arguments: args,
    ...(money !== undefined && { money }),
  }));
  const times = calls.reduce((sum, line) => sum + line.times, 0);
  const tools = [...new Set(calls.map(({ tool }) => tool))].join(', ');
  try {
    const answer = await approvePlan(run, control, {
      key: proposed.key,
      title: `Plan: ${times === 1 ? 'one call' : `up to ${String(times)} calls`} of ${tools}`,
      calls,
      lastsMs: (parsed.data.hours ?? 8) * 3_600_000,
      ...(proposed.claim.trim() !== '' && { claim: proposed.claim }),
    });
    return resultText(answer);
  } catch (error) {
    if (error instanceof AppError && error.code === 'workflow.failed')
      return `Nobody was asked: ${error.message}`;
    throw error;
  }
}

function resultText(answer: PlanAnswer): string {
  switch (answer.kind) {
    case 'approved':
      return `Approved by ${answer.by.join(' and ')}. Make the calls of the plan one by one; those within it run without another question. Nothing has run yet.`;
    case 'denied':
    case 'expired':
    case 'cancelled':
      return `${answer.text} Nothing of the plan ran.`;
    case 'refused':
      return `${answer.text} Nobody was asked about the plan: propose the calls one by one.`;
    default:
      return answer satisfies never;
  }
}
