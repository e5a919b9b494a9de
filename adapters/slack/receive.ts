/**
 * What Slack hands over, whichever way it travels: kept, then acknowledged, then answered.
 *
 * Everything gets an acknowledgement, also what nobody here knows; except what could not be kept, which Slack sends
 * again.
 */
import { z } from 'zod';
import { describeError } from '../../src/core/errors.ts';
import type { Logger } from '../../src/core/logger.ts';
import type { Inbound } from './inbound.ts';
import type { Acknowledged, After } from './acknowledged.ts';
import type { Home } from './home.ts';
import type { Interactions } from './interactions.ts';
import { envelopeSchema } from './payloads.ts';
import type { EventEnvelope } from './payloads.ts';
import type { Reactions } from './reactions.ts';
import type { Requests } from './requests.ts';
import type { Sessions } from './sessions.ts';

/** Resolves when it may be acknowledged. Throws when it could not be kept. */
export type Receive = (payload: unknown) => Promise<Acknowledged>;

export interface ReceiveOptions {
  readonly inbound: Inbound;
  readonly interactions: Interactions;
  readonly requests: Requests;
  readonly sessions: Sessions;
  readonly reactions: Reactions;
  readonly home: Home;
  readonly logger: Logger;
  readonly team: string;
  /** The app lost its right to act here. */
  onRevoked(): Promise<void>;
}

const kindSchema = z.object({ type: z.string().optional(), command: z.string().optional() });

export function createReceive(options: ReceiveOptions): Receive {
  const { inbound, interactions, requests, sessions, logger, team } = options;

  async function event(envelope: EventEnvelope): Promise<Acknowledged> {
    const installed = envelope.authorizations.map((entry) => entry.team_id ?? envelope.team_id);
    if (![envelope.team_id, ...installed].includes(team)) {
      logger.warn('event.ignored', { event: envelope.event_id, team: envelope.team_id });
      return {};
    }
    switch (envelope.event.type) {
      case 'message':
      case 'app_mention':
        return following(await inbound.message(envelope));
      case 'reaction_added':
        await options.reactions.added(envelope.event);
        return {};
      case 'agent_session_stopped':
        return following(await sessions.stopped(envelope.event));
      case 'app_home_opened':
        return following(sessions.opened(envelope.event) ?? options.home.opened(envelope.event));
      case 'tokens_revoked':
      case 'app_uninstalled':
        await options.onRevoked();
        return {};
      default:
        return {};
    }
  }

  return async (payload) => {
    const kind = kindSchema.safeParse(payload);
    if (!kind.success) return {};
    if (kind.data.type === 'event_callback') {
      const envelope = envelopeSchema.safeParse(payload);
      if (envelope.success) return event(envelope.data);
      logger.warn('event.not-understood', { why: describeError(z.prettifyError(envelope.error)) });
      return {};
    }
    const answer =
      kind.data.command === undefined ? await interactions.answer(payload) : await requests.command(payload);
    return answer ?? {};
  };
}

function following(after: After | undefined): Acknowledged {
  return after === undefined ? {} : { after };
}

const placeSchema = z.object({
  type: z.string().optional(),
  team_id: z.string().nullish(),
  team: z.object({ id: z.string() }).nullish(),
  view: z.object({ app_installed_team_id: z.string().nullish() }).nullish(),
  message: z.object({ team: z.string().nullish() }).nullish(),
  authorizations: z.array(z.object({ team_id: z.string().nullish() })).optional(),
});

/** The workspaces that a payload may be for, the likeliest first. */
export function teamsOf(payload: unknown): readonly string[] {
  const found = placeSchema.safeParse(payload);
  if (!found.success) return [];
  const { type, authorizations = [], team, team_id: id, view, message } = found.data;
  // In a shared channel whoever presses or sends may be of another workspace; the message and the form are the bot's.
  const own = [view?.app_installed_team_id, type === 'block_actions' ? message?.team : undefined];
  const all = [...authorizations.map((entry) => entry.team_id), ...own, team?.id, id];
  return [...new Set(all.filter((entry) => typeof entry === 'string'))];
}
