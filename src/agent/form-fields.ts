/** A form from its zod schema: the JSON schema that answers must fit, made of fields that every platform can show. */
import { z } from 'zod';
import { AppError } from '../core/errors.ts';
import { isJsonObject } from '../core/json.ts';
import type { JsonObject } from '../core/json.ts';
import type { RecordedForm } from '../runs/form.ts';

const mostFields = 20;
const shown: ReadonlySet<unknown> = new Set(['string', 'number', 'integer', 'boolean']);

export function describeForm(key: string, title: string, form: z.ZodObject): RecordedForm {
  // A JSON schema is a JSON object.
  const schema = z.toJSONSchema(form, { io: 'input' }) as JsonObject;
  const fields = Object.entries(isJsonObject(schema['properties']) ? schema['properties'] : {});
  if (fields.length === 0 || fields.length > mostFields) {
    throw new AppError(
      'workflow.failed',
      `Form "${key}" has ${String(fields.length)} fields. Fix: give it one to ${String(mostFields)}.`,
    );
  }
  for (const [name, field] of fields) {
    if (isJsonObject(field) && (shown.has(field['type']) || Array.isArray(field['enum']))) continue;
    throw new AppError(
      'workflow.failed',
      `Field "${name}" of form "${key}" cannot be shown. Fix: make it a text, a number, a choice or yes-or-no.`,
    );
  }
  return { title, schema };
}
