/** Who reads: the signed-in person with the means to read and act as that person. */
import { createContext } from 'preact';
import type { ComponentChildren } from 'preact';
import { useContext, useEffect, useMemo, useReducer, useState } from 'preact/hooks';
import type { MeJson } from '../shapes.ts';
import { createClient } from './client.ts';
import type { Client } from './client.ts';
import { followEvents } from './live.ts';
import type { Connection } from './live.ts';
import { createResourceCache } from './resource-cache.ts';
import type { Loaded, ResourceCache } from './resource-cache.ts';
import { resources } from './resources.ts';
import type { Resource } from './resources.ts';

export interface Session {
  readonly me: MeJson;
  readonly client: Client;
  readonly cache: ResourceCache;
  readonly connection: Connection;
  /** Goes on as another person of the demonstration; undefined when there is no such person. */
  switchTo(person: string): Access | undefined;
  signOut(): void;
}

/** The means to read and act as one person. */
export interface Access {
  readonly client: Client;
  readonly cache: ResourceCache;
}

const SessionContext = createContext<Session | undefined>(undefined);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === undefined) throw new Error('A page was shown outside of a session.');
  return session;
}

export function createAccess(token: string): Access {
  const client = createClient(token);
  return { client, cache: createResourceCache(client) };
}

/** Shows its children to a signed-in person whose `me` is already read. */
export function SessionProvider(props: {
  readonly access: Access;
  readonly onAccess: (access: Access) => void;
  readonly onSignOut: () => void;
  readonly children: ComponentChildren;
}) {
  const { access, onAccess, onSignOut } = props;
  const { value: me, problem } = useCached(access.cache, resources.me());
  const [connection, setConnection] = useState<Connection>('connecting');

  useEffect(() => {
    setConnection('connecting');
    return followEvents(access.client, access.cache, setConnection);
  }, [access]);
  useEffect(() => {
    if (problem?.status === 401) onSignOut();
  }, [problem, onSignOut]);

  const session = useMemo((): Session | undefined => {
    if (me === undefined) return undefined;
    return {
      me,
      client: access.client,
      cache: access.cache,
      connection,
      switchTo(person) {
        const found = me.demonstration?.persons.find(({ id }) => id === person);
        if (found === undefined) return undefined;
        const client = createClient(found.token);
        const next = { client, cache: access.cache.handOver(client) };
        next.cache.change(resources.me(), (shown) =>
          shown === undefined ? shown : { ...shown, id: found.id, name: found.name, roles: found.roles },
        );
        onAccess(next);
        return next;
      },
      signOut: onSignOut,
    };
  }, [me, access, connection, onAccess, onSignOut]);

  if (session === undefined) return <p class="first-words">{problem?.detail ?? 'Countersign is loading.'}</p>;
  return <SessionContext.Provider value={session}>{props.children}</SessionContext.Provider>;
}

/** Reads a resource as the signed-in person and follows its changes. */
export function useResource<T>(resource: Resource<T>): Loaded<T> {
  return useCached(useSession().cache, resource);
}

function useCached<T>(cache: ResourceCache, resource: Resource<T>): Loaded<T> {
  const [, again] = useReducer<number, undefined>((count) => count + 1, 0);
  useEffect(
    () =>
      cache.watch(resource, () => {
        again(undefined);
      }),
    // The path alone says which resource it is.
    [cache, resource.path],
  );
  return cache.peek(resource);
}

/** The name of a person's id, the bot's own name for `bot`. */
export function useNames(): (id: string) => string {
  const { me } = useSession();
  return useMemo(() => {
    const names = new Map(me.people.map(({ id, name }) => [id, name]));
    names.set(me.id, me.name);
    names.set('bot', 'Countersign');
    return (id: string) => names.get(id) ?? id;
  }, [me]);
}
