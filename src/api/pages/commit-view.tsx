/** One commit of a ledger: its hashes, its events in full, and the texts kept beside them. */
import { useEffect, useState } from 'preact/hooks';
import type { CommitJson } from '../shapes.ts';
import { eventDetail, kindWords } from './ledger-words.ts';
import type { NumberedEvent } from './ledger-words.ts';
import { Moment } from './moment.tsx';
import { useNames } from './session.tsx';

export function CommitView(props: {
  readonly commit: CommitJson;
  readonly events: readonly NumberedEvent[];
  /** The anchor in the address, `e7` for event 7. */
  readonly target: string;
}) {
  const { commit, events, target } = props;
  const nameOf = useNames();
  const isTarget = events.some(({ number }) => target === `e${String(number)}`);
  const [isOpen, setIsOpen] = useState(isTarget);
  useEffect(() => {
    if (isTarget) setIsOpen(true);
  }, [isTarget]);
  const bodies = Object.entries(commit.bodies ?? {});
  return (
    <details
      class={`commit${isTarget ? ' is-target' : ''}`}
      open={isOpen}
      onToggle={(event) => {
        setIsOpen(event.currentTarget.open);
      }}
    >
      <summary>
        <span class="commit-seq">{commit.seq}</span>
        <span class="commit-events">
          {events.map((event) => (
            <span key={event.number} id={`e${String(event.number)}`}>
              <span class="number">#{event.number}</span> {kindWords(event.kind)}{' '}
              <small class="quiet">{eventDetail(event.data)}</small>
            </span>
          ))}
        </span>
        <span class="commit-when quiet">
          {nameOf(commit.by)} · <Moment at={commit.landedAt} isExact />
        </span>
      </summary>
      {isOpen ? (
        <div class="commit-full">
          <dl class="hashes">
            <dt>hash</dt>
            <dd>{commit.hash}</dd>
            <dt>prev</dt>
            <dd>{commit.prev}</dd>
            <dt>stream</dt>
            <dd>{commit.stream}</dd>
            <dt>by</dt>
            <dd>{commit.by}</dd>
            <dt>writer</dt>
            <dd>{commit.writer}</dd>
            <dt>landed at</dt>
            <dd>{commit.landedAt}</dd>
          </dl>
          <h4>Events</h4>
          {commit.events.map((event) => (
            <pre class="exact">{JSON.stringify(event, null, 2)}</pre>
          ))}
          {bodies.length === 0 ? null : <h4>Texts kept beside them</h4>}
          {bodies.map(([name, body]) => (
            <figure>
              <figcaption class="quiet">{name}</figcaption>
              <pre class="exact">{body.text}</pre>
            </figure>
          ))}
        </div>
      ) : null}
    </details>
  );
}
