/** The last 24 hours on one screen: what waits first, then what went wrong, ran and was decided. */
import type { OverviewJson } from '../look/look-shapes.ts';
import { Moment, TextWithMoments } from './moment.tsx';
import { Link, useScrollPlace, useTitle } from './navigation.tsx';
import { EmptyNote, WaitNote } from './notes.tsx';
import { resources } from './resources.ts';
import { useNames, useResource, useSession } from './session.tsx';
import { withVisibleOrder } from './visible-order.ts';

export function OverviewPage() {
  const loaded = useResource(resources.overview());
  const box = useScrollPlace(loaded.value !== undefined, 'top');
  useTitle('Overview');
  return (
    <section class="page is-wide">
      <div class="page-head">
        <h1 tabIndex={-1}>Overview</h1>
      </div>
      <div class="page-body" ref={box}>
        {loaded.value === undefined ? (
          <WaitNote of={loaded} what="the last 24 hours" />
        ) : (
          <Summary overview={loaded.value} />
        )}
      </div>
    </section>
  );
}

function Summary(props: { readonly overview: OverviewJson }) {
  const { overview } = props;
  const { me } = useSession();
  const { runs, before, usd, tokens, unknownOutcomes, alarms } = overview;
  return (
    <>
      <p class="lead" role="status">
        {me.waitingApprovals === 0 ? (
          'Nothing waits for you.'
        ) : (
          <Link to={{ page: 'approvals' }}>
            {me.waitingApprovals === 1
              ? '1 approval waits for you.'
              : `${String(me.waitingApprovals)} approvals wait for you.`}
          </Link>
        )}
      </p>
      {alarms.length === 0 ? null : (
        <p class="note">
          {alarms.map(({ name, detail }) => `${name}: ${detail}`).join('; ')}{' '}
          <Link to={{ page: 'health' }}>Look at the health</Link>
        </p>
      )}
      {unknownOutcomes === 0 ? null : (
        <p class="note">
          {unknownOutcomes === 1
            ? 'Of one call nobody knows whether it happened.'
            : `Of ${String(unknownOutcomes)} runs' calls nobody knows whether they happened.`}{' '}
          <Link to={{ page: 'outcomes' }}>Say what happened</Link>
        </p>
      )}
      <dl class="figures">
        <Figure name="Runs in 24 hours" value={String(runs.started)}>
          {changeWords(runs.started - before.started)}
        </Figure>
        <Figure name="Done" value={String(runs.done)}>
          {`${String(runs.failed)} failed, ${String(runs.stopped)} stopped, ${String(runs.open)} open`}
        </Figure>
        <Figure name="Spent" value={`${usd.toFixed(2)} USD`}>
          {`${tokens.toLocaleString('en')} tokens, ${changeWords(usd - before.usd, 2)}`}
        </Figure>
        <Figure name="Runs, seven days" value={<Trend of={overview.trend} />}>
          {overview.trend.join(', ')}
        </Figure>
      </dl>
      <Entries title="Waiting" entries={overview.waiting} />
      <Entries title="Parked or failed" entries={overview.troubles} />
      <Decisions decisions={overview.decisions} />
      {runs.started + overview.waiting.length + overview.troubles.length + overview.decisions.length === 0 ? (
        <EmptyNote title="Nothing happened in the last 24 hours.">
          <p>
            Ask the agent for something in <Link to={{ page: 'start' }}>a channel</Link>: it shows here.
          </p>
        </EmptyNote>
      ) : null}
    </>
  );
}

function Figure(props: {
  readonly name: string;
  readonly value: string | preact.ComponentChild;
  readonly children: string;
}) {
  return (
    <div class="figure">
      <dt>{props.name}</dt>
      <dd>
        <strong>{props.value}</strong>
        <small class="quiet">{props.children}</small>
      </dd>
    </div>
  );
}

/** Bars beside their numbers, which say the same in words. */
function Trend(props: { readonly of: readonly number[] }) {
  const most = Math.max(1, ...props.of);
  return (
    <svg class="trend" viewBox="0 0 112 24" aria-hidden="true">
      {props.of.map((value, index) => {
        const height = Math.max(1, Math.round((value / most) * 24));
        return <rect key={index} x={index * 16} y={24 - height} width="12" height={height} rx="1" />;
      })}
    </svg>
  );
}

function Entries(props: { readonly title: string; readonly entries: OverviewJson['waiting'] }) {
  const nameOf = useNames();
  if (props.entries.length === 0) return null;
  return (
    <section class="overview-part">
      <h2>{props.title}</h2>
      <table class="list">
        <tbody>
          {props.entries.map(({ run, thread, what, by, at, status }) => (
            <tr key={run}>
              <td class="is-main">
                <Link to={{ page: 'thread', thread }}>
                  <TextWithMoments text={withVisibleOrder(what)} />
                </Link>
                <small class="quiet">
                  {status}, asked by {nameOf(by)}
                </small>
              </td>
              <td>
                <Moment at={at} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Decisions(props: { readonly decisions: OverviewJson['decisions'] }) {
  const nameOf = useNames();
  if (props.decisions.length === 0) return null;
  return (
    <section class="overview-part">
      <h2>Decided</h2>
      <table class="list">
        <tbody>
          {props.decisions.map(({ tool, state, by, reason, at, run }, index) => (
            <tr key={`${run}/${String(index)}`}>
              <td class="is-main">
                <Link to={{ page: 'run', run }}>
                  {tool} {state}
                </Link>
                <small class="quiet">
                  {by === undefined ? '' : `by ${nameOf(by)}`}
                  {reason === undefined ? '' : `: ${withVisibleOrder(reason)}`}
                </small>
              </td>
              <td>{at === undefined ? null : <Moment at={at} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function changeWords(by: number, digits = 0): string {
  const size = Math.abs(by).toFixed(digits);
  if (Number(size) === 0) return 'like the day before';
  return `${size} ${by > 0 ? 'above' : 'below'} the day before`;
}
