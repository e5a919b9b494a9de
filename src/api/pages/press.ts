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

export async function pressAction(
  client: Client,
  action: ActionJson,
  votedOn: VotedOn | undefined,
  text: string | undefined,
): Promise<Answer<Pressed>> {
  const vote = voteOf(action.id);
  if (votedOn === undefined || vote === undefined) {
    return client.post('/actions', { action: action.id, ...(text === undefined ? {} : { text }) });
  }
  const answer = await client.post<Pressed>(`/approvals/${encodeURIComponent(votedOn.id)}/votes`, {
    vote,
    digest: votedOn.digest,
    ...(text === undefined ? {} : { reason: text }),
  });
  if (answer.kind === 'problem') return answer;
  // The answer is the approval as well, whose own `thread` is where one already is.
  return { kind: 'ok', value: answer.value.text === undefined ? {} : { text: answer.value.text } };
}

export function voteOf(action: string): 'approve' | 'deny' | undefined {
  if (action.endsWith(':approve')) return 'approve';
  return action.endsWith(':deny') ? 'deny' : undefined;
}

/** A label without the dots that promise a form. */
export function plainLabel(label: string): string {
  return label.replace(/(?:…|\.\.\.)$/u, '');
}
