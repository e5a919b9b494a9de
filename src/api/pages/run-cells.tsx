/** The cells with which a run's row in a list ends: how it stands, who asked, and when. */
import type { ComponentChildren } from 'preact';
import { Moment } from './moment.tsx';
import { useNames } from './session.tsx';

export function RunCells(props: {
  readonly status: ComponentChildren;
  readonly by: string;
  readonly at: string;
}) {
  const nameOf = useNames();
  return (
    <>
      <td>{props.status}</td>
      <td>{nameOf(props.by)}</td>
      <td>
        <Moment at={props.at} />
      </td>
    </>
  );
}
