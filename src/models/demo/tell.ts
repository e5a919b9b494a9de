/** Sentences about calls that did not give what was asked for, and lists of records in lines. */
import { capital } from '../../core/capital.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Reading } from './read-result.ts';
import { textAt } from './read-result.ts';

type Failure = Exclude<Reading, { readonly kind: 'answered' }>;

/** What a call was for: `the refund of 120.00 USD on invoice 1042`, and what holds when it did not run. */
interface Purpose {
  readonly what: string;
  readonly nothing: string;
  readonly customer?: string | undefined;
}

export function tellFailure(failure: Failure, purpose: Purpose): string {
  switch (failure.kind) {
    case 'denied':
      return answerDenial(failure.by, failure.reason, purpose);
    case 'expired':
      return `${capital(failure.text)} ${purpose.nothing} Say «do it again» and I ask once more.`;
    case 'forbidden':
      return `${capital(failure.text)} ${purpose.nothing} I do not try another way; an operator can change the policy.`;
    case 'stale':
      return `${capital(failure.text)} ${purpose.nothing} Say «do it again» and I ask with the present values.`;
    case 'withdrawn':
      return `${capital(failure.text)} ${purpose.nothing}`;
    case 'unknown-outcome':
      return `I cannot tell what became of ${purpose.what}: it may or may not have happened. I do not send it again. Please check, then settle it on the card.`;
    case 'failed':
      return `${capital(purpose.what)} does not work: ${failure.text} ${purpose.nothing}`;
    case 'missing':
      return `For ${purpose.what} I need the tool ${failure.tool}, which is not offered to me here. ${purpose.nothing}`;
    case 'misfit':
      return `${capital(purpose.what)} does not fit the tool ${failure.tool}: ${failure.problem}. ${purpose.nothing}`;
    default:
      return failure satisfies never;
  }
}

function answerDenial(by: string, reason: string | undefined, purpose: Purpose): string {
  const head = `${by} denied ${purpose.what}`;
  if (reason === undefined)
    return `${head} and gave no reason. ${purpose.nothing} Ask ${by} what is missing before you try again.`;
  const said = `${head}: ${reason}${/[.!?]$/u.test(reason) ? '' : '.'} ${purpose.nothing}`;
  const lower = ` ${reason.toLowerCase()} `;
  const mail = purpose.customer === undefined ? 'mail the customer' : `mail customer ${purpose.customer}`;
  const evidence = ['photo', 'picture', 'proof', 'evidence', 'receipt', 'image'].find((word) =>
    lower.includes(word),
  );
  if (evidence !== undefined) {
    return `${said} The ${evidence} comes first: put it in this thread. Say «${mail} and ask for a ${evidence}» and I write to them.`;
  }
  if (/\b(?:duplicate|twice|already|before)\b/u.test(lower))
    return `${said} I leave it there, so that nothing happens twice.`;
  if (/\b(?:wrong|not the right|mistake|incorrect)\b/u.test(lower))
    return `${said} Give me the right value and I look it up again.`;
  const lessThan =
    /\b(?:only|max|maximum|at most|up to|limit|offer|give)\D{0,12}(\d{1,9}(?:\.\d{1,2})?)/u.exec(lower)?.[1];
  if (lessThan !== undefined) return `${said} Say «make it ${lessThan} instead» and I ask for that.`;
  if (/\b(?:too much|too high|too large|less|lower|smaller)\b/u.test(lower))
    return `${said} Name a lower amount, for example «make it 50 instead».`;
  if (/\b(?:ask|check|talk|call|wait|first)\b/u.test(lower))
    return `${said} When that is done, say «do it again» and I ask once more.`;
  return `${said} I do not ask for the same again. Change the request, or talk to ${by}.`;
}

const mostLines = 10;

/** «- 1042 · Acme GmbH · 480.00 USD», at most ten, and how many more there are. */
export function tellLines(lines: readonly string[], total = lines.length): string {
  const shown = lines.slice(0, mostLines).map((line) => `- ${line}`);
  const more = Math.max(total, lines.length) - shown.length;
  return [...shown, ...(more > 0 ? [`- and ${String(more)} more`] : [])].join('\n');
}

/** Some fields of a record in one line; a money field takes the record's currency. */
export function tellRecord(record: JsonObject, fields: readonly string[]): string {
  return fields
    .map((field) => textAt(record, field))
    .filter((text) => text !== undefined && text !== '')
    .join(' · ');
}

/** A tool's plain text where it gives no fields: shortened, as it is. */
export function tellText(text: string): string {
  const lines = text.split('\n').slice(0, 20).join('\n');
  return lines.length > 1500 ? `${lines.slice(0, 1499)}…` : lines;
}
