/** Calls that were sent and never answered: what is known of each, and who can say what became of it. */
import { useState } from 'preact/hooks';
import type { OutcomeJson } from '../shapes.ts';
import { CardView } from './card-view.tsx';
import { Link, useScrollPlace, useTitle } from './navigation.tsx';
import { EmptyNote, WaitNote } from './notes.tsx';
import { resources } from './resources.ts';
import { useResource } from './session.tsx';
import { ShowMore } from './show-more.tsx';

export function OutcomesPage() {
  const list = resources.outcomes();
  const loaded = useResource(list);
  const [justNow, setJustNow] = useState<readonly string[]>([]);
  const box = useScrollPlace(loaded.value !== undefined, 'top');
  useTitle('Unknown outcomes');
  const items = loaded.value?.items ?? [];
  return (
    <section class="page">
      <div class="page-head">
        <h1 tabIndex={-1}>Unknown outcomes</h1>
      </div>
      <div class="page-body" ref={box}>
        {loaded.value === undefined ? <WaitNote of={loaded} what="what is not known" /> : null}
        {justNow.length === 0 ? null : (
          <ul class="just-now" role="status">
            {justNow.map((text) => (
              <li>{text}</li>
            ))}
          </ul>
        )}
        {loaded.value?.items.length === 0 ? (
          <EmptyNote title="Of everything that was sent, the outcome is known.">
            <p>A call whose answer was lost stands here until somebody says whether it happened.</p>
          </EmptyNote>
        ) : null}
        {items.length === 0 ? null : (
          <p class="quiet">
            Look in the system itself whether it happened, then say so. Nothing is sent again without a new
            approval.
          </p>
        )}
        <ol class="inbox" aria-live="polite">
          {items.map((outcome) => (
            <li key={`${outcome.run}/${outcome.call}`}>
              <CardView
                card={outcome.card}
                shownBy={list}
                onSaid={(text) => {
                  setJustNow((all) => [...all, `${outcome.title}: ${text}`]);
                }}
              />
              <p class="under-card quiet">
                {whoCan(outcome)}{' '}
                {outcome.thread === null ? null : (
                  <Link to={{ page: 'thread', thread: outcome.thread }}>Open the thread</Link>
                )}
              </p>
            </li>
          ))}
        </ol>
        <ShowMore list={list} next={loaded.value?.next} />
      </div>
    </section>
  );
}

function whoCan({ mayAnswer, people }: OutcomeJson): string {
  if (mayAnswer) return 'You can say what happened.';
  if (people.length === 0) return 'Nobody is left who may say so: name approvers in policy.yaml.';
  return `${people.join(', ')} can say what happened.`;
}
