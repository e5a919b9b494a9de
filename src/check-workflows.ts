/** Definitions of workflows are looked at before anything starts: every mistake at once, each with file, key and fix. */
import { z } from 'zod';
import { AppError } from './core/errors.ts';
import { whileBusy } from './workflow-kit.ts';
import type { Workflow } from './workflow-kit.ts';

const opening = z
  .string('must be a text')
  .regex(/^[a-z…][a-z0-9… -]*$/u, 'must be small letters, digits, spaces, - and …');

const aFunction = z.custom<() => object>((value) => typeof value === 'function', 'must be a function');

/** A key that nobody reads is a mistake: most often a known one, spelled otherwise. */
function only(otherwise: string, known: string): { readonly error: z.core.$ZodErrorMap } {
  return {
    error: ({ code, keys }) =>
      code === 'unrecognized_keys' && Array.isArray(keys)
        ? `there is no ${keys.map((key) => `«${key}»`).join(', ')} here. Known are ${known}`
        : otherwise,
  };
}

/** Types catch most of this where they are checked; a start does not check types. */
const definition = z.strictObject(
  {
    name: z
      .string('must be a text')
      .regex(/^[a-z][a-z0-9-]{0,31}$/u, 'must be 1 to 32 of a-z, 0-9 and -, beginning with a letter'),
    title: z
      .string('must be a text')
      .trim()
      .min(1, 'must say what it does')
      .max(80, 'must fit 80 characters'),
    input: z.instanceof(z.ZodObject, { message: 'must be a z.object({ … })' }),
    start: z.strictObject(
      {
        command: z.boolean('must be true or false').optional(),
        mention: z.preprocess(
          (value) => (typeof value === 'string' ? [value] : value),
          z.array(opening, 'must be a text or a list of texts').min(1, 'must name an opening').optional(),
        ),
        words: aFunction.optional(),
        webhook: z.union([z.literal(true), aFunction], 'must be true or a function').optional(),
        trigger: z.union([z.literal(true), aFunction], 'must be true or a function').optional(),
        headline: aFunction.optional(),
        schedule: z
          .looseObject(
            { when: z.string('must be a text'), channel: z.string('must be a text') },
            'must say when and channel',
          )
          .optional(),
      },
      only(
        'must say how it starts: { command: true } or {}',
        'command, mention, words, webhook, trigger, headline and schedule',
      ),
    ),
    whileBusy: z.enum(whileBusy, 'must be steer, queue or reject').optional(),
    run: z.custom<() => void>((value) => typeof value === 'function', 'must be a function'),
  },
  only('must be made by defineWorkflow({ … })', 'name, title, input, start, whileBusy and run'),
);

/** Throws `config.invalid`. */
export function checkWorkflows(workflows: readonly Workflow[]): void {
  const mistakes: string[] = [];
  const seen = { name: new Map<string, string>(), mention: new Map<string, string>() };
  for (const [index, workflow] of workflows.entries()) {
    const parsed = definition.safeParse(workflow);
    // Nobody has checked its types: an entry may be anything.
    const named = isNamed(workflow);
    const file = named ? `workflows/${workflow.name}.ts` : `workflows/index.ts, entry ${String(index + 1)}`;
    for (const issue of parsed.error?.issues ?? [])
      mistakes.push(`${file}: ${keyOf(issue.path)}: ${issue.message}.`);
    if (!parsed.success) continue;
    const { name, start } = parsed.data;
    for (const [key, value] of [
      ['name', name],
      ...(start.mention ?? []).map((phrase) => ['mention', phrase] as const),
    ] as const) {
      const other = seen[key].get(value);
      if (other === undefined) seen[key].set(value, file);
      else
        mistakes.push(
          `${file}: ${key === 'name' ? key : 'start.mention'}: «${value}» is taken by ${other}. Fix: choose another.`,
        );
    }
  }
  if (mistakes.length > 0) throw new AppError('config.invalid', mistakes.join('\n'));
}

function isNamed(workflow: unknown): boolean {
  return z.object({ name: z.string().min(1) }).safeParse(workflow).success;
}

/** Which of several openings is wrong is plain to see. */
function keyOf(path: readonly PropertyKey[]): string {
  return path.filter((part) => typeof part === 'string').join('.') || 'definition';
}
