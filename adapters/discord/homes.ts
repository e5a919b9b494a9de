/** Of threads: the channel whose readers they have; undefined for what is no thread. */
import { z } from 'zod';
import { homeOfThread } from './places.ts';
import type { DiscordRest } from './rest.ts';

export type Homes = (channel: string) => Promise<string | undefined>;

const rememberedChannels = 2_000;
const channelSchema = z.object({ id: z.string(), type: z.number(), parent_id: z.string().nullish() });

export function createHomes(rest: DiscordRest): Homes {
  const homes = new Map<string, string | undefined>();
  return async (channel) => {
    if (homes.has(channel)) return homes.get(channel);
    const found = homeOfThread(channelSchema.parse(await rest.send('GET', `/channels/${channel}`)));
    if (homes.size >= rememberedChannels) homes.clear();
    homes.set(channel, found);
    return found;
  };
}
