/** One fact of a card: exact bytes in a box, the agent's claim in quotes, a warning in words, or plain text. */
import type { CardJson } from '../shapes.ts';
import { TextWithMoments } from './moment.tsx';

type Field = CardJson['fields'][number];

const shownCharacters = 600;
const shownLines = 8;

/** How much of a value is shown at first; undefined when all of it is. */
export function cutAt(value: string): number | undefined {
  const lines = value.split('\n');
  const atLine = lines.length > shownLines ? lines.slice(0, shownLines).join('\n').length : value.length;
  const cut = Math.min(atLine, value.length > shownCharacters * 1.2 ? shownCharacters : value.length);
  return cut < value.length ? cut : undefined;
}

export function FieldValue(props: {
  readonly field: Field;
  readonly isOpen: boolean;
  readonly onOpen: () => void;
}) {
  const { field, isOpen, onOpen } = props;
  const cut = isOpen ? undefined : cutAt(field.value);
  const shown = cut === undefined ? field.value : `${field.value.slice(0, cut)}…`;
  return (
    <>
      <Form form={field.form} text={shown} links={field.links ?? []} />
      {cut === undefined ? null : (
        <button type="button" class="more" onClick={onOpen}>
          + {(field.value.length - cut).toLocaleString('en-GB')} characters: show all
        </button>
      )}
    </>
  );
}

type Links = NonNullable<Field['links']>;

function Form(props: { readonly form: Field['form']; readonly text: string; readonly links: Links }) {
  const { form, text, links } = props;
  switch (form) {
    case 'code':
      return <pre class="exact">{text}</pre>;
    case 'claim':
      return (
        <blockquote class="claim">
          <p dir="auto">«{unquoted(text)}»</p>
          <p class="claim-label">Its own words, not checked.</p>
        </blockquote>
      );
    case 'warning':
      return (
        <p class="warning">
          <strong>Look closely: </strong>
          {text}
        </p>
      );
    case 'plain':
      return (
        <p class="plain" dir="auto">
          <TextWithLinks text={text} links={links} />
        </p>
      );
    default:
      return form satisfies never;
  }
}

/** A link that the shown text does not hold whole stays text. */
function TextWithLinks(props: { readonly text: string; readonly links: Links }) {
  const { text } = props;
  const links = props.links.filter(({ end, address }) => end <= text.length && /^https?:\/\//u.test(address));
  return (
    <>
      {links.map(({ start, end, address }, index) => (
        <>
          <TextWithMoments text={text.slice(links[index - 1]?.end ?? 0, start)} />
          <a href={address} target="_blank" rel="noopener noreferrer nofollow">
            {text.slice(start, end)}
          </a>
        </>
      ))}
      <TextWithMoments text={text.slice(links.at(-1)?.end ?? 0)} />
    </>
  );
}

function unquoted(text: string): string {
  return /^«.*»$/su.test(text) ? text.slice(1, -1) : text;
}
