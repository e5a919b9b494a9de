/**
 * A step that starts a workflow where the bot talks with the requester alone.
 *
 * What it started is recorded under its key, and the message that starts it is kept once, so that a step that is done
 * again after a crash finds the same thread and the same run.
 */
import { z } from 'zod';
import type { ActorId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import { surfaceOf } from '../core/surface-of.ts';
import type { StepScope } from './step-scope.ts';

export interface DirectRequest {
  readonly workflow: string;
  readonly input: JsonObject;
  /** What its thread shows as the request. */
  readonly text: string;
}

export interface DirectStart {
  /** `slack`, `discord`, `console`. */
  readonly surface: string;
  /** Platforms that do not let the bot write to this person. */
  readonly refused: readonly string[];
  readonly link?: string;
}

export interface DirectWish extends DirectRequest {
  /** Unique for ever: the same occasion is the same run. */
  readonly occasion: string;
  /** Where the person would like it best. */
  readonly surface: string;
}

/** Undefined for somebody who is no person. */
export type StartsDirectly = (to: ActorId, wish: DirectWish) => Promise<DirectStart | undefined>;

const recorded = z
  .object({ surface: z.string(), refused: z.array(z.string()), link: z.string().optional() })
  .nullable();

export async function startDirectly(
  scope: StepScope,
  start: StartsDirectly,
  key: string,
  request: DirectRequest,
): Promise<DirectStart | undefined> {
  const inputHash = scope.enter(key, 'direct', request);
  const before = scope.recorded(key)?.result;
  if (before !== undefined) return plain(recorded.parse(JSON.parse(before)));
  const { requester, thread } = scope.run.state();
  const wish = { ...request, occasion: `${scope.run.id}/${key}`, surface: surfaceOf(thread) };
  const started = await scope.control.work(() => start(requester, wish));
  scope.record(key, 'direct', inputHash, JSON.stringify(started ?? null));
  return started;
}

function plain(found: z.infer<typeof recorded>): DirectStart | undefined {
  if (found === null) return undefined;
  const { surface, refused, link } = found;
  return { surface, refused, ...(link !== undefined && { link }) };
}

/** Where it went, as whoever asked for it reads it. */
export function whereSent({ surface, refused, link }: DirectStart): string {
  const open = link === undefined ? '' : ` [open](${link})`;
  const where =
    surface === 'console'
      ? `It is in the console, under «only-you», where nobody else reads it.${open}`
      : `It is in your direct messages on ${nameOfSurface(surface)}.${open}`;
  return refused.length === 0 ? where : `${refusedText(refused)} ${where}`;
}

export function refusedText(refused: readonly string[]): string {
  const names = [...new Set(refused)].map(nameOfSurface).join(' and ');
  return `I cannot write to you on ${names}: your direct messages there are closed to me.`;
}

export function nameOfSurface(surface: string): string {
  return surface.charAt(0).toUpperCase() + surface.slice(1);
}
