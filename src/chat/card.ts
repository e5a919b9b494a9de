/**
 * Cards: what a thread shows besides plain messages, free of any platform.
 *
 * A card is data; each adapter renders it. Text here is literal: no markup, no mentions. Values that could
 * mislead arrive already made visible (see `visible-text.ts`).
 */

export interface CardAction {
  /** Opaque to the platform: `v1:<subject>:<verb>`. Never carries arguments or state. */
  readonly id: string;
  readonly label: string;
  readonly style: 'primary' | 'danger' | 'plain';
  /**
   * What pressing it needs first: nothing, a text (the reason), a plain «are you sure», or a form, which is made when
   * somebody opens it.
   */
  readonly asks?:
    | {
        readonly kind: 'text';
        readonly label: string;
        readonly isRequired: boolean;
        readonly picks: readonly string[];
      }
    | { readonly kind: 'confirm'; readonly question: string }
    | { readonly kind: 'form' };
}

export interface CardField {
  readonly label: string;
  readonly value: string;
  /** `code` values are exact bytes made visible and keep their line breaks; `claim` is the model's own word. */
  readonly form: 'plain' | 'code' | 'claim' | 'warning';
  /** Stretches of a `plain` value that lead somewhere, in their order: where a person reads what they name. */
  readonly links?: readonly CardLink[];
}

export interface CardLink {
  readonly start: number;
  readonly end: number;
  /** Of ours or of an operator's choosing, on the web; never out of a model's words. */
  readonly address: string;
}

/** A field's value in pieces, those with an address as links. A link that a cut value does not hold whole is text. */
export function linkedPieces({
  value,
  links = [],
}: CardField): readonly { readonly text: string; readonly address?: string }[] {
  const pieces: { readonly text: string; readonly address?: string }[] = [];
  let from = 0;
  for (const { start, end, address } of links) {
    if (start < from || end > value.length) continue;
    if (start > from) pieces.push({ text: value.slice(from, start) });
    pieces.push({ text: value.slice(start, end), address });
    from = end;
  }
  if (from < value.length) pieces.push({ text: value.slice(from) });
  return pieces;
}

/** What leads to a card's page. */
export const pageLabel = 'Open in console';

export type CardLineState = 'done' | 'active' | 'waiting' | 'failed';

/** One line of a status card: «✓ found Acme GmbH (customer 88)   crm/find_customer». */
export interface CardLine {
  readonly state: CardLineState;
  readonly text: string;
  readonly detail?: string;
}

/** The mark in front of a line, on every surface that shows plain text. */
export function lineMark({ state }: Pick<CardLine, 'state'>): string {
  switch (state) {
    case 'done':
      return '✓';
    case 'active':
      return '●';
    case 'waiting':
      return '○';
    case 'failed':
      return '✗';
    default:
      return state satisfies never;
  }
}

export type CardKind = 'status' | 'approval' | 'outcome-unknown' | 'notice';

export interface Card {
  readonly kind: CardKind;
  readonly title: string;
  /** Short state beside the title: `working`, `needs 1 of finance`, `settled`. */
  readonly badge?: string;
  readonly lines: readonly CardLine[];
  readonly fields: readonly CardField[];
  /** The sentence that settles it: «Approved by Ben at 10:43.» */
  readonly outcome?: string;
  readonly actions: readonly CardAction[];
  /** Where the console has it, for surfaces that lead there. A settled card has none: nothing is left to do. */
  readonly page?: string;
  /** Plain text with the same facts; its first 100 characters carry verb, amount, target and requester. */
  readonly fallback: string;
}
