/** What every intent gets and gives. */
import type { Customer, Invoice, LookUp } from './look-up.ts';
import { lookUpCustomer, lookUpInvoice, readCustomer } from './look-up.ts';
import type { Script } from './script.ts';
import type { Wish, WishKind } from './wish.ts';

/** What became of a wish. `did` is what a later mail in the same message can tell of. */
export interface Outcome {
  readonly text: string;
  /** `done`: it happened. `open`: a question back, or nothing to do. `not-done`: it was turned down or failed. */
  readonly state: 'done' | 'open' | 'not-done' | 'unknown';
  readonly did?: string | undefined;
  readonly customer?: Customer | undefined;
}

/** What earlier wishes of the same message found and did, and which kinds come after this one. */
export interface Scene {
  readonly customer: Customer | undefined;
  readonly did: string | undefined;
  readonly later: readonly WishKind[];
}

export type Intent = (wish: Wish, scene: Scene) => Script<Outcome>;

export const open = (text: string): Outcome => ({ text, state: 'open' });

/** The customer of a wish: named, or the one of its invoice, or the one an earlier wish found. */
export function* findSubject(wish: Wish, scene: Scene, forWhat: string): Script<LookUp<Customer>> {
  if (wish.customer !== undefined) return yield* lookUpCustomer(wish.customer);
  const id = wish.invoices?.[0];
  if (id !== undefined) {
    const invoice = yield* lookUpInvoice(id);
    if (invoice.kind === 'stopped') return invoice;
    const owner = invoice.found.customer;
    if (owner !== undefined) return yield* readCustomer(owner);
  }
  if (scene.customer !== undefined) return { kind: 'found', found: scene.customer };
  return { kind: 'stopped', text: `Which customer do you mean? Give me a name or a number ${forWhat}.` };
}

export function named(customer: Customer): string {
  return `${customer.name} (customer ${String(customer.id)})`;
}

/** «invoice 1042 of Acme GmbH» */
export function invoiceNamed(invoice: Invoice): string {
  return invoice.customerName === undefined
    ? `invoice ${invoice.id}`
    : `invoice ${invoice.id} of ${invoice.customerName}`;
}
