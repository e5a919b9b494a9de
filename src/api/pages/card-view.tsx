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
  // Its button goes when there is nothing to stop any more.
  const isDone = card.kind === 'status' && card.actions.length === 0;

  const openAll = (): string => {
    setOpenFields(card.fields.map(({ label }) => label));
    return 'Parts of this were cut short. All of it is shown now: read it, then press Approve again.';
  };
  const facts =
    card.fields.length === 0 ? null : (
      <div class="facts">
        {inGroups(card.fields).map((fields) => (
          <dl class={fields[0]?.form === 'code' ? 'arguments' : 'circumstances'}>
            {fields.map((field) => (
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
        ))}
      </div>
    );
  const title = <h3 id={titleId}>{card.title}</h3>;
  const badge = card.badge === undefined ? null : <span class="badge">{card.badge}</span>;
  const outcome =
    card.outcome === undefined ? null : (
      <p class="outcome">
        <TextWithMoments text={card.outcome} />
      </p>
    );
  if (isDone && card.lines.length > 0) {
    return (
      <article class="card is-status is-folded" aria-labelledby={titleId}>
        <details>
          <summary class="card-head">
            {title}
            <span class="quiet">{stepCount(card.lines)}</span>
            {badge}
          </summary>
          <Steps lines={card.lines} />
        </details>
        {outcome}
      </article>
    );
  }
  return (
    <article class={`card is-${card.kind}${isSettled ? ' is-settled' : ''}`} aria-labelledby={titleId}>
      <header class="card-head">
        {title}
        {badge}
      </header>
      {outcome}
      <Steps lines={card.lines} />
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

type Field = CardJson['fields'][number];

/** Neighbours of one sort together: what exactly runs stands apart from what is said about it. */
function inGroups(fields: readonly Field[]): readonly (readonly Field[])[] {
  const groups: Field[][] = [];
  for (const field of fields) {
    const last = groups.at(-1);
    if (last !== undefined && (last[0]?.form === 'code') === (field.form === 'code')) last.push(field);
    else groups.push([field]);
  }
  return groups;
}

function stepCount(lines: CardJson['lines']): string {
  const undone = lines.filter(({ state }) => state === 'failed').length;
  const steps = lines.length === 1 ? '1 step' : `${String(lines.length)} steps`;
  return undone === 0 ? steps : `${steps}, ${String(undone)} not done`;
}

const lineMarks = { done: '✓', active: '●', waiting: '○', failed: '✕' } as const;
const lineWords = { done: 'done', active: 'at work', waiting: 'waiting', failed: 'not done' } as const;

function Steps(props: { readonly lines: CardJson['lines'] }) {
  if (props.lines.length === 0) return null;
  return (
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
}
