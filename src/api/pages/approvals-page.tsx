/** The inbox: what waits for this person, to act on right here. */
import { useState } from 'preact/hooks';
import type { ApprovalJson } from '../shapes.ts';
import { CardView } from './card-view.tsx';
import { Moment } from './moment.tsx';
import { Link, useScrollPlace, useTitle } from './navigation.tsx';
import { EmptyNote, WaitNote } from './notes.tsx';
import { resources } from './resources.ts';
import { useNames, useResource, useSession } from './session.tsx';
import { ShowMore } from './show-more.tsx';
import { Suggestions } from './suggestions.tsx';

export function ApprovalsPage() {
  const { me } = useSession();
  const list = resources.approvals();
  const loaded = useResource(list);
  const [justNow, setJustNow] = useState<readonly string[]>([]);
  const box = useScrollPlace(loaded.value !== undefined, 'top');
  useTitle('Approvals');
  return (
    <section class="page">
      <div class="page-head">
        <h1 tabIndex={-1}>Approvals</h1>
      </div>
      <div class="page-body" ref={box}>
        {loaded.value === undefined ? <WaitNote of={loaded} what="what waits" /> : null}
        {justNow.length === 0 ? null : (
          <ul class="just-now" role="status">
            {justNow.map((text) => (
              <li>{text}</li>
            ))}
          </ul>
        )}
        {loaded.value?.items.length === 0 ? (
          <EmptyNote title="No approvals wait.">
            <p>They appear here when an agent wants to do something that matters.</p>
            <Suggestions suggestions={me.suggestions.slice(0, 1)} prefix="Try one: " />
          </EmptyNote>
        ) : null}
        <ol class="inbox" aria-live="polite">
          {loaded.value?.items.map((approval) => (
            <li key={approval.id}>
              <Waiting
                approval={approval}
                onSaid={(text) => {
                  setJustNow((all) => [...all, `${approval.title}: ${text}`]);
                }}
              />
            </li>
          ))}
        </ol>
        <ShowMore list={list} next={loaded.value?.next} />
      </div>
    </section>
  );
}

function Waiting(props: { readonly approval: ApprovalJson; readonly onSaid: (text: string) => void }) {
  const { approval } = props;
  const nameOf = useNames();
  return (
    <>
      <CardView
        card={approval.card}
        votedOn={{ id: approval.id, digest: approval.digest }}
        shownBy={resources.approvals()}
        onSaid={props.onSaid}
      />
      <p class="under-card quiet">
        Asked by {nameOf(approval.requestedBy)} · expires <Moment at={approval.expiresAt} />
        {approval.thread === null ? null : (
          <>
            {' · '}
            <Link to={{ page: 'thread', thread: approval.thread }}>Open the thread</Link>
          </>
        )}
      </p>
    </>
  );
}
