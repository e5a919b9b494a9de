/** What a person wants, as read from plain words. Everything but the kind may be missing from the words. */
export type WishKind =
  | 'greet'
  | 'help'
  | 'thanks'
  | 'yes'
  | 'no'
  | 'again'
  | 'change'
  | 'show-customer'
  | 'list-customers'
  | 'delete-customer'
  | 'update-customer'
  | 'add-note'
  | 'list-tickets'
  | 'show-invoice'
  | 'list-invoices'
  | 'owed'
  | 'list-payments'
  | 'refund'
  | 'credit'
  | 'send-mail'
  | 'draft-mail'
  | 'search-mail'
  | 'stock'
  | 'best-customers'
  | 'revenue'
  | 'grouped'
  | 'run-sql'
  | 'schema'
  | 'no-tool'
  | 'unknown';

export type AmountWish =
  | { readonly kind: 'sum'; readonly value: number; readonly currency: string | undefined }
  | { readonly kind: 'share'; readonly percent: number }
  | { readonly kind: 'full' };

/** `say` is a text to pass on word for word, `topic` a subject to write about, `ask` a thing to ask for. */
export interface Content {
  readonly kind: 'say' | 'topic' | 'ask';
  readonly text: string;
}

export interface Wish {
  readonly kind: WishKind;
  readonly customer?: string | undefined;
  readonly invoices?: readonly string[] | undefined;
  readonly amount?: AmountWish | undefined;
  readonly reason?: string | undefined;
  readonly email?: string | undefined;
  readonly content?: Content | undefined;
  readonly subject?: string | undefined;
  /** Which field of a customer to change, and to what. */
  readonly field?: 'email' | 'phone' | 'address' | 'name' | 'contact' | undefined;
  readonly value?: string | undefined;
  readonly status?: 'open' | 'overdue' | 'paid' | 'refunded' | undefined;
  readonly product?: string | undefined;
  readonly limit?: number | undefined;
  readonly sql?: string | undefined;
  /** The words point at something named before: «it», «their», «the customer». */
  readonly points?: boolean | undefined;
  /** A change to something that has happened already. */
  readonly isTooLate?: boolean | undefined;
  /** Stands in place of an earlier wish of the same request. */
  readonly replaces?: boolean | undefined;
  /** Asked for while the work already went on. */
  readonly fromLaterMessage?: boolean | undefined;
  /** The words this was read from. */
  readonly words: string;
}
