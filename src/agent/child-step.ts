/** A step that starts another workflow and waits for its end. */
import { AppError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import { childIdOf, deepestChild, depthOf } from '../runs/start-child.ts';
import type { Children, ChildResult } from '../runs/start-child.ts';
import { shareForChild } from './limits.ts';
import type { RunLimits } from './limits.ts';
import type { StepScope } from './step-scope.ts';
import { readResult } from './tried-step.ts';
import { waitOn } from './waiting-steps.ts';
import type { WaitingOptions } from './waiting-steps.ts';

export interface ChildRequest {
  /** The workflow's name. */
  readonly workflow: string;
  readonly input?: JsonObject;
}

export interface ChildOptions extends WaitingOptions {
  readonly children: Children;
  /** As the policy has them now. */
  limits(): RunLimits;
}

export async function child(
  scope: StepScope,
  options: ChildOptions,
  key: string,
  { workflow, input = {} }: ChildRequest,
): Promise<ChildResult> {
  const { run } = scope;
  const inputHash = scope.enter(key, 'child', { workflow, input });
  if (depthOf(run.state()) >= deepestChild) {
    throw new AppError(
      'workflow.failed',
      `Step "${key}" would start a run ${String(deepestChild + 1)} levels deep. Fix: start it from higher up.`,
    );
  }
  const end = await waitOn(
    scope,
    options.clock,
    {
      inputHash,
      text: JSON.stringify(input),
      make: () => ({
        key,
        kind: 'child',
        name: workflow,
        child: childIdOf(run.id, key),
        share: shareForChild(run.state(), options.limits()),
      }),
    },
    key,
    (wait) => options.children.start(run, wait),
  );
  return readResult<ChildResult>(key, end.result);
}
