/** The inbox: what waits for this person, to act on right here. */
import type { ApprovalJson } from '../shapes.ts';
import { CardView } from './card-view.tsx';
import { JustNow, useJustNow } from './just-now.tsx';
import { Link, useScrollPlace, useTitle } from './navigation.tsx';
import { EmptyNote, WaitNote } from './notes.tsx';
import { resources } from './resources.ts';
import { useResource, useSession } from './session.tsx';
import { ShowMore } from './show-more.tsx';
import { Suggestions } from './suggestions.tsx';

export function ApprovalsPage() {
  const { me } = useSession();
  const list = resources.approvals();
  const loaded = useResource(list);
  const justNow = useJustNow();
  const box = useScrollPlace(loaded.value !== undefined, 'top');
  useTitle('Approvals');
  const own = loaded.value?.items.filter(({ requestedBy }) => requestedBy === me.id) ?? [];
  return (
    <section class="page">
      <div class="page-head">
        <h1 tabIndex={-1}>Approvals</h1>
      </div>
      <div class="page-body" ref={box}>
        {loaded.value === undefined ? <WaitNote of={loaded} what="what waits" /> : null}
        <JustNow texts={justNow.texts} />
        {loaded.value?.items.length === 0 ? (
          <EmptyNote title="No approvals wait.">
            <p>They appear here when an agent wants to do something that matters.</p>
            <Suggestions suggestions={me.suggestions.slice(0, 1)} prefix="Try one: " />
          </EmptyNote>
        ) : null}
        <Inbox
          approvals={loaded.value?.items.filter(({ requestedBy }) => requestedBy !== me.id) ?? []}
          onSaid={justNow.say}
        />
        {own.length === 0 ? null : (
          <>
            <h2>You asked; somebody else decides</h2>
            <Inbox approvals={own} onSaid={justNow.say} />
          </>
        )}
        <ShowMore list={list} next={loaded.value?.next} />
      </div>
    </section>
  );
}

function Inbox(props: {
  readonly approvals: readonly ApprovalJson[];
  readonly onSaid: (text: string) => void;
}) {
  return (
    <ol class="inbox" aria-live="polite">
      {props.approvals.map((approval) => (
        <li key={approval.id} id={approval.id}>
          <CardView
            card={approval.card}
            votedOn={{ id: approval.id, digest: approval.digest }}
            shownBy={resources.approvals()}
            onSaid={(text) => {
              props.onSaid(`${approval.title}: ${text}`);
            }}
          />
          <p class="under-card quiet">
            {approval.thread === null ? (
              'The thread is private. You see what would run, not what was said there.'
            ) : (
              <Link to={{ page: 'thread', thread: approval.thread }}>Open the thread</Link>
            )}
          </p>
        </li>
      ))}
    </ol>
  );
}
