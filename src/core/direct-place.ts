/** Rooms where the bot talks with one person alone, as each surface names them. Pure. */
import { asChannelId } from './ids.ts';
import type { ActorId, ChannelId, ThreadId } from './ids.ts';

/** The person's own room on the console: nobody else reads it. */
export const ownRoomOf = (person: ActorId): ChannelId => asChannelId(`console:~${person}`);

/** «Directly to this person», for a schedule: which room that is, is found when the moment comes. */
export const directTo = (person: ActorId, surface?: string): ChannelId =>
  asChannelId(`direct:${person}${surface === undefined ? '' : `/${surface}`}`);

/** Whom a channel made by `directTo` means, and where he would like it best; undefined for a real channel. */
export function parseDirect(
  channel: ChannelId,
): { readonly person: string; readonly surface?: string } | undefined {
  const [, person, surface] = /^direct:([^/]+)(?:\/(.+))?$/u.exec(channel) ?? [];
  if (person === undefined) return undefined;
  return surface === undefined ? { person } : { person, surface };
}

export function isDirectPlace(place: ChannelId | ThreadId): boolean {
  return /^(?:console:~|direct:|discord:dm\/|slack:[A-Z0-9]+\/D)/u.test(place);
}

/** Whether a thread is one person's and not of this channel: what the channel's readers alone may see stays out of it. */
export function isOutside(thread: ThreadId, channel: ChannelId): boolean {
  return isDirectPlace(thread) && thread !== channel.toString() && !thread.startsWith(`${channel}/`);
}

/** The room of a thread in it. Only for places that `isDirectPlace` knows: Discord's have no threads. */
export function roomOfDirect(thread: ThreadId): ChannelId {
  const found = /^(?:console:~[^/]+|discord:dm\/\d+|slack:[A-Z0-9]+\/D[A-Z0-9]*)/u.exec(thread)?.[0];
  return asChannelId(found ?? thread);
}
