/** Top: where one is, who one is, what waits. In the demonstration, a strip to change who one is. */
import { Link, useNavigation } from './navigation.tsx';
import { SearchForm } from './search-form.tsx';
import { useSession } from './session.tsx';

export function Topbar(props: { readonly isMenuOpen: boolean; readonly onMenu: () => void }) {
  const { me, connection, signOut } = useSession();
  const { route } = useNavigation();
  const waiting = me.waitingApprovals;
  return (
    <header class="topbar">
      <button
        type="button"
        class="button is-plain only-narrow-flex"
        aria-expanded={props.isMenuOpen}
        aria-controls="sidebar"
        onClick={props.onMenu}
      >
        Channels
      </button>
      <Link class="brand" to={{ page: 'start' }}>
        Countersign
      </Link>
      {route.page === 'search' ? null : (
        <SearchForm class="search top-search" q="" label="Search requests and answers" />
      )}
      <p class="connection" role="status">
        {connection === 'reconnecting' ? <span class="badge is-warning">reconnecting</span> : null}
      </p>
      <Link
        class={`waiting${waiting === 0 ? '' : ' has-some'}`}
        to={{ page: 'approvals' }}
        isCurrent={route.page === 'approvals'}
        label={`Approvals: ${waiting === 0 ? 'none waits' : `${String(waiting)} waiting`}`}
      >
        Approvals <span class="count">{waiting}</span>
      </Link>
      <p class="who">
        <strong>{me.name}</strong>
        <small class="quiet">{me.roles.length === 0 ? 'no role' : me.roles.join(', ')}</small>
      </p>
      {me.demonstration === undefined ? (
        <button type="button" class="button is-plain only-wide" onClick={signOut}>
          Sign out
        </button>
      ) : null}
    </header>
  );
}

export function DemonstrationStrip() {
  const { me, switchTo } = useSession();
  if (me.demonstration === undefined) return null;
  return (
    <div class="demonstration" role="region" aria-label="Demonstration company">
      <p>
        <strong>Demonstration company</strong>
        <span class="wide-words"> Invented people and data. Change who you are to see the other side.</span>
      </p>
      <div class="persons" role="group" aria-label="You are">
        <span class="wide-words">You are</span>
        {me.demonstration.persons.map(({ id, name, roles }) => (
          <button
            type="button"
            key={id}
            aria-pressed={id === me.id}
            title={roles.length === 0 ? 'no role' : roles.join(', ')}
            onClick={() => {
              if (id !== me.id) switchTo(id);
            }}
          >
            {name}
          </button>
        ))}
      </div>
    </div>
  );
}
