/**
 * How people decide, as far as the readers of one channel may be told: of the channel alone, or of it and those whose
 * content may be used there. It is numbers of persons, and nothing of what was asked.
 */
import type { ChannelId } from '../core/ids.ts';
import type { HealthOfRuns } from '../gate/approval-health.ts';
import type { Reading } from '../memory/containers.ts';
import { mayUse, workspaceOf } from '../memory/sight.ts';
import type { Audience } from '../memory/sight.ts';
import type { ActivityStore } from '../runs/store.ts';

export interface HealthRequest {
  /** How many days back; 7 when absent. */
  readonly days?: number;
  /** Other channels, too, as far as this one's readers may know of them. */
  readonly everywhere?: boolean;
}

/** Plain JSON: it is kept in the ledger of the run that asked. */
export interface HealthReport {
  readonly days: number;
  readonly persons: readonly {
    readonly name: string;
    readonly asked: number;
    readonly decided: number;
    readonly approved: number;
    readonly quick: number;
    readonly medianSeconds?: number;
    readonly drills?: { readonly decided: number; readonly caught: number };
  }[];
  /** True when there was more than is counted: the youngest are. */
  readonly isCut: boolean;
}

export interface ReadHealthOptions {
  readonly store: ActivityStore;
  readonly healthOf: HealthOfRuns;
  now(): number;
  nameOf(person: string): string;
  audienceOf(reading: Reading, sources: readonly ChannelId[]): Promise<Audience>;
}

export type ReadsHealth = (reading: Reading, request: HealthRequest) => Promise<HealthReport>;

const dayMs = 24 * 3_600_000;
const mostApprovals = 2_000;

export function createHealthReader(options: ReadHealthOptions): ReadsHealth {
  const { store } = options;

  return async (reading, { days = 7, everywhere = false }) => {
    const since = options.now() - days * dayMs;
    const place = everywhere ? {} : { channel: reading.channel };
    const [decided, open] = await Promise.all([
      store.listDecisions({ askedSince: since, since, ...place, limit: mostApprovals }),
      store.listOpenApprovals({ ...place, limit: mostApprovals }),
    ]);
    const rows = [...decided, ...open.filter(({ requestedAt }) => requestedAt >= since)];
    const channels = [...new Set(rows.flatMap(({ channel }) => channel ?? []))];
    const audience = await options.audienceOf(reading, everywhere ? channels : []);
    const isSeen = (channel: ChannelId | undefined): boolean =>
      channel !== undefined &&
      mayUse(audience, { workspace: workspaceOf(channel), channel, scope: 'channel' });
    const runs = new Set(rows.filter(({ channel }) => isSeen(channel)).map(({ run }) => run));
    const health = await options.healthOf(runs, new Date(since));
    return {
      days,
      persons: health.map(({ person, ...figures }) => ({
        name: options.nameOf(person),
        ...figures,
      })),
      isCut: decided.length >= mostApprovals || open.length >= mostApprovals,
    };
  };
}
