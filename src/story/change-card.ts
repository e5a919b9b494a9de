/** The card of a change of who is who that waits for a second operator. Pure. */
import type { Card } from '../chat/card.ts';

export function changeCard(id: string, what: string, by: string): Card {
  return {
    kind: 'notice',
    title: `Change who is who: ${what}`,
    lines: [],
    fields: [{ label: 'Asked by', value: by, form: 'plain' }],
    actions: changeActions(id),
    fallback: `Change who is who: ${what}. Asked by ${by}.`,
  };
}

function changeActions(id: string): Card['actions'] {
  return [
    { id: `v1:${id}:agree`, label: 'Approve', style: 'primary' },
    { id: `v1:${id}:refuse`, label: 'Deny', style: 'danger' },
  ];
}

/** The card of a pressed button: whether the change still waits is seen when it is settled. */
export function cardOfChange(action: string): Card | undefined {
  const id = /^v1:(change_[0-9a-z]+):(?:agree|refuse)$/u.exec(action)?.[1];
  if (id === undefined) return undefined;
  return {
    kind: 'notice',
    title: 'Change who is who',
    lines: [],
    fields: [],
    actions: changeActions(id),
    fallback: 'Change who is who',
  };
}
