/**
 * What a request leaves out of its workflow's input, asked for in the thread by a form: only the fields that are missing
 * or do not fit. Nothing of the workflow runs before.
 */
import { z } from 'zod';
import type { DurableContext } from './agent/durable-context.ts';
import type { JsonObject } from './core/json.ts';
import type { RunState } from './runs/run-state.ts';
import { fitInput } from './workflow-input.ts';
import type { Workflow } from './workflow-kit.ts';

/** The key of the form; workflows have no step of this name. */
const formKey = 'countersign/input';

/** True while a run waits for the form, or has it answered. */
export function hasAsked({ waits }: RunState): boolean {
  return waits.has(formKey);
}

/** True while nothing but the form keeps the run: who says his request again does not wait for it. */
export function asksForInput({ waits }: RunState): boolean {
  const wait = waits.get(formKey);
  return wait !== undefined && wait.end === undefined;
}

/** The whole input once it is there; undefined when it cannot be asked for, or nobody answered. */
export async function askMissing(
  context: DurableContext,
  { title, input: schema }: Workflow,
  input: JsonObject,
): Promise<object | undefined> {
  const form = formFor(schema, input);
  if (form === undefined) return undefined;
  const answer = await context.ask(formKey, { title: `${title}: what is missing`, form });
  if (answer.kind === 'expired') return undefined;
  const whole = fitInput(schema, { ...input, ...plain(answer.value) });
  if (whole.kind === 'fits') return whole.value;
  await context.say(`That does not fit: ${whole.text}. Nothing ran.`, `${formKey}/misfit`);
  return undefined;
}

/** The fields that keep the input from fitting; undefined when a form cannot hold them. */
function formFor(schema: Workflow['input'], input: JsonObject): z.ZodObject | undefined {
  if (!(schema instanceof z.ZodObject)) return undefined;
  const parsed = schema.safeParse(input);
  const wrong = new Set((parsed.error?.issues ?? []).map(({ path }) => String(path[0] ?? '')));
  const shape = Object.entries(schema.shape).filter(([name]) => wrong.has(name));
  if (shape.length === 0 || shape.length < wrong.size) return undefined;
  const form = z.object(Object.fromEntries(shape));
  return isShowable(form) ? form : undefined;
}

/** Dates and the like have no JSON schema. */
function isShowable(form: z.ZodObject): boolean {
  try {
    z.toJSONSchema(form, { io: 'input' });
    return true;
  } catch {
    return false;
  }
}

/** A form's values are plain JSON. */
function plain(value: unknown): JsonObject {
  // It was parsed from recorded JSON by the form above, whose fields have JSON schemas.
  return value as JsonObject;
}
