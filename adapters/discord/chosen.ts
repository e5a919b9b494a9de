/**
 * Messages that somebody chose in their menu, as Discord showed them then.
 *
 * Without the privileged intent for words that is the one time the bot sees what they say and hold, so it is kept for
 * whoever reads them as part of the same answer. In this process alone, and not for long.
 */
import type { Clock } from '../../src/core/clock.ts';
import type { CommandInteraction, DiscordMessage } from './payloads.ts';

type Shown = Pick<DiscordMessage, 'content' | 'attachments'>;

export interface Chosen {
  remember(interaction: CommandInteraction): void;
  /** What it said; undefined when it was not chosen lately. */
  find(message: string): Shown | undefined;
}

const mostKept = 200;
const keptMs = 15 * 60_000;

export function createChosen(clock: Clock): Chosen {
  const kept = new Map<string, { readonly shown: Shown; readonly until: number }>();
  return {
    remember({ data }) {
      const message = data.resolved?.messages?.[data.target_id ?? ''];
      if (message === undefined || data.target_id === undefined) return;
      const { content, attachments } = message;
      kept.delete(data.target_id);
      kept.set(data.target_id, { shown: { content, attachments }, until: clock.now().getTime() + keptMs });
      const oldest = kept.keys().next().value;
      if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest);
    },
    find(message) {
      const found = kept.get(message);
      return found === undefined || found.until <= clock.now().getTime() ? undefined : found.shown;
    },
  };
}
