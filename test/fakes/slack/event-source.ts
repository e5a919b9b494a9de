/** Events, as far as the app subscribed to them: each with an id of its own, however often it concerns one message. */
import type { Deliveries, Delivery } from './deliveries.ts';
import { messageJson, tombstone } from './message-json.ts';
import { channelType, contentOf } from './workspace.ts';
import type { StoredMessage, Workspace } from './workspace.ts';

export interface EventSource {
  /** Delivers when the app subscribed to `subscription`. */
  emit(
    subscription: string,
    event: Readonly<Record<string, unknown>> & { readonly type: string },
    by?: string,
  ): Delivery[];
  /** Somebody posted: a message event, and a mention event when the text names the bot. */
  posted(message: StoredMessage): Delivery[];
  edited(message: StoredMessage): Delivery[];
  deleted(message: StoredMessage): Delivery[];
}

const seconds = (workspace: Workspace): number => Math.floor(workspace.clock.now().getTime() / 1000);

export function createEventSource(workspace: Workspace, deliveries: Deliveries): EventSource {
  const { app, team } = workspace;

  const emit: EventSource['emit'] = (subscription, event, by) => {
    if (!workspace.events.has(subscription)) return [];
    const eventId = workspace.nextId('Ev');
    const author = by === undefined ? undefined : workspace.users.get(by);
    const isForeign = author !== undefined && author.teamId !== team.id;
    const payload = {
      token: 'verification-token',
      team_id: team.id,
      context_team_id: team.id,
      context_enterprise_id: null,
      api_app_id: app.id,
      event: isForeign ? { ...event, user_team: author.teamId, source_team: author.teamId } : event,
      type: 'event_callback',
      event_id: eventId,
      event_time: seconds(workspace),
      authorizations: [
        {
          enterprise_id: null,
          team_id: team.id,
          user_id: app.botUserId,
          is_bot: true,
          is_enterprise_install: false,
        },
      ],
      is_ext_shared_channel: isForeign,
      event_context: `context-${eventId}`,
    };
    return [deliveries.deliver('events_api', eventId, payload)];
  };

  /** Bots hear only where they are. */
  const heard = (message: StoredMessage): { type: string; subscription: string } | undefined => {
    const channel = workspace.channels.get(message.channel);
    if (channel?.members.has(app.botUserId) !== true || message.ephemeralTo !== undefined) return undefined;
    const type = channelType(channel);
    const names = { channel: 'message.channels', group: 'message.groups', im: 'message.im' } as const;
    return { type, subscription: names[type] };
  };

  return {
    emit,
    posted(message) {
      const place = heard(message);
      if (place === undefined) return [];
      const { text } = contentOf(message);
      const fields = {
        ...messageJson(workspace, message),
        channel: message.channel,
        event_ts: message.ts,
        ...(message.user !== app.botUserId && { client_msg_id: `client-${message.ts}` }),
      };
      const subtype = message.files.length > 0 ? { subtype: 'file_share' } : {};
      const found = emit(
        place.subscription,
        { ...fields, ...subtype, type: 'message', channel_type: place.type },
        message.user,
      );
      const isNamed = text.includes(`<@${app.botUserId}>`) && message.user !== app.botUserId;
      if (isNamed && place.type !== 'im')
        found.push(...emit('app_mention', { ...fields, type: 'app_mention' }, message.user));
      return found;
    },
    edited(message) {
      const place = heard(message);
      if (place === undefined) return [];
      return emit(
        place.subscription,
        {
          type: 'message',
          subtype: 'message_changed',
          channel: message.channel,
          channel_type: place.type,
          ts: workspace.nextTs(),
          event_ts: workspace.nextTs(),
          hidden: true,
          message: messageJson(workspace, message),
        },
        message.user,
      );
    },
    deleted(message) {
      const place = heard(message);
      if (place === undefined) return [];
      const before = messageJson(workspace, message);
      if (before['reply_count'] !== undefined)
        // What opened a thread leaves a sign there while the replies stand.
        return emit(
          place.subscription,
          {
            type: 'message',
            subtype: 'message_changed',
            channel: message.channel,
            channel_type: place.type,
            ts: workspace.nextTs(),
            event_ts: workspace.nextTs(),
            hidden: true,
            message: { ...before, ...tombstone },
            previous_message: before,
          },
          message.user,
        );
      return emit(
        place.subscription,
        {
          type: 'message',
          subtype: 'message_deleted',
          channel: message.channel,
          channel_type: place.type,
          ts: workspace.nextTs(),
          event_ts: workspace.nextTs(),
          deleted_ts: message.ts,
          hidden: true,
          previous_message: before,
        },
        message.user,
      );
    },
  };
}
