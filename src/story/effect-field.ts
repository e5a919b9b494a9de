/** What a call would change, as its card shows it: values before and after, how fresh they are, or why there are none. */
import type { CardField } from '../chat/card.ts';
import { makeVisible } from '../core/visible-text.ts';
import type { EffectChange, RecordedPreview } from '../runs/preview-state.ts';
import type { ApprovalState } from '../runs/run-state.ts';
import type { Reader, StoryWords } from './story-item.ts';

/** A state in a tool's own words stays in the thread; what the call would change belongs to the question. */
export function effectFields(
  approval: ApprovalState,
  reader: Reader,
  words: StoryWords,
  isOfPlan = false,
): readonly CardField[] {
  const { preview } = approval;
  if (preview === undefined) return [];
  switch (preview.kind) {
    case 'changes':
      return [
        field(
          'Effect',
          isOfPlan
            ? `${effectText(preview.changes, '\n')}\n(each line alone, as it stands; ${provenance(approval, preview, words)})`
            : `${effectText(preview.changes)}\n(${provenance(approval, preview, words)})`,
        ),
        ...(approval.isPreviewChanged === true ? [changedSince] : []),
      ];
    case 'now':
      return reader.mayReadThread
        ? [
            field(
              'Now',
              `${makeVisible(inShort(preview.content), { keepLineBreaks: true })}\n(${provenance(approval, preview, words)})`,
            ),
            ...(approval.isPreviewChanged === true ? [changedSince] : []),
          ]
        : [];
    case 'none':
      return [field('Effect', `no preview: ${makeVisible(preview.why)}`)];
    default:
      return preview satisfies never;
  }
}

/** «paid 480.00 → 360.00, note added: …» */
export function effectText(changes: readonly EffectChange[], between = ', '): string {
  if (changes.length === 0) return 'nothing would change';
  return changes
    .map(({ name, before, after }) => {
      const what = makeVisible(name);
      if (before === undefined && after === undefined) return what;
      if (before === undefined) return `${what}: ${makeVisible(after ?? '')} (new)`;
      if (after === undefined) return `${what}: ${makeVisible(before)} → removed`;
      return `${what} ${makeVisible(before)} → ${makeVisible(after)}`;
    })
    .join(between);
}

const changedSince: CardField = {
  label: 'Look twice',
  value: 'What this would change is not what was shown when it was asked.',
  form: 'warning',
};

/** Which tool read it and when, and how it stood when somebody approved. */
function provenance({ votes }: ApprovalState, { tool, mark }: RecordedPreview, words: StoryWords): string {
  const last = votes.findLast(({ vote, effect }) => vote === 'approve' && effect !== undefined);
  const state =
    last === undefined
      ? ''
      : last.effect === 'fresh'
        ? `; fresh when ${words.nameOf(last.by)} approved at ${words.time(last.mark.stamp.at)}`
        : `; had changed when ${words.nameOf(last.by)} approved at ${words.time(last.mark.stamp.at)}`;
  return `${tool}, read ${words.time(mark.stamp.at)}${state}`;
}

/** What a record says first and last: how a thing is called and how it stands. */
function inShort(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.length <= 4 ? lines.join('\n') : `${lines[0] ?? ''}\n…\n${lines.at(-1) ?? ''}`;
}

function field(label: string, value: string): CardField {
  return { label, value, form: 'plain' };
}
