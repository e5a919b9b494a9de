/** The ledgers of runs, and the seals that vouch for all of them. */
import type { LedgersJson } from '../look/look-shapes.ts';
import { Moment } from './moment.tsx';
import { Link, useScrollPlace, useTitle } from './navigation.tsx';
import { EmptyNote, WaitNote } from './notes.tsx';
import { resources } from './resources.ts';
import { RunCells } from './run-cells.tsx';
import { useResource } from './session.tsx';
import { ShowMore } from './show-more.tsx';
import { withVisibleOrder } from './visible-order.ts';

export function LedgerPage() {
  const list = resources.ledgers();
  const loaded = useResource(list);
  const box = useScrollPlace(loaded.value !== undefined, 'top');
  useTitle('Ledger');
  const { value } = loaded;
  return (
    <section class="page is-wide">
      <div class="page-head">
        <h1 tabIndex={-1}>Ledger</h1>
      </div>
      <div class="page-body" ref={box}>
        {value === undefined ? (
          <WaitNote of={loaded} what="the ledgers" />
        ) : (
          <>
            <Seals seals={value.seals} />
            <Ledgers items={value.items} hasMore={value.next !== undefined} />
            <ShowMore list={list} next={value.next} />
          </>
        )}
      </div>
    </section>
  );
}

function Seals(props: { readonly seals: LedgersJson['seals'] }) {
  const [last] = props.seals;
  return (
    <>
      <p class="lead">
        {last === undefined ? (
          'Nothing is sealed yet. The first seal comes within five minutes of the first commit.'
        ) : (
          <>
            Sealed <Moment at={last.at} />, seal {last.number}.
          </>
        )}
      </p>
      <p class="quiet">
        <code>countersign audit verify</code> checks every commit and every seal;{' '}
        <code>countersign audit export</code> lets somebody else do so without this store.
      </p>
      {props.seals.length === 0 ? null : (
        <details class="seals">
          <summary>The latest seals</summary>
          <table class="list">
            <thead>
              <tr>
                <th scope="col">Seal</th>
                <th scope="col">Ledgers</th>
                <th scope="col">Signed</th>
              </tr>
            </thead>
            <tbody>
              {props.seals.map(({ number, root, key, size, at }) => (
                <tr key={number}>
                  <td class="is-main">
                    <strong>{number}</strong>
                    <small class="quiet">
                      root <code>{root.slice(0, 16)}</code>, key <code>{key.slice(0, 16)}</code>
                    </small>
                  </td>
                  <td>{size}</td>
                  <td>
                    <Moment at={at} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      )}
    </>
  );
}

function Ledgers(props: { readonly items: LedgersJson['items']; readonly hasMore: boolean }) {
  if (props.items.length === 0)
    return props.hasMore ? null : (
      <EmptyNote title="No ledger yet.">
        <p>Each run keeps one: every request, verdict, vote, dispatch and result, chained.</p>
      </EmptyNote>
    );
  return (
    <table class="list">
      <thead>
        <tr>
          <th scope="col">Ledger of</th>
          <th scope="col">Commits</th>
          <th scope="col">State</th>
          <th scope="col">Asked by</th>
          <th scope="col">Began</th>
        </tr>
      </thead>
      <tbody>
        {props.items.map(({ run, title, workflow, commits, status, by, at, isErased }) => (
          <tr key={run}>
            <td class="is-main">
              <Link to={{ page: 'run', run }}>{isErased ? 'erased texts' : withVisibleOrder(title)}</Link>
              <small class="quiet">{workflow}</small>
            </td>
            <td>{commits}</td>
            <RunCells status={status} by={by} at={at} />
          </tr>
        ))}
      </tbody>
    </table>
  );
}
