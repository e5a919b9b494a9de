/**
 * Containers: who reads along where, asked of each platform and counted for a minute.
 *
 * What a platform cannot tell counts as private with outsiders, so nothing leaves that channel and nothing of other
 * channels enters it. Recall filters by what is known, and `confirm` asks again about every source that it found.
 */
import type { ChannelFacts } from '../core/channel-facts.ts';
import { unknownChannel } from '../core/channel-facts.ts';
import type { Clock } from '../core/clock.ts';
import type { ActorId, ChannelId, ThreadId } from '../core/ids.ts';
import { markAudience, workspaceOf } from './sight.ts';
import type { Audience } from './sight.ts';

export interface Containers {
  /** What the readers of a channel may be told, out of these other channels. Never throws. */
  audienceOf(reading: Reading, sources: readonly ChannelId[]): Promise<Audience>;
  /** The same audience with every source looked at again, unless that was done within the last minute. */
  confirm(audience: Audience, sources: readonly ChannelId[]): Promise<Audience>;
  /** Whether its whole workspace may read along. Never throws: what nobody knows is not open. */
  isOpen(channel: ChannelId): Promise<boolean>;
  /** Something about the channel changed on its platform: it is asked again at the next use. */
  forget(channel: ChannelId): void;
}

/** Where an answer will be read, and who asks. */
export interface Reading {
  readonly channel: ChannelId;
  readonly thread?: ThreadId;
  readonly person?: ActorId;
}

export interface ContainersOptions {
  readonly clock: Clock;
  /** What the platform says now; undefined when it does not know the channel. Of a source only `isOpen` counts. */
  factsOf(channel: ChannelId, as: As): Promise<ChannelFacts | undefined>;
  onFailure(channel: ChannelId, error: unknown): void;
}

/** What a channel is to an answer: where it is read, or where something in it was said. */
type As = 'source' | 'answer';

/** Less than a minute, with what platforms take for many questions at once. */
const countsForMs = 50_000;
/** So many channels are asked about at once, so that a large workspace does not hit the platform's limits. */
const askedAtOnce = 8;

interface Known {
  readonly at: number;
  readonly facts: ChannelFacts;
}

export function createContainers(options: ContainersOptions): Containers {
  const { clock } = options;
  const known = new Map<string, Known>();
  const asking = new Map<string, Promise<ChannelFacts>>();

  async function ask(channel: ChannelId, as: As): Promise<ChannelFacts> {
    const at = clock.monotonicMs();
    let facts = unknownChannel;
    try {
      facts = (await options.factsOf(channel, as)) ?? unknownChannel;
    } catch (error) {
      options.onFailure(channel, error);
    }
    known.set(keyOf(channel, as), { at, facts });
    return facts;
  }

  function fresh(channel: ChannelId, as: As): Promise<ChannelFacts> {
    const key = keyOf(channel, as);
    const found = known.get(key);
    if (found !== undefined && clock.monotonicMs() - found.at < countsForMs)
      return Promise.resolve(found.facts);
    const under = asking.get(key);
    if (under !== undefined) return under;
    const answer = ask(channel, as).finally(() => asking.delete(key));
    asking.set(key, answer);
    return answer;
  }

  async function openOf(channels: readonly ChannelId[]): Promise<readonly ChannelId[]> {
    const open: ChannelId[] = [];
    for (let start = 0; start < channels.length; start += askedAtOnce) {
      const some = channels.slice(start, start + askedAtOnce);
      const facts = await Promise.all(some.map((channel) => fresh(channel, 'source')));
      open.push(...some.filter((_, index) => facts[index]?.isOpen === true));
    }
    return open;
  }

  function others(home: ChannelId, sources: readonly ChannelId[]): readonly ChannelId[] {
    const workspace = workspaceOf(home);
    return [...new Set(sources)].filter((source) => source !== home && workspaceOf(source) === workspace);
  }

  return {
    async audienceOf(reading, sources) {
      const { hasOutsiders } = await fresh(reading.channel, 'answer');
      const open = hasOutsiders ? [] : await openOf(others(reading.channel, sources));
      return markAudience({ ...reading, workspace: workspaceOf(reading.channel), open });
    },
    async confirm(audience, sources) {
      const { hasOutsiders } = await fresh(audience.channel, 'answer');
      const wanted = others(audience.channel, sources).filter((source) => audience.open.includes(source));
      const { channel, thread, person, workspace } = audience;
      return markAudience({
        workspace,
        channel,
        ...(thread !== undefined && { thread }),
        ...(person !== undefined && { person }),
        open: hasOutsiders ? [] : await openOf(wanted),
      });
    },
    isOpen: async (channel) => (await fresh(channel, 'source')).isOpen,
    forget(channel) {
      known.delete(keyOf(channel, 'source'));
      known.delete(keyOf(channel, 'answer'));
    },
  };
}

function keyOf(channel: ChannelId, as: As): string {
  return `${as} ${channel}`;
}
