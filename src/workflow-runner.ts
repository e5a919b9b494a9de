/** Workflows as the engine runs them: each with a durable context over signals, children, gate and agent. */
import { createDurableContext } from './agent/durable-context.ts';
import type { DurableContextOptions } from './agent/durable-context.ts';
import type { RunnableWorkflow } from './runs/engine.ts';
import { AppError } from './core/errors.ts';
import type { Workflow } from './workflow-kit.ts';

export function createWorkflowRunner(
  workflows: readonly Workflow[],
  options: DurableContextOptions,
): (name: string) => RunnableWorkflow | undefined {
  return (name) => {
    const workflow = workflows.find((entry) => entry.name === name);
    if (workflow === undefined) return undefined;
    return {
      name,
      async run(run, control, input) {
        const parsed = workflow.input.safeParse(input);
        if (!parsed.success) {
          throw new AppError(
            'workflow.changed',
            `The recorded input of this run does not fit workflow ${name} any more: ${parsed.error.issues[0]?.message ?? ''}. Fix: accept the old input too, or stop this run.`,
          );
        }
        await workflow.run(createDurableContext(options, run, control), parsed.data);
      },
    };
  };
}
