/** What the gateway delivers, brought to whoever understands it. */
import { z } from 'zod';
import { describeError } from '../../src/core/errors.ts';
import type { Logger } from '../../src/core/logger.ts';
import type { CatchUp } from './catch-up.ts';
import type { Changes } from './changes.ts';
import type { GatewayEvent } from './gateway.ts';
import type { Inbound } from './inbound.ts';
import type { Interactions } from './interactions.ts';
import type { Reactions } from './reactions.ts';
import type { DiscordRest } from './rest.ts';

export interface ForwardOptions {
  readonly inbound: Inbound;
  readonly reactions: Reactions;
  readonly catchUp: CatchUp;
  readonly changes: Changes;
  readonly interactions: Interactions;
  readonly rest: DiscordRest;
  readonly logger: Logger;
}

const callback = z.object({ id: z.string(), token: z.string() });

export function forwardEvents(options: ForwardOptions): (event: GatewayEvent) => void {
  const { inbound, interactions, rest, logger } = options;

  async function interact(payload: unknown): Promise<void> {
    const reply = await interactions.answer(payload);
    const to = callback.safeParse(payload);
    if (reply === undefined || !to.success) return;
    const { id, token } = to.data;
    await rest.send('POST', `/interactions/${id}/${token}/callback`, {
      body: reply.body,
      query: { with_response: 'false' },
      auth: false,
    });
    await reply.after?.();
  }

  return ({ name, payload }) => {
    switch (name) {
      case 'MESSAGE_CREATE':
        void inbound.message(payload);
        void options.changes.said(payload);
        return;
      case 'MESSAGE_UPDATE':
        void options.changes.changed(payload);
        return;
      case 'MESSAGE_DELETE':
      case 'MESSAGE_DELETE_BULK':
        void options.changes.removed(payload);
        return;
      case 'MESSAGE_REACTION_ADD':
        void options.reactions.added(payload);
        return;
      case 'GUILD_CREATE':
        void options.catchUp.catchUp(payload);
        return;
      case 'INTERACTION_CREATE':
        interact(payload).catch((error: unknown) => {
          logger.warn('interaction.not-answered', { why: describeError(error) });
        });
        return;
      default:
        return;
    }
  };
}
