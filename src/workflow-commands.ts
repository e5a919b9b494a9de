/** The workflows that people start by a slash command, with the fields of their forms. */
import { z } from 'zod';
import type { WorkflowCommand, WorkflowField } from './chat/adapter.ts';
import type { Workflow } from './workflow-kit.ts';

const schema = z.object({
  properties: z
    .record(
      z.string(),
      z.object({
        title: z.string().optional(),
        description: z.string().optional(),
        enum: z.array(z.unknown()).optional(),
      }),
    )
    .default({}),
  required: z.array(z.string()).default([]),
});

export function workflowCommands(workflows: readonly Workflow[]): readonly WorkflowCommand[] {
  return workflows
    .filter((workflow) => workflow.start.command === true)
    .map(({ name, title, input }) => ({ name, title, fields: fieldsOf(input) }));
}

/** What an input takes, as far as a form can ask for it; an input that JSON cannot describe has no fields. */
function fieldsOf(input: Workflow['input']): readonly WorkflowField[] {
  const described = schema.safeParse(z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' }));
  if (!described.success) return [];
  const { properties, required } = described.data;
  return Object.entries(properties).map(([name, { title, description, enum: choices = [] }]) => ({
    name,
    label: title ?? description ?? name.replaceAll('_', ' '),
    isRequired: required.includes(name),
    choices: choices.filter((choice) => typeof choice === 'string'),
  }));
}
