/** All runs the reader may see, by state. */
import type { RunJson, runStatuses } from '../shapes.ts';
import { TextWithMoments } from './moment.tsx';
import { Link, useScrollPlace, useTitle } from './navigation.tsx';
import { EmptyNote, WaitNote } from './notes.tsx';
import { resources } from './resources.ts';
import { RunCells } from './run-cells.tsx';
import { costWords, RunStatus } from './run-panel.tsx';
import { useResource } from './session.tsx';
import { ShowMore } from './show-more.tsx';
import { TryAgain } from './try-again.tsx';
import { withVisibleOrder } from './visible-order.ts';

const statuses: readonly (typeof runStatuses)[number][] = [
  'queued',
  'running',
  'waiting',
  'done',
  'failed',
  'stopped',
  'parked',
];

export function RunsPage(props: { readonly status: string | undefined }) {
  const { status } = props;
  const list = resources.runs(status);
  const loaded = useResource(list);
  const runs = loaded.value?.items ?? [];
  const box = useScrollPlace(loaded.value !== undefined, 'top');
  useTitle('Runs');
  return (
    <section class="page is-wide">
      <div class="page-head">
        <h1 tabIndex={-1}>Runs</h1>
      </div>
      <div class="page-body" ref={box}>
        <nav class="filter" aria-label="Runs by state">
          <Link to={{ page: 'runs' }} isCurrent={status === undefined}>
            all
          </Link>
          {statuses.map((one) => (
            <Link key={one} to={{ page: 'runs', status: one }} isCurrent={status === one}>
              {one}
            </Link>
          ))}
        </nav>
        {loaded.value === undefined ? <WaitNote of={loaded} what="the runs" /> : null}
        {loaded.value?.items.length === 0 ? (
          <EmptyNote title={status === undefined ? 'No run yet.' : `No run is ${status}.`}>
            <p>A run starts when somebody asks the agent for something in a channel.</p>
          </EmptyNote>
        ) : null}
        {runs.length === 0 ? null : (
          <table class="list">
            <thead>
              <tr>
                <th scope="col">Run</th>
                <th scope="col">State</th>
                <th scope="col">Asked by</th>
                <th scope="col">Started</th>
                <th scope="col">Cost</th>
              </tr>
            </thead>
            <tbody>
              {runs.map((run) => (
                <RunRow key={run.id} run={run} />
              ))}
            </tbody>
          </table>
        )}
        <ShowMore list={list} next={loaded.value?.next} />
      </div>
    </section>
  );
}

function RunRow(props: { readonly run: RunJson }) {
  const { run } = props;
  return (
    <tr>
      <td class="is-main">
        <Link to={{ page: 'run', run: run.id }}>{withVisibleOrder(run.title ?? run.workflow)}</Link>
        <small class="quiet">
          {run.waitingFor === undefined ? (
            run.workflow
          ) : (
            <TextWithMoments
              text={run.status === 'parked' ? run.waitingFor : `waits for ${run.waitingFor}`}
            />
          )}
        </small>
        <TryAgain run={run} />
      </td>
      <RunCells status={<RunStatus run={run} />} by={run.startedBy} at={run.startedAt} />
      <td class="is-cost">{costWords(run)}</td>
    </tr>
  );
}
