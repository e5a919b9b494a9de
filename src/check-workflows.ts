/** Definitions of workflows are looked at before anything starts: every mistake at once, each with file, key and fix. */
import { z } from 'zod';
import { AppError } from './core/errors.ts';
import { whileBusy } from './workflow-kit.ts';
import type { Workflow } from './workflow-kit.ts';

/** Types catch most of this where they are checked; a start does not check types. */
const definition = z.object({
  name: z
    .string('must be a text')
    .regex(/^[a-z][a-z0-9-]{0,31}$/u, 'must be 1 to 32 of a-z, 0-9 and -, beginning with a letter'),
  title: z.string('must be a text').trim().min(1, 'must say what it does').max(80, 'must fit 80 characters'),
  input: z.instanceof(z.ZodObject, { message: 'must be a z.object({ … })' }),
  start: z.object(
    {
      mention: z
        .string('must be a text')
        .regex(/^[a-z][a-z0-9 -]*$/u, 'must be small letters, digits, spaces and -')
        .optional(),
    },
    'must say how it starts: { command: true } or {}',
  ),
  whileBusy: z.enum(whileBusy, 'must be steer, queue or reject').optional(),
  run: z.custom<() => void>((value) => typeof value === 'function', 'must be a function'),
});

/** Throws `config.invalid`. */
export function checkWorkflows(workflows: readonly Workflow[]): void {
  const mistakes: string[] = [];
  const seen = { name: new Map<string, string>(), mention: new Map<string, string>() };
  for (const [index, workflow] of workflows.entries()) {
    const parsed = definition.safeParse(workflow);
    const named = typeof workflow.name === 'string' && workflow.name !== '';
    const file = named ? `workflows/${workflow.name}.ts` : `workflows/index.ts, entry ${String(index + 1)}`;
    for (const issue of parsed.error?.issues ?? [])
      mistakes.push(`${file}: ${issue.path.join('.') || 'definition'}: ${issue.message}.`);
    if (!parsed.success) continue;
    const { name, start } = parsed.data;
    for (const [key, value] of [
      ['name', name],
      ['mention', start.mention],
    ] as const) {
      if (value === undefined) continue;
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
