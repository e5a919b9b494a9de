import type { ChannelId, ThreadId } from './ids.ts';

/** The surface of a place, with which its id begins: `slack` of `slack:T01/C12/171…`; empty where it names none. */
export function surfaceOf(place: ChannelId | ThreadId): string {
  return place.slice(0, Math.max(0, place.indexOf(':')));
}
