/** What pressing a button of a card sends. */
import type { ActionJson } from '../shapes.ts';
import type { Answer, Client } from './client.ts';

/** What a vote on this card must repeat. */
export interface VotedOn {
  readonly id: string;
  readonly digest: string;
}

export interface Pressed {
  /** A sentence for the person who pressed. */
  readonly text?: string;
  /** A thread that the press opened. */
  readonly thread?: string;
}

/** What a person typed before the press counts. */
export interface Typed {
  readonly text?: string;
  readonly fields?: Readonly<Record<string, string>>;
}

export async function pressAction(
  client: Client,
  action: ActionJson,
  votedOn: VotedOn | undefined,
  typed: Typed,
): Promise<Answer<Pressed>> {
  const { text } = typed;
  const vote = voteOf(action.id);
  if (votedOn === undefined || vote === undefined)
    return client.post('/actions', { action: action.id, ...typed });
  const answer = await client.post<Pressed>(`/approvals/${encodeURIComponent(votedOn.id)}/votes`, {
    vote,
    digest: votedOn.digest,
    seen: seenOf(action.id),
    ...(text === undefined ? {} : { reason: text }),
  });
  if (answer.kind === 'problem') return answer;
  // The answer is the approval as well, whose own `thread` is where one already is.
  return { kind: 'ok', value: answer.value.text === undefined ? {} : { text: answer.value.text } };
}

export function voteOf(action: string): 'approve' | 'deny' | undefined {
  const verb = action.split(':')[2];
  return verb === 'approve' || verb === 'deny' ? verb : undefined;
}

/** Whether pressing it approves something, so that all of its card must have been shown. */
export function isApproving(action: string): boolean {
  const verb = action.split(':')[2];
  return verb === 'approve' || verb === 'approve-all';
}

/** How many later words of the requester the card with this button shows. */
function seenOf(action: string): number {
  const count = action.split(':')[3] ?? '';
  return /^\d{1,6}$/u.test(count) ? Number(count) : 0;
}

/** A label without the dots that promise a form. */
export function plainLabel(label: string): string {
  return label.replace(/(?:…|\.\.\.)$/u, '');
}
