/**
 * Opens the room where the bot talks with one person alone, for what nobody said there: a thread in his direct
 * messages on a platform, else his own room on the console.
 *
 * Whether a platform takes direct messages to this person is known only once something is written, so the title of what
 * comes is written first; where that is refused, the next way is tried. Opened again for the same occasion it is the
 * same thread.
 */
import type { StartsDirectly } from './agent/start-directly.ts';
import type { ChatAdapter } from './chat/adapter.ts';
import { AppError, describeError } from './core/errors.ts';
import { ownRoomOf, roomOfDirect } from './core/direct-place.ts';
import { sha256OfParts } from './core/hash.ts';
import { asChannelId } from './core/ids.ts';
import type { ChannelId, ThreadId } from './core/ids.ts';
import type { Logger } from './core/logger.ts';
import { accountsOn } from './people/accounts-on.ts';
import type { People, Person } from './people/person.ts';
import type { Router } from './router.ts';
import type { Surfaces } from './surfaces.ts';

export interface DirectRoom {
  readonly channel: ChannelId;
  /** Absent on the console, whose threads hang on no message. */
  readonly thread?: ThreadId;
  /** `slack`, `discord`, `console`. */
  readonly surface: string;
  /** Platforms that do not let the bot write to this person. */
  readonly refused: readonly string[];
}

export interface DirectWish {
  /** Where the person would like it best. */
  readonly surface?: string;
  readonly title: string;
  /** What it is for: the same occasion is the same thread. */
  readonly occasion: string;
}

export interface DirectRooms {
  open(person: Person, wish: DirectWish): Promise<DirectRoom>;
  /** Whether the person reads a channel himself. Never throws: what nobody knows is no. */
  reads(person: Person, channel: ChannelId): Promise<boolean>;
  /** Of one who did; throws while the platform cannot be asked, so that it can be asked again. Yes where none can tell. */
  stillReads(person: Person, channel: ChannelId): Promise<boolean>;
}

export function createDirectRooms(options: {
  adapters(): readonly ChatAdapter[];
  people(): People;
  openThread(...asked: Parameters<Surfaces['openThread']>): Promise<ThreadId | undefined>;
  readonly logger: Logger;
}): DirectRooms {
  const { logger } = options;

  async function openOn(
    adapter: ChatAdapter,
    account: string,
    { title, occasion }: DirectWish,
  ): Promise<Pick<DirectRoom, 'channel' | 'thread'> | undefined> {
    const place = await adapter.openDirect?.(account);
    if (place === undefined) return undefined;
    const marker = sha256OfParts([occasion, adapter.name, account]).slice(0, 24);
    const thread = await options.openThread(asChannelId(place), title, marker);
    return thread === undefined ? undefined : { channel: roomOfDirect(thread), thread };
  }

  const adapterOf = (channel: ChannelId): ChatAdapter | undefined =>
    options.adapters().find(({ name }) => channel.startsWith(`${name}:`));

  async function looksUp(person: Person, channel: ChannelId): Promise<boolean> {
    if (options.people().canRead(person.id, channel)) return true;
    const adapter = adapterOf(channel);
    const accounts = adapter === undefined ? [] : accountsOn(person, adapter.name);
    if (adapter?.readersAmong === undefined || accounts.length === 0) return false;
    return (await adapter.readersAmong(channel, accounts)).length > 0;
  }

  return {
    async open(person, wish) {
      const refused: string[] = [];
      const ways = wish.surface === 'console' ? [] : options.adapters();
      const order = ways.toSorted(
        (a, b) => Number(b.name === wish.surface) - Number(a.name === wish.surface),
      );
      for (const adapter of order) {
        for (const account of accountsOn(person, adapter.name)) {
          try {
            const room = await openOn(adapter, account, wish);
            if (room !== undefined) return { ...room, surface: adapter.name, refused };
          } catch (error) {
            if (!(error instanceof AppError) || error.isRetryable) throw error;
            logger.warn('direct.refused', {
              person: person.id,
              platform: adapter.name,
              why: describeError(error),
            });
            refused.push(adapter.name);
          }
        }
      }
      return { channel: ownRoomOf(person.id), surface: 'console', refused };
    },
    async reads(person, channel) {
      try {
        return await looksUp(person, channel);
      } catch (error) {
        logger.warn('channel.not-described', { channel, why: describeError(error) });
        return false;
      }
    },
    async stillReads(person, channel) {
      const adapter = adapterOf(channel);
      if (adapter !== undefined && adapter.readersAmong === undefined) return true;
      try {
        return await looksUp(person, channel);
      } catch (error) {
        // The bot itself is not in that channel any more, or there is no such channel.
        if (error instanceof AppError && !error.isRetryable) return false;
        throw error;
      }
    },
  };
}

/** Starts workflows there: the message that starts one is kept once for each occasion. */
export function createDirectStarts(options: {
  readonly rooms: Pick<DirectRooms, 'open'>;
  people(): People;
  router(): Pick<Router, 'take'>;
  linkTo(thread: ThreadId): string | undefined;
}): StartsDirectly {
  return async (to, { workflow, input, text, occasion, surface }) => {
    const person = options.people().findPerson(to);
    if (person === undefined) return undefined;
    const { refused, thread, ...room } = await options.rooms.open(person, { surface, title: text, occasion });
    const taken = await options.router().take({
      ...{ key: `direct:${occasion}`, channel: room.channel, by: person.id, text },
      ...(thread !== undefined && { thread }),
      start: { workflow, input },
    });
    const link = options.linkTo(taken.thread);
    return { surface: room.surface, refused, ...(link !== undefined && { link }) };
  };
}
