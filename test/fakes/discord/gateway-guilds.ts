/** What the gateway says of a guild, and which shard says it. */
import type { FakeState } from './state.ts';

/** The platform's own rule. */
export function shardOf(guild: string, count: number): number {
  return Number((BigInt(guild) >> 22n) % BigInt(count));
}

export function guildCreate(state: FakeState, guild: string): object {
  const here = [...state.channels.values()].filter((channel) => channel.guild_id === guild);
  const last = new Map([...state.messages.values()].map((message) => [message.channel_id, message.id]));
  const shape = (channel: (typeof here)[number]): object => ({
    ...channel,
    last_message_id: last.get(channel.id) ?? null,
    position: 0,
    permission_overwrites: [],
  });
  return {
    id: guild,
    name: 'Acme',
    owner_id: '2001',
    roles: [{ id: guild, name: '@everyone', permissions: '0', position: 0, color: 0 }],
    emojis: [],
    members: [],
    presences: [],
    voice_states: [],
    stage_instances: [],
    guild_scheduled_events: [],
    features: [],
    member_count: 3,
    channels: here.filter((channel) => channel.type === 0).map(shape),
    threads: here
      .filter((channel) => channel.type === 11)
      .map((channel) => ({
        ...shape(channel),
        thread_metadata: {
          archived: channel.isArchived,
          auto_archive_duration: 1440,
          archive_timestamp: new Date().toISOString(),
          locked: false,
        },
      })),
  };
}
