/** What the health page shows: the store, each tool server, each chat platform, the model. */
import type { HealthJson } from './shapes.ts';
import type { ChatAdapter } from '../chat/adapter.ts';
import { AppError, describeError } from '../core/errors.ts';
import { makeVisible } from '../core/visible-text.ts';
import type { Freezer } from '../gate/freezer.ts';
import { openReviews } from '../gate/freeze-state.ts';
import type { Model } from '../models/model.ts';
import type { RunStore } from '../runs/store.ts';
import type { ToolRegistry } from '../tools/tool.ts';

export async function readHealth(parts: {
  readonly runs: RunStore;
  readonly registry: ToolRegistry;
  readonly model: Model;
  readonly surfaces: readonly ChatAdapter[];
  readonly freezer: Freezer;
  /** What keeps threads of a surface from being shown. */
  troubleOf(surface: string): string | undefined;
  /** What is wrong with the files of policy and people, while older ones are in force. */
  readonly setupProblem: string | undefined;
}): Promise<HealthJson> {
  const checks: HealthJson['checks'] = [];
  try {
    await parts.runs.countApprovals('pending');
    checks.push({ name: 'store', state: 'ok', detail: 'The local store answers.' });
  } catch (error) {
    checks.push({
      name: 'store',
      state: 'failed',
      detail: error instanceof AppError ? error.tell : describeError(error),
    });
  }
  for (const server of parts.registry.servers()) {
    const isDown = server.state === 'unreachable';
    const detail = server.detail ?? `${server.state}, ${String(server.tools)} tools`;
    checks.push({
      name: `tool server ${server.name}`,
      state: isDown || server.drifted > 0 ? 'warning' : 'ok',
      detail,
    });
  }
  for (const surface of parts.surfaces) {
    const trouble = parts.troubleOf(surface.name);
    const { state, detail, where } = surface.status();
    checks.push(
      trouble === undefined || state === 'failed'
        ? {
            name: surface.name,
            state,
            detail: where === undefined ? detail : `${makeVisible(where)}: ${detail}`,
          }
        : { name: surface.name, state: 'warning', detail: trouble },
    );
  }
  checks.push({ name: 'model', state: 'ok', detail: parts.model.name });
  if (parts.setupProblem !== undefined) {
    checks.push({
      name: 'policy and people',
      state: 'warning',
      detail: `The files have mistakes, so what was in force before stays in force. ${parts.setupProblem}`,
    });
  }
  const freeze = await freezeCheck(parts.freezer);
  if (freeze !== undefined) checks.push(freeze);
  return { checks };
}

async function freezeCheck(freezer: Freezer): Promise<HealthJson['checks'][number] | undefined> {
  const state = await freezer.state().catch(() => undefined);
  if (state === undefined) return undefined;
  const open = openReviews(state).map((glass) => glass.id);
  if (state.frozen === undefined && open.length === 0) return undefined;
  const detail = [
    ...(state.frozen === undefined ? [] : [`Everything is frozen: ${state.frozen.reason}`]),
    ...(open.length === 0 ? [] : [`Broken glass that nobody has signed for: ${open.join(', ')}.`]),
  ];
  return { name: 'freeze', state: 'warning', detail: detail.join(' ') };
}
