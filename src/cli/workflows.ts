/** `countersign workflows list` and `check`: what there is, and what is wrong with it. */
import { checkedWorkflows } from '../app-parts.ts';
import { openingsOf } from '../route-message.ts';
import type { Workflow } from '../workflow-kit.ts';
import { readSetup, say, sayTable } from './command-setup.ts';

export function listWorkflows(): void {
  sayTable(
    checkedWorkflows(readSetup().config).map((workflow) => [workflow.name, waysIn(workflow), workflow.title]),
  );
}

export function checkWorkflowFiles(): void {
  const { length } = checkedWorkflows(readSetup().config);
  say(`${String(length)} workflows are fine.`);
}

function waysIn(workflow: Workflow): string {
  const { name, start } = workflow;
  const { command, webhook, trigger, schedule } = start;
  return [
    ...(command === true ? [`/${name}`] : []),
    ...openingsOf(workflow)
      .slice(0, 1)
      .map((opening) => `«${opening}»`),
    ...(webhook === undefined ? [] : ['webhook']),
    ...(trigger === undefined ? [] : ['trigger']),
    ...(schedule === undefined ? [] : [schedule.when]),
  ].join(', ');
}
