/** Reads the next page of a list below the ones shown. */
import { useState } from 'preact/hooks';
import type { List, Resource } from './resources.ts';
import { useSession } from './session.tsx';

export function ShowMore<T>(props: { readonly list: Resource<List<T>>; readonly next: string | undefined }) {
  const { cache } = useSession();
  const [isReading, setIsReading] = useState(false);
  if (props.next === undefined) return null;
  const read = async (): Promise<void> => {
    setIsReading(true);
    await cache.loadMore(props.list);
    setIsReading(false);
  };
  return (
    <button type="button" class="button is-plain" disabled={isReading} onClick={() => void read()}>
      {isReading ? 'Reading more' : 'Show more'}
    </button>
  );
}
