/** One thing in a thread: a message, a card, or lines of the audit trail. */
import type { ComponentChildren } from 'preact';
import type { ItemJson } from '../shapes.ts';
import { ActionRow } from './action-row.tsx';
import { CardView } from './card-view.tsx';
import { MessageText } from './message-text.tsx';
import { Moment, TextWithMoments } from './moment.tsx';
import { Link } from './navigation.tsx';
import type { Resource } from './resources.ts';
import { ShownFile } from './shown-file.tsx';
import { useNames } from './session.tsx';

export function ItemView(props: {
  readonly item: ItemJson;
  readonly isFollowUp: boolean;
  readonly shownBy: Resource<unknown>;
}) {
  const { item, isFollowUp, shownBy } = props;
  switch (item.kind) {
    case 'message':
      return (
        <Said by={item.by} at={item.at} isFollowUp={isFollowUp}>
          <MessageText text={item.text} />
          {item.file === undefined || item.run === undefined ? null : (
            <ShownFile run={item.run} item={item.id} file={item.file} />
          )}
          <AttachedFiles item={item} />
          {item.actions === undefined ? null : <ActionRow actions={item.actions} shownBy={shownBy} />}
        </Said>
      );
    case 'card':
      return (
        <Said by={item.by} at={item.at} isFollowUp={isFollowUp}>
          {item.card === undefined ? (
            <MessageText text={item.text} />
          ) : (
            <CardView card={item.card} votedOn={item.approval} shownBy={shownBy} />
          )}
        </Said>
      );
    case 'audit':
      return <AuditLines text={item.text} run={item.run} />;
    default:
      return item.kind satisfies never;
  }
}

/** What came with a message, under it. */
function AttachedFiles(props: { readonly item: ItemJson }) {
  const { run, attached = [] } = props.item;
  if (run === undefined || attached.length === 0) return null;
  return (
    <div class="attached">
      {attached.map((file) => (
        <ShownFile key={file.id} run={run} item={file.id} file={file} />
      ))}
    </div>
  );
}

/** Something that somebody said, under that person's name unless the item before is from the same. */
export function Said(props: {
  readonly by: string;
  readonly at?: string;
  readonly isFollowUp: boolean;
  readonly note?: string;
  readonly children: ComponentChildren;
}) {
  const name = useNames()(props.by);
  return (
    <div class={`said-by${props.isFollowUp ? ' is-follow-up' : ''}`}>
      <span class={`avatar${props.by === 'bot' ? ' is-bot' : ''}`} aria-hidden="true">
        {props.isFollowUp ? '' : name.slice(0, 1).toUpperCase()}
      </span>
      <div class="said-what">
        <p class={props.isFollowUp ? 'for-ears' : 'said-head'}>
          <strong>{name}</strong> {props.at === undefined ? null : <Moment at={props.at} />}
        </p>
        {props.children}
        {props.note === undefined ? null : <p class="quiet">{props.note}</p>}
      </div>
    </div>
  );
}

const ledgerNumber = /(#\d+)/u;

/** Audit lines; each ledger number leads to its place in the ledger. */
function AuditLines(props: { readonly text: string; readonly run: string | undefined }) {
  const { text, run } = props;
  return (
    <div class="audit" role="note" aria-label="Audit trail">
      {text.split('\n').map((line) => (
        <p>
          {line.split(ledgerNumber).map((piece, index) =>
            index % 2 === 1 && run !== undefined ? (
              <Link to={{ page: 'run', run }} hash={`e${piece.slice(1)}`}>
                {piece}
              </Link>
            ) : (
              <TextWithMoments text={piece} />
            ),
          )}
        </p>
      ))}
    </div>
  );
}
