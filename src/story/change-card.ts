/** The cards of changes, of who is who and of policy, that wait for a second operator. Pure. */
import type { Card } from '../chat/card.ts';
import { makeVisible } from '../core/visible-text.ts';

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

/** The card of a change of policy that waits for a second operator. */
export function policyChangeCard(
  {
    id,
    about,
    difference,
    effect,
  }: { readonly id: string; readonly about: string; readonly difference: string; readonly effect: string },
  by: string,
): Card {
  return {
    kind: 'notice',
    title: `Change policy: ${about}`,
    lines: [],
    fields: [
      { label: 'Change', value: visibleDifference(difference), form: 'code' },
      { label: 'Effect', value: makeVisible(effect, { keepLineBreaks: true }), form: 'code' },
      { label: 'Asked by', value: by, form: 'plain' },
    ],
    actions: changeActions(id),
    fallback: `Change policy: ${about}. Asked by ${by}.`,
  };
}

/** The two characters in front say what becomes of the first line; white space there is no part of the text. */
function visibleDifference(difference: string): string {
  return `${difference.slice(0, 2)}${makeVisible(difference.slice(2), { keepLineBreaks: true })}`;
}

/** The card of a pressed button: whether the change still waits is seen when it is settled. */
export function cardOfChange(action: string): Card | undefined {
  const id = /^v1:((?:change|rules)_[0-9a-z]+):(?:agree|refuse)$/u.exec(action)?.[1];
  if (id === undefined) return undefined;
  const title = id.startsWith('rules_') ? 'Change policy' : 'Change who is who';
  return {
    kind: 'notice',
    title,
    lines: [],
    fields: [],
    actions: changeActions(id),
    fallback: title,
  };
}
