/** What is said in channels that the bot learns from, and what is edited or deleted anywhere: learnt things follow. */
import { z } from 'zod';
import { describeError } from '../../src/core/errors.ts';
import type { ChannelId } from '../../src/core/ids.ts';
import type { Heard } from '../../src/core/said-message.ts';
import { homeChannel, sourceOf } from './history.ts';
import type { DiscordHistory } from './history.ts';
import type { InboundOptions } from './inbound.ts';
import { messageSchema } from './payloads.ts';

export interface Changes {
  /** Each takes what Discord delivered. Never throws. */
  said(payload: unknown): Promise<void>;
  changed(payload: unknown): Promise<void>;
  removed(payload: unknown): Promise<void>;
}

export interface ChangesOptions extends Pick<InboundOptions, 'homeOf' | 'keep' | 'logger' | 'sink'> {
  readonly history: DiscordHistory;
  listened(): readonly ChannelId[];
}

const snowflake = z.string().regex(/^\d{1,20}$/u);
const removal = z.object({ channel_id: snowflake, guild_id: snowflake.optional() });
const one = removal.extend({ id: snowflake });
const many = removal.extend({ ids: z.array(snowflake) });

export function createChanges(options: ChangesOptions): Changes {
  const { history, homeOf, keep, listened, logger } = options;

  async function hand(heard: Heard): Promise<void> {
    const source = heard.kind === 'removed' ? heard.source : heard.message.source;
    await keep(source, () => options.sink().heard(heard));
  }

  async function guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      logger.error('change.not-followed', { why: describeError(error) });
    }
  }

  return {
    said: (payload) =>
      guarded(async () => {
        if (listened().length === 0) return;
        const parsed = messageSchema.safeParse(payload);
        const said = parsed.success ? await history.read(parsed.data) : undefined;
        if (said !== undefined && listened().includes(said.channel))
          await hand({ kind: 'said', message: said });
      }),
    changed: (payload) =>
      guarded(async () => {
        const parsed = messageSchema.safeParse(payload);
        const said = parsed.success ? await history.read(parsed.data) : undefined;
        if (said !== undefined) await hand({ kind: 'changed', message: said });
      }),
    removed: (payload) =>
      guarded(async () => {
        const single = one.safeParse(payload);
        const parsed = single.success ? single : many.safeParse(payload);
        if (!parsed.success) return;
        const { guild_id: guild, channel_id: room } = parsed.data;
        const channel = await homeChannel(homeOf, guild, room);
        for (const id of 'ids' in parsed.data ? parsed.data.ids : [parsed.data.id])
          await hand({ kind: 'removed', channel, source: sourceOf(guild, room, id) });
      }),
  };
}
