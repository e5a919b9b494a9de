/** Names of places: `slack:<workspace>/<channel>` for channels, with `/<ts>` of the opening message for threads. */
import { AppError } from '../../src/core/errors.ts';
import { asChannelId, asThreadId } from '../../src/core/ids.ts';
import type { ChannelId, ThreadId } from '../../src/core/ids.ts';

export interface Place {
  readonly team: string;
  readonly channel: string;
  /** Of the message that opened the thread. */
  readonly ts: string;
}

export function threadId(team: string, channel: string, ts: string): ThreadId {
  return asThreadId(`slack:${team}/${channel}/${ts}`);
}

export function channelId(team: string, channel: string): ChannelId {
  return asChannelId(`slack:${team}/${channel}`);
}

/** The place of a thread's id; undefined for a thread of another surface. */
export function parsePlace(thread: ThreadId): Place | undefined {
  const found = /^slack:([A-Z0-9]+)\/([A-Z0-9]+)\/(\d{10}\.\d{6})$/u.exec(thread);
  const [, team, channel, ts] = found ?? [];
  return team === undefined || channel === undefined || ts === undefined ? undefined : { team, channel, ts };
}

/** Where something is shown: a thread, or the top of a channel, which the channel's own id names. */
export type Target = Omit<Place, 'ts'> & { readonly ts?: string };

export function parseTarget(thread: ThreadId): Target | undefined {
  return parsePlace(thread) ?? parseChannel(asChannelId(thread));
}

/** The place of a channel's id; undefined for a channel of another surface. */
export function parseChannel(channel: ChannelId): Pick<Place, 'team' | 'channel'> | undefined {
  const [, team, id] = /^slack:([A-Z0-9]+)\/([A-Z0-9]+)$/u.exec(channel) ?? [];
  return team === undefined || id === undefined ? undefined : { team, channel: id };
}

/** The top of a channel as a place. */
export function topOf(team: string, channel: string): ThreadId {
  return asThreadId(channelId(team, channel));
}

/** `T01/U02`, as `people.yaml` names an account. */
export function accountOf(team: string, user: string): string {
  return `${team}/${user}`;
}

/** The same, where there must be one. */
export function requireUser(account: string, team: string): string {
  const user = userOf(account, team);
  if (user === undefined) throw new AppError('chat.refused', `${account} is not of this Slack workspace.`);
  return user;
}

/** The user of an account of this workspace; undefined for one of another. */
export function userOf(account: string, team: string): string | undefined {
  const [home, user] = account.split('/');
  return home === team && user !== undefined && /^[A-Z0-9]+$/u.test(user) ? user : undefined;
}
