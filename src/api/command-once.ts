/**
 * A command that was sent with an id is carried out once, over redeliveries, restarts and replicas, and answers the same
 * each time.
 *
 * That it is begun is durable before it is carried out. Where a process ended in between, nobody can know what came of
 * it: that is said, and it is not carried out again.
 */
import type { ChatStore } from '../chat/store.ts';
import type { ActorId } from '../core/ids.ts';
import type { CommandResult } from '../commands/command.ts';
import type { Refusal } from './backend.ts';
import { refusal } from './refusal.ts';

export type CommandAnswer = { readonly kind: 'answered'; readonly text: string } | Refusal;

export type CarryOutOnce = (
  sent: { readonly by: ActorId; readonly id: string },
  carryOut: () => Promise<Pick<CommandResult, 'text' | 'isShownOnce'>>,
) => Promise<CommandAnswer>;

export function createCommandOnce(chat: Pick<ChatStore, 'claimCommand' | 'answerCommand'>): CarryOutOnce {
  /** What this process is at: whoever sends the same meanwhile hears what comes of it. */
  const underWay = new Map<string, Promise<CommandAnswer>>();

  async function claimed(
    key: string,
    by: ActorId,
    carryOut: Parameters<CarryOutOnce>[1],
  ): Promise<CommandAnswer> {
    const claim = await chat.claimCommand(key, by);
    if (claim.kind === 'answered')
      return {
        kind: 'answered',
        text: claim.text ?? 'This was carried out before. What it answered then is kept nowhere.',
      };
    if (claim.kind === 'begun')
      return refusal(
        409,
        'command.begun',
        'This command was begun and has not answered: it is still at work, or its process ended in the middle. It is not carried out a second time. Look what came of it before you send it with another id.',
      );
    const { text, isShownOnce = false } = await carryOut();
    await chat.answerCommand(key, isShownOnce ? undefined : text);
    return { kind: 'answered', text };
  }

  return ({ by, id }, carryOut) => {
    const key = `command/${by}/${id}`;
    const known = underWay.get(key);
    if (known !== undefined) return known;
    const work = claimed(key, by, carryOut).finally(() => underWay.delete(key));
    underWay.set(key, work);
    return work;
  };
}
