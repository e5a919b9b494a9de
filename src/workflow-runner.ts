/** Workflows as the engine runs them: each with a durable context over signals, children, gate and agent. */
import { createDurableContext } from './agent/durable-context.ts';
import type { DurableContextOptions } from './agent/durable-context.ts';
import { runDrill } from './agent/run-drill.ts';
import type { RunnableWorkflow } from './runs/engine.ts';
import type { RunState } from './runs/run-state.ts';
import { AppError } from './core/errors.ts';
import { askMissing, hasAsked } from './ask-missing.ts';
import { openingsOf } from './route-message.ts';
import { workflowCommands } from './workflow-commands.ts';
import { fitInput } from './workflow-input.ts';
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
        const { drill } = run.state();
        if (drill !== undefined) {
          await runDrill(options.gate, run, control, drill);
          return;
        }
        const fitted = fitInput(workflow.input, input);
        if (fitted.kind === 'misfit' && (hasAsked(run.state()) || isUntouched(run.state()))) {
          const context = createDurableContext(options, run, control);
          await context.say(whatIsMissing(workflow, fitted.text), 'countersign/missing');
          const whole = await askMissing(context, workflow, input);
          if (whole !== undefined) await workflow.run(context, whole);
          return;
        }
        if (fitted.kind === 'misfit') {
          throw new AppError(
            'workflow.changed',
            `The recorded input of this run does not fit workflow ${name} any more: ${fitted.text}. Fix: accept the old input too, or stop this run.`,
          );
        }
        await workflow.run(createDurableContext(options, run, control), fitted.value);
      },
    };
  };
}

/** True for a run that has done nothing: its input never fitted. */
function isUntouched({ steps, calls, waits, turns }: RunState): boolean {
  return steps.size + calls.size + waits.size + turns.size === 0;
}

/** What to say instead, made from the workflow's own input. */
function whatIsMissing(workflow: Workflow, problems: string): string {
  const { name, input, start } = workflow;
  const [offer] = workflowCommands([
    { name, title: workflow.title, input, start: { command: true }, run: workflow.run },
  ]);
  const fields = offer?.fields ?? [];
  const needed = fields.filter((field) => field.isRequired);
  const example = needed.map((field) => `${field.name}="…"`).join(' ');
  const word = start.command === true ? `/${name}` : (openingsOf(workflow)[0] ?? name);
  return [
    `I need more to begin: ${problems}. Nothing ran.`,
    ...fields.map((field) => `- ${field.name}${field.isRequired ? '' : ' (optional)'}: ${field.label}`),
    `Say it like this: \`${word} ${example}\``,
  ].join('\n');
}
