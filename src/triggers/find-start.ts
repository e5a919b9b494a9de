/** Which workflow something that people did in a channel starts, and with what input. Pure. */
import type { InboundNotice } from '../chat/adapter.ts';
import { findWatched } from '../chat/watched.ts';
import { parseJsonObject } from '../core/json.ts';
import type { JsonObject } from '../core/json.ts';
import { readPairs } from '../workflow-input.ts';
import type { Workflow } from '../workflow-kit.ts';
import type { Trigger } from './parse-triggers.ts';

export function findStart(
  triggers: readonly Trigger[],
  workflows: readonly Workflow[],
  notice: InboundNotice,
): { readonly workflow: string; readonly input: JsonObject } | undefined {
  const found = findWatched(triggers, notice);
  const workflow = workflows.find(({ name }) => name === found?.workflow);
  if (workflow === undefined) return undefined;
  // A reaction is about the words it stands on.
  const about = notice.quotes?.[0]?.text ?? notice.text;
  const { trigger } = workflow.start;
  const input = typeof trigger === 'function' ? trigger(about) : readPairs(workflow.input, about);
  if (input === undefined) return undefined;
  // Through JSON, so that what is recorded is what a restarted run reads again.
  return { workflow: workflow.name, input: parseJsonObject(JSON.stringify(input)) ?? {} };
}
