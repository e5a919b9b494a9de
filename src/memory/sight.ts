/**
 * Sight: what one answer may be made of. Every read of memories and passages takes one, and none can be left out.
 *
 * What was said in a container (a channel or a direct message) is used in that container, and elsewhere only if the
 * container is open to its whole workspace and no outsiders read the answer. Workspaces never see each other.
 */
import type { ActorId, ChannelId, ThreadId } from '../core/ids.ts';

declare const mark: unique symbol;

interface Marked {
  /** Nobody else can write this key: a sight comes from the functions that say so, never from a literal. */
  readonly [mark]: true;
}

/** What the readers of one channel may be told. Made by `containers.ts`, from what the platform says. */
export interface Audience extends Marked {
  readonly kind: 'audience';
  readonly workspace: string;
  /** Where the answer is read. */
  readonly channel: ChannelId;
  /** Other channels whose content may be used here: open ones, and none when outsiders read along. */
  readonly open: readonly ChannelId[];
  readonly thread?: ThreadId;
  /** Whoever asks. */
  readonly person?: ActorId;
}

/** Everything in one workspace: for the operator at the machine, who holds the store's file anyway. */
export interface OperatorSight extends Marked {
  readonly kind: 'operator';
  readonly workspace: string;
}

export type Sight = Audience | OperatorSight;

/**
 * A port whose every method takes a sight first. One that does not makes the whole port `never`, which nothing
 * implements: the compiler refuses a query that could be asked without a sight.
 */
export type Sighted<Port> = [MethodsWithoutSight<Port>] extends [never] ? Port : never;

type MethodsWithoutSight<Port> = {
  [Name in keyof Port]: Port[Name] extends (sight: infer First, ...rest: never[]) => unknown
    ? [First] extends [Sight]
      ? never
      : Name
    : Name;
}[keyof Port];

/** Called by `containers.ts` alone. */
export function markAudience(parts: Omit<Audience, keyof Marked | 'kind'>): Audience {
  // The mark exists in the type only; this is one of the two places that give it.
  return { kind: 'audience', ...parts } as Audience;
}

/** Called by the command line alone. */
export function operatorSight(workspace: string): OperatorSight {
  // Likewise, the other one.
  return { kind: 'operator', workspace } as OperatorSight;
}

/** The workspace of a channel: `slack:T01`, `discord:1001`, `console`. */
export function workspaceOf(channel: ChannelId): string {
  const slash = channel.indexOf('/');
  return channel.slice(0, slash === -1 ? Math.max(0, channel.indexOf(':')) : slash);
}

/** Where something was said, and for whom it was kept. */
export interface Place {
  readonly workspace: string;
  readonly channel: ChannelId;
  readonly scope: 'thread' | 'person' | 'channel' | 'workspace';
  readonly thread?: ThreadId;
  readonly person?: ActorId;
}

/** The rule itself, over one live record. Pure; stores say the same in their own query language. */
export function mayUse(sight: Sight, place: Place): boolean {
  if (sight.workspace !== place.workspace) return false;
  if (sight.kind === 'operator') return true;
  if (place.channel !== sight.channel && !sight.open.includes(place.channel)) return false;
  if (place.scope === 'thread') return place.thread !== undefined && place.thread === sight.thread;
  if (place.scope === 'person') return place.person !== undefined && place.person === sight.person;
  return true;
}
