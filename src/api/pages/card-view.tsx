/** A card: its title and state, its steps, its facts, what settled it, and its buttons. */
import { useId, useState } from 'preact/hooks';
import type { CardJson } from '../shapes.ts';
import { ActionRow } from './action-row.tsx';
import { cutAt, FieldValue } from './field-value.tsx';
import { TextWithMoments } from './moment.tsx';
import type { VotedOn } from './press.ts';
import type { Resource } from './resources.ts';

export function CardView(props: {
  readonly card: CardJson;
  readonly votedOn?: VotedOn | undefined;
  readonly shownBy: Resource<unknown>;
  readonly onSaid?: (text: string) => void;
}) {
  const { card, votedOn, shownBy } = props;
  const titleId = useId();
  const [openFields, setOpenFields] = useState<readonly string[]>([]);
  const cutFields = card.fields.filter(
    ({ label, value }) => cutAt(value) !== undefined && !openFields.includes(label),
  );
  const isSettled = card.kind !== 'status' && card.outcome !== undefined && card.actions.length === 0;
  const isDone =
    card.kind === 'status' && card.lines.every(({ state }) => state === 'done' || state === 'failed');

  const openAll = (): string => {
    setOpenFields(card.fields.map(({ label }) => label));
    return 'Parts of this were cut short. All of it is shown now: read it, then press Approve again.';
  };
  const facts =
    card.fields.length === 0 ? null : (
      <dl class="facts">
        {card.fields.map((field) => (
          <div class={`fact is-${field.form}`}>
            <dt>{field.label}</dt>
            <dd>
              <FieldValue
                field={field}
                isOpen={openFields.includes(field.label)}
                onOpen={() => {
                  setOpenFields((open) => [...open, field.label]);
                }}
              />
            </dd>
          </div>
        ))}
      </dl>
    );
  return (
    <article class={`card is-${card.kind}${isSettled ? ' is-settled' : ''}`} aria-labelledby={titleId}>
      <header class="card-head">
        <h3 id={titleId}>{card.title}</h3>
        {card.badge === undefined ? null : <span class="badge">{card.badge}</span>}
      </header>
      {card.outcome === undefined ? null : (
        <p class="outcome">
          <TextWithMoments text={card.outcome} />
        </p>
      )}
      <Steps lines={card.lines} isFolded={isDone && card.lines.length > 1} />
      {isSettled && facts !== null ? (
        <details>
          <summary>What was asked</summary>
          {facts}
        </details>
      ) : (
        facts
      )}
      <ActionRow
        actions={card.actions}
        shownBy={shownBy}
        onSaid={props.onSaid}
        isSettled={isSettled}
        beforeApproval={cutFields.length === 0 ? undefined : openAll}
        {...(votedOn === undefined ? {} : { votedOn })}
      />
    </article>
  );
}

const lineMarks = { done: '✓', active: '●', waiting: '○', failed: '✕' } as const;
const lineWords = { done: 'done', active: 'at work', waiting: 'waiting', failed: 'failed' } as const;

function Steps(props: { readonly lines: CardJson['lines']; readonly isFolded: boolean }) {
  if (props.lines.length === 0) return null;
  const list = (
    <ol class="steps">
      {props.lines.map((line) => (
        <li class={`is-${line.state}`}>
          <span class="mark" aria-hidden="true">
            {lineMarks[line.state]}
          </span>
          <span class="step-text">
            <span class="for-ears">{lineWords[line.state]}: </span>
            <TextWithMoments text={line.text} />
          </span>
          {line.detail === undefined ? null : <span class="step-detail">{line.detail}</span>}
        </li>
      ))}
    </ol>
  );
  if (!props.isFolded) return list;
  const failed = props.lines.filter(({ state }) => state === 'failed').length;
  return (
    <details>
      <summary>
        {props.lines.length} steps{failed === 0 ? '' : `, ${String(failed)} failed`}
      </summary>
      {list}
    </details>
  );
}
