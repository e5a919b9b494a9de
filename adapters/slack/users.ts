/** People's names as Slack has them, remembered for a while. A name is a courtesy: without one the id stands there. */
import { z } from 'zod';
import { pause } from '../../src/core/clock.ts';
import type { Clock } from '../../src/core/clock.ts';
import type { SlackApi } from './api.ts';

export interface Users {
  /** Never throws, and does not take long. */
  nameOf(user: string): Promise<string>;
}

const rememberedMs = 60 * 60_000;
const lookWithinMs = 800;
const mostRemembered = 5_000;

const answerSchema = z.object({
  user: z.object({
    name: z.string().optional(),
    real_name: z.string().optional(),
    profile: z.object({ display_name: z.string().optional() }).optional(),
  }),
});

export function createUsers(api: SlackApi, clock: Clock): Users {
  const names = new Map<string, { readonly name: string; readonly until: number }>();

  async function ask(user: string): Promise<string> {
    const found = answerSchema.parse(await api.call('users.info', { user })).user;
    const name = [found.profile?.display_name, found.real_name, found.name].find(
      (entry) => entry !== undefined && entry !== '',
    );
    if (names.size >= mostRemembered) names.clear();
    names.set(user, { name: name ?? user, until: clock.monotonicMs() + rememberedMs });
    return name ?? user;
  }

  return {
    async nameOf(user) {
      const known = names.get(user);
      if (known !== undefined && known.until > clock.monotonicMs()) return known.name;
      const late = pause(clock, lookWithinMs).then(() => user);
      return Promise.race([ask(user).catch(() => user), late]);
    },
  };
}
