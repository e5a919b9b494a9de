/** Reads lists that tools give as plain lines, for when a result carries no fields. */
import type { JsonObject } from '../../core/json.ts';
import { listAt, numberAt } from './read-result.ts';
import { tellLines } from './tell.ts';

interface InvoiceList {
  readonly invoices: readonly JsonObject[];
  readonly total: number;
}

/** `1042 Acme GmbH (88) · 480.00 USD · paid · outstanding 0.00 · due 2026-10-31` */
const invoiceLine =
  /^(\d{1,9}) ([^·\n]{1,200}) \((\d{1,9})\) · ([\d.]{1,20}) ([A-Z]{3}) · ([^·\n]{1,60}) · outstanding ([\d.]{1,20}) · due (\S{1,20})$/gmu;

/** The invoices of a list, or undefined when neither fields nor lines can be read. */
export function readInvoiceList(data: JsonObject | undefined, text: string): InvoiceList | undefined {
  const listed = listAt(data, 'invoices');
  if (listed !== undefined) return { invoices: listed, total: numberAt(data, 'total') ?? listed.length };
  const heading = /^(\d{1,9}) invoices?\b/u.exec(text)?.[1];
  if (heading === undefined) return undefined;
  const invoices = [...text.matchAll(invoiceLine)].map(
    ([
      ,
      id = '',
      customerName = '',
      customer = '',
      total = '',
      currency = '',
      status = '',
      outstanding = '',
      dueAt = '',
    ]) => ({
      id,
      customerName,
      customer,
      total,
      currency,
      status,
      outstanding,
      dueAt,
    }),
  );
  return invoices.length === 0 && Number(heading) > 0 ? undefined : { invoices, total: Number(heading) };
}

/** A heading with lines under it, as a list of its own; `owner` says whose it is. */
export function tellPlainList(text: string, owner: string | undefined): string {
  const [heading = '', ...lines] = text.split('\n').filter((line) => line.trim() !== '');
  const first = owner === undefined ? heading : `${owner}: ${heading}`;
  const short = lines.map((line) => (line.length > 300 ? `${line.slice(0, 299)}…` : line));
  return short.length === 0 ? first.replace(/:$/u, '.') : `${first}\n${tellLines(short)}`;
}
