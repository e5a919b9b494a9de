/** What a call would change, as state: values before and after, a state in words, or why there is none. */
import type { Mark } from './mark.ts';

/** One value that the call would change; absent where nothing stands before or after, and both in a remark. */
export interface EffectChange {
  readonly name: string;
  readonly before?: string;
  readonly after?: string;
}

export type EffectPreview = { readonly tool: string } & (
  | { readonly kind: 'changes'; readonly changes: readonly EffectChange[] }
  /** The present state as the tool words it; what it would be afterwards nobody said. */
  | { readonly kind: 'now'; readonly content: string }
  | { readonly kind: 'none'; readonly why: string }
);

/** As an approval holds it. */
export type RecordedPreview = EffectPreview & { readonly mark: Mark };
