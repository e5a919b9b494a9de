/** The run beside its thread: state, cost, and the timeline of its ledger. */
import type { RunJson } from '../shapes.ts';
import { eventDetail, kindWords, numberEvents } from './ledger-words.ts';
import { Moment, TextWithMoments } from './moment.tsx';
import { Link } from './navigation.tsx';
import { WaitNote } from './notes.tsx';
import { resources } from './resources.ts';
import { useNames, useResource } from './session.tsx';

export function RunPanel(props: { readonly run: string; readonly others: readonly string[] }) {
  const { run: id, others } = props;
  const loaded = useResource(resources.run(id));
  const ledger = useResource(resources.ledger(id));
  const run = loaded.value;
  const events = numberEvents(ledger.value?.items ?? []);
  return (
    <>
      <h2>The run</h2>
      {run === undefined ? <WaitNote of={loaded} what="the run" /> : <RunFacts run={run} />}
      <h2>Timeline</h2>
      {ledger.value === undefined ? (
        <WaitNote of={ledger} what="the ledger" />
      ) : (
        <ol class="timeline">
          {events.map((event) => (
            <li key={event.number}>
              <Link class="number" to={{ page: 'run', run: id }} hash={`e${String(event.number)}`}>
                #{event.number}
              </Link>
              <span class="timeline-what">
                {kindWords(event.kind)}
                <small class="quiet">{eventDetail(event.data)}</small>
              </span>
              <Moment at={event.at} isExact />
            </li>
          ))}
        </ol>
      )}
      <p>
        <Link to={{ page: 'run', run: id }}>Open the ledger</Link>
      </p>
      {others.length === 0 ? null : (
        <p class="quiet">
          Earlier in this thread:{' '}
          {others.map((other, index) => (
            <>
              {index === 0 ? '' : ', '}
              <Link to={{ page: 'run', run: other }}>run {index + 1}</Link>
            </>
          ))}
        </p>
      )}
    </>
  );
}

export function RunFacts(props: { readonly run: RunJson }) {
  const { run } = props;
  const nameOf = useNames();
  return (
    <dl class="run-facts">
      <div>
        <dt>State</dt>
        <dd>
          <RunStatus run={run} />
        </dd>
      </div>
      {run.waitingFor === undefined ? null : (
        <div>
          <dt>{run.status === 'parked' ? 'Parked' : 'Waits for'}</dt>
          <dd>
            <TextWithMoments text={run.waitingFor} />
          </dd>
        </div>
      )}
      <div>
        <dt>Cost</dt>
        <dd>{costWords(run)}</dd>
      </div>
      <div>
        <dt>Workflow</dt>
        <dd>{run.workflow}</dd>
      </div>
      <div>
        <dt>Asked by</dt>
        <dd>
          {nameOf(run.startedBy)}, <Moment at={run.startedAt} />
        </dd>
      </div>
      {run.finishedAt === undefined ? null : (
        <div>
          <dt>Ended</dt>
          <dd>
            <Moment at={run.finishedAt} />
          </dd>
        </div>
      )}
    </dl>
  );
}

export function RunStatus(props: { readonly run: Pick<RunJson, 'status'> }) {
  return <span class={`status is-${props.run.status}`}>{props.run.status}</span>;
}

export function costWords(run: RunJson): string {
  const usd = run.usdSpent === undefined ? undefined : `${String(Number(run.usdSpent.toFixed(4)))} USD`;
  const tokens = run.tokens === undefined ? undefined : `${run.tokens.toLocaleString('en-GB')} tokens`;
  return [usd, tokens].filter((words) => words !== undefined).join(' · ') || 'nothing yet';
}
