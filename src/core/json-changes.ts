/** Where two values differ, place by place. Pure. */
import { canonicalJson } from './canonical-json.ts';
import { isJsonObject } from './json.ts';
import type { Json } from './json.ts';

export interface JsonChange {
  readonly path: readonly string[];
  /** Undefined where nothing stood. */
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/** Objects are compared field by field, everything else as a whole. */
export function jsonChanges(
  before: Json | undefined,
  after: Json | undefined,
  path: readonly string[] = [],
): readonly JsonChange[] {
  if (isJsonObject(before) && isJsonObject(after)) {
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((name) =>
      jsonChanges(before[name], after[name], [...path, name]),
    );
  }
  const isSame =
    before !== undefined && after !== undefined && canonicalJson(before) === canonicalJson(after);
  return isSame ? [] : [{ path, before, after }];
}
