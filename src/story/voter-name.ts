/** Who voted, and for whom. */
import type { Vote } from '../runs/run-state.ts';
import type { StoryWords } from './story-item.ts';

export function voterName(vote: Pick<Vote, 'by' | 'for'>, words: Pick<StoryWords, 'nameOf'>): string {
  const name = words.nameOf(vote.by);
  return vote.for === undefined ? name : `${name} (for ${words.nameOf(vote.for)})`;
}
