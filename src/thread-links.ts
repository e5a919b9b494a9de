/** Where a person opens a thread, on its own platform, or what waits, on the console where that has an address. */
import type { ApprovalId, ThreadId } from './core/ids.ts';

export function threadLink(thread: ThreadId, publicUrl: string | undefined): string | undefined {
  const slack = /^slack:(?<team>\w+)\/(?<channel>\w+)\/(?<ts>[\d.]+)$/u.exec(thread)?.groups;
  if (slack !== undefined) {
    const { team = '', channel = '', ts = '' } = slack;
    return `https://app.slack.com/client/${team}/${channel}/thread/${channel}-${ts}`;
  }
  const discord = /^discord:(?<guild>dm|\d+)\/(?<channel>\d+)$/u.exec(thread)?.groups;
  if (discord !== undefined) {
    const { guild = '', channel = '' } = discord;
    return `https://discord.com/channels/${guild === 'dm' ? '@me' : guild}/${channel}`;
  }
  return publicUrl === undefined
    ? undefined
    : new URL(`/t/${encodeURIComponent(thread)}`, publicUrl).toString();
}

/** The console's list of what waits, at this one: who may decide it or asked for it finds it there. */
export function approvalLink(approval: ApprovalId, publicUrl: string | undefined): string | undefined {
  return publicUrl === undefined ? undefined : new URL(`/approvals#${approval}`, publicUrl).toString();
}
