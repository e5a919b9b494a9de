/** What a call would change, as it was read before people decide, and read again when they do. */
import { canonicalJson, parseStrictJson } from '../core/canonical-json.ts';
import { isJsonObject } from '../core/json.ts';
import type { FoldedEvent } from '../ledger/fold.ts';
import type { EffectChange, EffectPreview, RecordedPreview } from './preview-state.ts';
import type { RunEventData } from './run-events.ts';
import type { RunState } from './run-state.ts';
import { markOf } from './settle-status.ts';

/** As events hold it: which tool, which kind (`now` when absent), and one text. */
export interface PreviewData {
  readonly previewTool?: string;
  readonly previewKind?: 'changes' | 'none';
}

export function previewData(preview: EffectPreview): PreviewData & { readonly previewTool: string } {
  return {
    previewTool: preview.tool,
    ...(preview.kind !== 'now' && { previewKind: preview.kind }),
  };
}

export function previewText(preview: EffectPreview): string {
  switch (preview.kind) {
    case 'changes':
      return canonicalJson(preview.changes.map((change) => ({ ...change })));
    case 'now':
      return preview.content;
    case 'none':
      return preview.why;
    default:
      return preview satisfies never;
  }
}

/** Undefined where none was read, or its text is erased. */
export function previewOf(data: PreviewData, event: FoldedEvent): RecordedPreview | undefined {
  const text = event.text('preview');
  const { previewTool: tool, previewKind } = data;
  if (text === undefined || tool === undefined) return undefined;
  const base = { tool, mark: markOf(event) };
  if (previewKind === 'none') return { ...base, kind: 'none', why: text };
  return previewKind === 'changes'
    ? { ...base, kind: 'changes', changes: readChanges(text) }
    : { ...base, kind: 'now', content: text };
}

export const previewArms: {
  readonly [K in 'approval.previewed']: (state: RunState, data: RunEventData[K], event: FoldedEvent) => void;
} = {
  'approval.previewed': (state, data, event) => {
    const approval = state.approvals.get(data.approval);
    const preview = previewOf(data, event);
    if (approval?.state !== 'pending' || preview === undefined) return;
    approval.preview = preview;
    approval.isPreviewChanged = true;
    approval.additions += 1;
  },
};

function readChanges(text: string): readonly EffectChange[] {
  const list = parseStrictJson(text);
  return (Array.isArray(list) ? list : []).flatMap((entry) => {
    if (!isJsonObject(entry) || typeof entry['name'] !== 'string') return [];
    const { name, before, after } = entry;
    return [
      {
        name,
        ...(typeof before === 'string' && { before }),
        ...(typeof after === 'string' && { after }),
      },
    ];
  });
}
