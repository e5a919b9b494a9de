/** The console: signs in, then shows the page of the address within its frame. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { MeJson } from '../shapes.ts';
import { ApprovalsPage } from './approvals-page.tsx';
import { lastingStore, tabStore } from './browser.ts';
import { ChannelPage } from './channel-page.tsx';
import { HealthPage } from './health-page.tsx';
import { LedgerPage } from './ledger-page.tsx';
import { MemoryPage } from './memory-page.tsx';
import { Link, NavigationProvider, useNavigation, useTitle } from './navigation.tsx';
import { EmptyNote } from './notes.tsx';
import { OutcomesPage } from './outcomes-page.tsx';
import { OverviewPage } from './overview-page.tsx';
import { PeoplePage } from './people-page.tsx';
import { PolicyPage } from './policy-page.tsx';
import { resources } from './resources.ts';
import { addressOf } from './routes.ts';
import { RunPage } from './run-page.tsx';
import { RunsPage } from './runs-page.tsx';
import { createAccess, SessionProvider, useSession } from './session.tsx';
import type { Access } from './session.tsx';
import { SearchPage } from './search-page.tsx';
import { SchedulesPage } from './schedules-page.tsx';
import { ServerReviewPage } from './server-review-page.tsx';
import { Sidebar } from './sidebar.tsx';
import { SignIn } from './sign-in.tsx';
import { ThreadPage } from './thread-page.tsx';
import { ToolsPage } from './tools-page.tsx';
import { DemonstrationStrip, Topbar } from './topbar.tsx';

/** The demonstration's tokens are public; elsewhere nobody has this one and the sign-in form appears. */
const demonstrationToken = 'demo-ana';

type Entrance =
  | { readonly kind: 'looking' }
  | { readonly kind: 'signed-out' }
  | { readonly kind: 'signed-in'; readonly access: Access };

export function App() {
  const [entrance, setEntrance] = useState<Entrance>({ kind: 'looking' });

  const enter = useCallback((access: Access, isKept = false) => {
    tabStore.write('token', access.client.token);
    if (isKept) lastingStore.write('token', access.client.token);
    setEntrance({ kind: 'signed-in', access });
  }, []);
  const signOut = useCallback(() => {
    tabStore.write('token', undefined);
    lastingStore.write('token', undefined);
    setEntrance({ kind: 'signed-out' });
  }, []);

  useEffect(() => {
    const look = async (): Promise<void> => {
      const kept = tabStore.read('token') ?? lastingStore.read('token');
      const found = kept === undefined ? undefined : createAccess(kept);
      if (found !== undefined && (await isWelcome(found))) {
        enter(found);
        return;
      }
      const demonstration = createAccess(demonstrationToken);
      if (await isWelcome(demonstration)) enter(demonstration);
      else setEntrance({ kind: 'signed-out' });
    };
    void look();
  }, [enter]);

  switch (entrance.kind) {
    case 'looking':
      return <p class="first-words">Countersign is loading.</p>;
    case 'signed-out':
      return <SignIn onAccess={enter} />;
    case 'signed-in':
      return (
        <NavigationProvider>
          <SessionProvider access={entrance.access} onAccess={enter} onSignOut={signOut}>
            <Frame />
          </SessionProvider>
        </NavigationProvider>
      );
    default:
      return entrance satisfies never;
  }
}

/** True unless the token is refused; a server that is down must not sign anybody out. */
async function isWelcome(access: Access): Promise<boolean> {
  const answer = await access.client.get<MeJson>(resources.me().path);
  if (answer.kind === 'ok') access.cache.change(resources.me(), () => answer.value);
  return (
    answer.kind === 'ok' || (answer.problem.status !== 401 && access.client.token !== demonstrationToken)
  );
}

function Frame() {
  const [isMenuOpen, setIsMenuOpen] = useState(false);
  const { route } = useNavigation();
  const main = useRef<HTMLElement>(null);
  const address = addressOf(route);
  const isFirst = useRef(true);
  useEffect(() => {
    // A screen reader goes to the new page; the first page keeps the browser's own start.
    if (isFirst.current) isFirst.current = false;
    else if (!(document.activeElement instanceof HTMLTextAreaElement)) {
      main.current?.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true });
    }
  }, [address]);
  return (
    <div class="frame">
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        Skip to the page
      </a>
      <DemonstrationStrip />
      <Topbar
        isMenuOpen={isMenuOpen}
        onMenu={() => {
          setIsMenuOpen((open) => !open);
        }}
      />
      <Sidebar
        isOpen={isMenuOpen}
        onClose={() => {
          setIsMenuOpen(false);
        }}
      />
      <main id="main" ref={main} tabIndex={-1}>
        <Page />
      </main>
    </div>
  );
}

function Page() {
  const { route } = useNavigation();
  switch (route.page) {
    case 'start':
      return <Start />;
    case 'channel':
      return <ChannelPage key={route.channel} channel={route.channel} />;
    case 'thread':
      return <ThreadPage key={route.thread} thread={route.thread} />;
    case 'approvals':
      return <ApprovalsPage />;
    case 'overview':
      return <OverviewPage />;
    case 'search':
      return <SearchPage q={route.q} />;
    case 'outcomes':
      return <OutcomesPage />;
    case 'ledger':
      return <LedgerPage />;
    case 'policy':
      return <PolicyPage />;
    case 'people':
      return <PeoplePage />;
    case 'runs':
      return <RunsPage status={route.status} />;
    case 'run':
      return <RunPage key={route.run} run={route.run} />;
    case 'memory':
      return <MemoryPage {...route} />;
    case 'schedules':
      return <SchedulesPage />;
    case 'tools':
      return <ToolsPage />;
    case 'tool-server':
      return <ServerReviewPage key={route.server} server={route.server} />;
    case 'health':
      return <HealthPage />;
    case 'unknown':
      return <NotFound />;
    default:
      return route satisfies never;
  }
}

/** Goes on to the first channel. */
function Start() {
  const { me } = useSession();
  const { go } = useNavigation();
  const first = me.channels[0]?.id;
  useEffect(() => {
    if (first !== undefined) go({ page: 'channel', channel: first }, { how: 'replace' });
  }, [first, go]);
  return first === undefined ? (
    <EmptyNote title="You are in no channel yet.">
      <p>An operator adds people to channels in people.yaml.</p>
    </EmptyNote>
  ) : null;
}

function NotFound() {
  useTitle('Not found');
  return (
    <EmptyNote title="There is no such page.">
      <p>
        <Link to={{ page: 'start' }}>Go to the channels</Link>
      </p>
    </EmptyNote>
  );
}
