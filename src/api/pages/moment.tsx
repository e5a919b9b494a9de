/** Times as the reader's own clock shows them. */
import { exactTime, fullMoment, now, shortMoment } from './browser.ts';

export function Moment(props: { readonly at: string; readonly isExact?: boolean }) {
  const at = new Date(props.at);
  if (Number.isNaN(at.getTime())) return <span>{props.at}</span>;
  return (
    <time dateTime={props.at} title={fullMoment(at)}>
      {props.isExact === true ? exactTime(at) : shortMoment(at, now())}
    </time>
  );
}

const utcMoment = /\b(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?Z)/u;

/** Plain text in which each moment, written as ISO 8601 in UTC, is shown in the reader's zone. */
export function TextWithMoments(props: { readonly text: string }) {
  // Splitting on one group puts each match at an odd index.
  return (
    <>
      {props.text.split(utcMoment).map((piece, index) => (index % 2 === 1 ? <Moment at={piece} /> : piece))}
    </>
  );
}
