/**
 * Forms: what pressing a button asks for when one text is not enough, free of any platform.
 *
 * Every field holds text, as every platform's inputs do. A field that comes back as it was shown changes nothing.
 */

interface FieldBase {
  /** Where the value belongs; opaque to the platform. */
  readonly id: string;
  readonly label: string;
  readonly hint?: string;
  readonly isRequired: boolean;
  /** What the field shows at first. */
  readonly value: string;
}

export type FormField = FieldBase &
  (
    | { readonly kind: 'text'; readonly isLong: boolean }
    | { readonly kind: 'number' }
    | { readonly kind: 'date' }
    /** One of these; an optional one may be left empty. */
    | {
        readonly kind: 'choice';
        readonly options: readonly { readonly value: string; readonly label: string }[];
      }
    /** One entry a line. */
    | { readonly kind: 'list' }
    | { readonly kind: 'json' }
  );

export interface Form {
  readonly title: string;
  /** What happens when it is sent. */
  readonly note: string;
  readonly submit: string;
  readonly fields: readonly FormField[];
}

/** What was typed, by the id of its field. */
export type FormValues = Readonly<Record<string, string>>;
