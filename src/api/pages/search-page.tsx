/** Runs found by words of their request or answer, where the reader may read. */
import { Link, useScrollPlace, useTitle } from './navigation.tsx';
import { EmptyNote, WaitNote } from './notes.tsx';
import { resources } from './resources.ts';
import { RunCells } from './run-cells.tsx';
import { SearchForm } from './search-form.tsx';
import { useResource } from './session.tsx';
import { withVisibleOrder } from './visible-order.ts';

export function SearchPage(props: { readonly q: string | undefined }) {
  const { q } = props;
  useTitle(q === undefined ? 'Search' : `Search: ${q}`);
  return (
    <section class="page is-wide">
      <div class="page-head">
        <h1 tabIndex={-1}>Search</h1>
      </div>
      {q === undefined ? (
        <div class="page-body">
          <SearchForm q="" label="Words of a request or an answer" />
        </div>
      ) : (
        <Found key={q} q={q} />
      )}
    </section>
  );
}

function Found(props: { readonly q: string }) {
  const { q } = props;
  const loaded = useResource(resources.search(q));
  const box = useScrollPlace(loaded.value !== undefined, 'top');
  const { value } = loaded;
  return (
    <div class="page-body" ref={box}>
      <SearchForm q={q} label="Words of a request or an answer" />
      {value === undefined ? <WaitNote of={loaded} what="what was asked" /> : null}
      {value?.items.length === 0 ? (
        <EmptyNote title="No run has these words.">
          <p>
            Requests and answers are searched.{' '}
            <Link to={{ page: 'memory', q }}>Search what is remembered</Link> instead.
          </p>
        </EmptyNote>
      ) : null}
      {value === undefined || value.items.length === 0 ? null : (
        <table class="list">
          <thead>
            <tr>
              <th scope="col">Thread</th>
              <th scope="col">State</th>
              <th scope="col">Asked by</th>
              <th scope="col">Started</th>
            </tr>
          </thead>
          <tbody>
            {value.items.map(({ run, thread, title, found, status, by, at }) => (
              <tr key={run}>
                <td class="is-main">
                  <Link to={{ page: 'thread', thread }}>{withVisibleOrder(title)}</Link>
                  {found === undefined ? null : <small class="quiet">{withVisibleOrder(found)}</small>}
                </td>
                <RunCells status={status} by={by} at={at} />
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {value === undefined || value.isAll ? null : (
        <p class="quiet">
          {value.searched.toLocaleString('en')} runs were looked through, the youngest first. Older ones:{' '}
          <code>countersign audit export</code>.
        </p>
      )}
    </div>
  );
}
