/** What leaves with a call: its frozen arguments, its key, and where it came from. */
import { canonicalJson, parseStrictJson } from '../core/canonical-json.ts';
import { AppError } from '../core/errors.ts';
import { sha256OfParts } from '../core/hash.ts';
import { isJsonObject } from '../core/json.ts';
import type { JsonObject } from '../core/json.ts';
import type { JudgedCall, RunState } from '../runs/run-state.ts';
import type { CallOrigin } from '../tools/tool.ts';

export function argsOf(call: JudgedCall): JsonObject {
  if (call.argsJson === undefined)
    throw new AppError('ledger.tampered', `The arguments of ${call.id} are missing.`);
  const value = parseStrictJson(call.argsJson);
  if (!isJsonObject(value))
    throw new AppError('ledger.tampered', `The arguments of ${call.id} are not an object.`);
  return value;
}

/** The bytes that leave: the frozen arguments, with our key in the argument that policy names for it. */
export function bytesOf(call: JudgedCall, key: string | undefined): string {
  if (key === undefined || call.keyArgument === undefined) {
    if (call.argsJson === undefined)
      throw new AppError('ledger.tampered', `The arguments of ${call.id} are missing.`);
    return call.argsJson;
  }
  return canonicalJson({ ...argsOf(call), [call.keyArgument]: key });
}

/** The same for every attempt of a call, so that the tool knows it again. */
export function keyFor(state: RunState, call: JudgedCall): string {
  return `cs_${sha256OfParts([state.organisation, state.id, call.id]).slice(0, 40)}`;
}

export function originOf(state: RunState, call: JudgedCall): CallOrigin {
  const { id, channel, thread, requester, text, taintedBy } = state;
  return {
    run: id,
    call: call.id,
    channel,
    thread,
    requester,
    request: text,
    ...(taintedBy !== undefined && { taintedBy }),
  };
}
