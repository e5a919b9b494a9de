/** Calls that were sent and never answered: what is known of each, and who can say what became of it. */
import type { OutcomeJson } from '../shapes.ts';
import { CardView } from './card-view.tsx';
import { JustNow, useJustNow } from './just-now.tsx';
import { Link, useScrollPlace, useTitle } from './navigation.tsx';
import { EmptyNote, WaitNote } from './notes.tsx';
import { resources } from './resources.ts';
import { useResource } from './session.tsx';
import { ShowMore } from './show-more.tsx';

export function OutcomesPage() {
  const list = resources.outcomes();
  const loaded = useResource(list);
  const justNow = useJustNow();
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
        <JustNow texts={justNow.texts} />
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
                  justNow.say(`${outcome.title}: ${text}`);
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
