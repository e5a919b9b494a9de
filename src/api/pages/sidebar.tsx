/** Left: channels with the threads of the one in view, and the operator's pages. A drawer on narrow screens. */
import { useEffect, useRef } from 'preact/hooks';
import { Link, useNavigation } from './navigation.tsx';
import { resources } from './resources.ts';
import type { Route } from './routes.ts';
import { useResource, useSession } from './session.tsx';
import { threadStatusWords } from './thread-state.ts';
import { withVisibleOrder } from './visible-order.ts';

const lookInto: readonly { readonly to: Route; readonly label: string; readonly also?: Route['page'] }[] = [
  { to: { page: 'overview' }, label: 'Overview' },
  { to: { page: 'search' }, label: 'Search' },
  { to: { page: 'approvals' }, label: 'Approvals' },
  { to: { page: 'runs' }, label: 'Runs', also: 'run' },
  { to: { page: 'outcomes' }, label: 'Unknown outcomes' },
  { to: { page: 'ledger' }, label: 'Ledger' },
  { to: { page: 'policy' }, label: 'Policy' },
  { to: { page: 'tools' }, label: 'Tools' },
  { to: { page: 'memory' }, label: 'Memory' },
  { to: { page: 'schedules' }, label: 'Schedules' },
  { to: { page: 'people' }, label: 'People' },
  { to: { page: 'health' }, label: 'Health' },
];

export function Sidebar(props: { readonly isOpen: boolean; readonly onClose: () => void }) {
  const { isOpen, onClose } = props;
  const { me, signOut } = useSession();
  const { route } = useNavigation();
  const inView = useChannelInView();
  const drawer = useRef<HTMLElement>(null);
  useEffect(() => {
    if (isOpen) drawer.current?.querySelector<HTMLElement>('a')?.focus();
  }, [isOpen]);
  return (
    <>
      {isOpen ? <div class="shade" onClick={onClose} /> : null}
      <nav
        id="sidebar"
        ref={drawer}
        class={`sidebar${isOpen ? ' is-open' : ''}`}
        aria-label="Channels and pages"
        onKeyDown={(event) => {
          if (event.key === 'Escape') onClose();
        }}
      >
        <h2 class="small-head">Channels</h2>
        <ul>
          {me.channels.map(({ id, name, isPrivate }) => (
            <ChannelEntry
              key={id}
              id={id}
              name={name}
              isPrivate={isPrivate}
              isInView={id === inView}
              onFollow={onClose}
            />
          ))}
        </ul>
        <h2 class="small-head">Look into</h2>
        <ul>
          {lookInto.map(({ to, label, also }) => (
            <li key={to.page}>
              <Link to={to} isCurrent={route.page === to.page || route.page === also} onFollow={onClose}>
                <span>{label}</span>
                {to.page === 'approvals' && me.waitingApprovals > 0 ? (
                  <span class="count">{me.waitingApprovals}</span>
                ) : null}
              </Link>
            </li>
          ))}
        </ul>
        {me.demonstration === undefined ? (
          <div class="drawer-foot">
            <p>
              <strong>{me.name}</strong> <small class="quiet">{me.roles.join(', ')}</small>
            </p>
            <button type="button" class="button is-plain" onClick={signOut}>
              Sign out
            </button>
          </div>
        ) : null}
      </nav>
    </>
  );
}

function ChannelEntry(props: {
  readonly id: string;
  readonly name: string;
  readonly isPrivate: boolean;
  readonly isInView: boolean;
  readonly onFollow: () => void;
}) {
  const { id, name, isPrivate, onFollow } = props;
  const { route } = useNavigation();
  return (
    <li>
      <Link
        to={{ page: 'channel', channel: id }}
        isCurrent={route.page === 'channel' && route.channel === id}
        onFollow={onFollow}
      >
        <span># {name}</span>
        {isPrivate ? <small class="quiet">private</small> : null}
      </Link>
      {props.isInView ? <RecentThreads channel={id} onFollow={onFollow} /> : null}
    </li>
  );
}

function RecentThreads(props: { readonly channel: string; readonly onFollow: () => void }) {
  const { route } = useNavigation();
  const threads = useResource(resources.threads(props.channel)).value?.items.slice(0, 6) ?? [];
  if (threads.length === 0) return null;
  return (
    <ul class="recent" aria-label="Recent threads">
      {threads.map(({ id, title, status = 'done' }) => (
        <li key={id}>
          <Link
            to={{ page: 'thread', thread: id }}
            isCurrent={route.page === 'thread' && route.thread === id}
            onFollow={props.onFollow}
          >
            <span>{withVisibleOrder(title)}</span>
            {status === 'waiting' || status === 'parked' ? (
              <span class={`dot is-${status}`} title={threadStatusWords(status)}>
                <span class="for-ears">{threadStatusWords(status)}</span>
              </span>
            ) : null}
          </Link>
        </li>
      ))}
    </ul>
  );
}

/** The channel of the page in view; of a thread, once the thread is read. */
function useChannelInView(): string | undefined {
  const { route } = useNavigation();
  const thread = useResource(route.page === 'thread' ? resources.thread(route.thread) : resources.nothing());
  if (route.page === 'channel') return route.channel;
  return thread.value?.channel;
}
