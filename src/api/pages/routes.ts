/** The pages and their addresses. Pure: what an address means, and what the address of a page is. */

export type Route =
  | { readonly page: 'start' }
  | { readonly page: 'overview' }
  | { readonly page: 'search'; readonly q?: string }
  | { readonly page: 'channel'; readonly channel: string }
  | { readonly page: 'thread'; readonly thread: string }
  | { readonly page: 'approvals' }
  | { readonly page: 'outcomes' }
  | { readonly page: 'runs'; readonly status?: string }
  | { readonly page: 'run'; readonly run: string }
  | {
      readonly page: 'memory';
      readonly channel?: string;
      readonly view?: string;
      readonly q?: string;
      /** The memory whose past is shown. */
      readonly history?: string;
    }
  | { readonly page: 'schedules' }
  | { readonly page: 'ledger' }
  | { readonly page: 'policy' }
  | { readonly page: 'people' }
  | { readonly page: 'tools' }
  | { readonly page: 'tool-server'; readonly server: string }
  | { readonly page: 'health' }
  | { readonly page: 'unknown' };

export function parseRoute(pathname: string, search: string): Route {
  const [first = '', second, ...rest] = pathname.split('/').slice(1).map(decoded);
  const isBare = second === undefined || second === '';
  if (rest.some((piece) => piece !== '')) return { page: 'unknown' };
  if (first === '' && isBare) return { page: 'start' };
  if (first === 'c' && !isBare) return { page: 'channel', channel: second };
  if (first === 't' && !isBare) return { page: 'thread', thread: second };
  if (first === 'tools' && !isBare) return { page: 'tool-server', server: second };
  if (first === 'runs') {
    if (!isBare) return { page: 'run', run: second };
    const status = new URLSearchParams(search).get('status');
    return status === null || status === '' ? { page: 'runs' } : { page: 'runs', status };
  }
  if (first === 'search' && isBare) {
    const q = new URLSearchParams(search).get('q');
    return q === null || q === '' ? { page: 'search' } : { page: 'search', q };
  }
  if (first === 'memory') {
    if (rest.length > 0) return { page: 'unknown' };
    const asked = new URLSearchParams(search);
    const { view = '', q = '', history = '' } = Object.fromEntries(asked);
    return {
      page: 'memory',
      ...(isBare ? {} : { channel: second }),
      ...(view === '' ? {} : { view }),
      ...(q === '' ? {} : { q }),
      ...(history === '' ? {} : { history }),
    };
  }
  if (isBare && isPlainPage(first)) return { page: first };
  return { page: 'unknown' };
}

export function addressOf(route: Route): string {
  switch (route.page) {
    case 'start':
    case 'unknown':
      return '/';
    case 'channel':
      return `/c/${encodeURIComponent(route.channel)}`;
    case 'thread':
      return `/t/${encodeURIComponent(route.thread)}`;
    case 'runs':
      return route.status === undefined ? '/runs' : `/runs?status=${encodeURIComponent(route.status)}`;
    case 'run':
      return `/runs/${encodeURIComponent(route.run)}`;
    case 'tool-server':
      return `/tools/${encodeURIComponent(route.server)}`;
    case 'search':
      return route.q === undefined ? '/search' : `/search?${new URLSearchParams({ q: route.q }).toString()}`;
    case 'memory': {
      const asked = new URLSearchParams();
      if (route.view !== undefined) asked.set('view', route.view);
      if (route.q !== undefined) asked.set('q', route.q);
      if (route.history !== undefined) asked.set('history', route.history);
      const query = asked.size === 0 ? '' : `?${asked.toString()}`;
      return `/memory${route.channel === undefined ? '' : `/${encodeURIComponent(route.channel)}`}${query}`;
    }
    case 'overview':
    case 'approvals':
    case 'outcomes':
    case 'ledger':
    case 'policy':
    case 'schedules':
    case 'tools':
    case 'people':
    case 'health':
      return `/${route.page}`;
    default:
      return route satisfies never;
  }
}

const plainPages = [
  'overview',
  'approvals',
  'outcomes',
  'ledger',
  'policy',
  'schedules',
  'tools',
  'people',
  'health',
] as const;

function isPlainPage(name: string): name is (typeof plainPages)[number] {
  return plainPages.some((page) => page === name);
}

/** A piece that is not well encoded stands for itself and will not be found. */
function decoded(piece: string): string {
  try {
    return decodeURIComponent(piece);
  } catch {
    return piece;
  }
}
