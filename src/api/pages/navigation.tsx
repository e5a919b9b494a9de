/** Moving between pages: the address bar, the back button, and where each page was scrolled to. */
import { createContext } from 'preact';
import type { ComponentChildren } from 'preact';
import { useCallback, useContext, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { randomId, tabStore } from './browser.ts';
import { restPlace } from './rest-place.ts';
import { addressOf, parseRoute } from './routes.ts';
import type { Route } from './routes.ts';

interface Place {
  readonly route: Route;
  /** Names this entry of the browser's history, so that its scroll position can be found again. */
  readonly key: string;
  readonly hash: string;
}

interface Navigation extends Place {
  go(route: Route, options?: { readonly how?: 'push' | 'replace'; readonly hash?: string }): void;
}

const NavigationContext = createContext<Navigation | undefined>(undefined);

export function useNavigation(): Navigation {
  const navigation = useContext(NavigationContext);
  if (navigation === undefined) throw new Error('A page was shown outside of the navigation.');
  return navigation;
}

export function NavigationProvider(props: { readonly children: ComponentChildren }) {
  const [place, setPlace] = useState(currentPlace);
  useEffect(() => {
    const moved = (): void => {
      setPlace(currentPlace());
    };
    addEventListener('popstate', moved);
    return () => {
      removeEventListener('popstate', moved);
    };
  }, []);
  const go = useCallback<Navigation['go']>((route, { how = 'push', hash } = {}) => {
    const state = { key: randomId() };
    const address = withHash(route, hash);
    if (how === 'replace') history.replaceState(state, '', address);
    else history.pushState(state, '', address);
    setPlace(currentPlace());
  }, []);
  const navigation = useMemo(() => ({ ...place, go }), [place, go]);
  return <NavigationContext.Provider value={navigation}>{props.children}</NavigationContext.Provider>;
}

function currentPlace(): Place {
  const state: unknown = history.state;
  // An entry that the browser made, by a typed address or a reload, is known by its address.
  const key =
    typeof state === 'object' && state !== null && 'key' in state
      ? String(state.key)
      : location.pathname + location.search;
  return { route: parseRoute(location.pathname, location.search), key, hash: location.hash.slice(1) };
}

function withHash(route: Route, hash: string | undefined): string {
  return addressOf(route) + (hash === undefined ? '' : `#${hash}`);
}

/** A link within the console; a modified click opens it as the browser would. */
export function Link(props: {
  readonly to: Route;
  readonly hash?: string;
  readonly class?: string;
  readonly isCurrent?: boolean;
  readonly label?: string;
  readonly onFollow?: () => void;
  readonly children: ComponentChildren;
}) {
  const { go } = useNavigation();
  const follow = (event: MouseEvent): void => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    props.onFollow?.();
    event.preventDefault();
    go(props.to, props.hash === undefined ? {} : { hash: props.hash });
  };
  return (
    <a
      href={withHash(props.to, props.hash)}
      class={props.class}
      aria-current={props.isCurrent === true ? 'page' : undefined}
      aria-label={props.label}
      onClick={follow}
    >
      {props.children}
    </a>
  );
}

/** Keeps a scrolling list's place for the back button; goes to `start` on the first visit. */
export function useScrollPlace(isReady: boolean, start: 'top' | 'end') {
  const { key, hash } = useNavigation();
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const { current } = box;
    if (!isReady || current === null) return;
    const kept = Number(tabStore.read(`scroll.${key}`) ?? Number.NaN);
    const target = hash === '' ? null : document.getElementById(hash);
    if (!Number.isNaN(kept)) current.scrollTop = kept;
    else if (target !== null) target.scrollIntoView();
    else current.scrollTop = start === 'end' ? restPlace(current) : 0;
    const keep = (): void => {
      const isAtEnd = start === 'end' && current.scrollTop > restPlace(current) - 8;
      tabStore.write(`scroll.${key}`, isAtEnd ? undefined : String(Math.round(current.scrollTop)));
    };
    current.addEventListener('scroll', keep, { passive: true });
    return () => {
      current.removeEventListener('scroll', keep);
    };
  }, [key, isReady]);
  return box;
}

/** Names the page in the tab. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Countersign`;
  }, [title]);
}
