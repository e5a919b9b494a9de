/**
 * In which of Discord's two forms a message is written: components v2, or the classic one of content and rows.
 *
 * Components v2 is how cards look best. An operator may want the classic form everywhere (`DISCORD_CARDS=classic`); and
 * where Discord refuses components v2, the same message is written once more in the classic form, and all later ones
 * there as well. A message keeps the form it was posted in: Discord takes no change of it.
 */
import type { Logger } from '../../src/core/logger.ts';
import { isRefusal, refusals } from './rest.ts';

export type MessageForm = 'components' | 'classic';

export interface MessageForms {
  /** Writes in a channel's form, once more in the classic one when components v2 are refused there. */
  write<T>(channel: string, act: (form: MessageForm) => Promise<T>): Promise<T>;
}

const rememberedChannels = 2_000;
/** Discord names the field of a body that it does not take: the flag itself, or the type of a part. */
const refusedField = /\b(?:flags|components(?:\[\d+\])*(?:\.components\[\d+\])*\.type)\b/u;

export function createMessageForms(always: MessageForm | undefined, logger: Logger): MessageForms {
  const classic = new Set<string>();

  function remember(channel: string): void {
    if (classic.size >= rememberedChannels) classic.clear();
    classic.add(channel);
    logger.warn('discord.components-refused', {
      channel,
      why: 'Discord takes no components v2 there; cards are written as plain messages.',
    });
  }

  return {
    async write(channel, act) {
      if (always === 'classic' || classic.has(channel)) return act('classic');
      try {
        return await act('components');
      } catch (error) {
        const isRefused = isRefusal(error, refusals.invalidBody) && refusedField.test(error.message);
        if (!isRefused) throw error;
        remember(channel);
        return act('classic');
      }
    },
  };
}
