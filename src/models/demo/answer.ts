/** Finds the next step for a conversation: the calls to make, or the final text. */
import type { Conversation } from './conversation.ts';
import type { Intent, Outcome, Scene } from './intent.ts';
import { addNote, listTickets, showCustomer, updateCustomer } from './intents/customer.ts';
import {
  bestCustomers,
  grouped,
  deleteCustomer,
  listCustomers,
  revenue,
  runSql,
  showSchema,
  stock,
} from './intents/database.ts';
import { listInvoices, listPayments, owed, showInvoice } from './intents/invoices.ts';
import { draftMail, searchMail, sendMail } from './intents/mail.ts';
import { credit, refund } from './intents/refund.ts';
import { talkWith } from './intents/talk.ts';
import type { OfferedTools } from './offered-tools.ts';
import { createRecords, playScript } from './script.ts';
import type { NextCall } from './script.ts';
import type { Wish, WishKind } from './wish.ts';

export type NextStep =
  | { readonly kind: 'calls'; readonly text: string; readonly calls: readonly NextCall[] }
  | { readonly kind: 'answer'; readonly text: string };

function intentsFor(tools: OfferedTools): Readonly<Record<WishKind, Intent>> {
  const talk = talkWith(tools);
  return {
    'greet': talk.greet,
    'help': talk.help,
    'thanks': talk.thanks,
    'yes': talk.yes,
    'no': talk.no,
    'again': talk.again,
    'change': talk.change,
    'no-tool': talk.noTool,
    'unknown': talk.lost,
    'show-customer': showCustomer,
    'list-customers': listCustomers,
    'delete-customer': deleteCustomer,
    'update-customer': updateCustomer,
    'add-note': addNote,
    'list-tickets': listTickets,
    'show-invoice': showInvoice,
    'list-invoices': listInvoices,
    'owed': owed,
    'list-payments': listPayments,
    'refund': refund,
    'credit': credit,
    'send-mail': sendMail,
    'draft-mail': draftMail,
    'search-mail': searchMail,
    'stock': stock,
    'best-customers': bestCustomers,
    'revenue': revenue,
    'grouped': grouped,
    'run-sql': runSql,
    'schema': showSchema,
  }; // prettier-ignore
}

const writes: Partial<Record<WishKind, string>> = {
  refund: 'the refund',
  credit: 'the credit',
  'send-mail': 'the mail',
  'draft-mail': 'the draft',
  'add-note': 'the note',
  'update-customer': 'the change',
  'delete-customer': 'the deletion',
};

interface Past {
  readonly wish: Wish;
  readonly outcome: Outcome;
}

export function findNextStep(conversation: Conversation, tools: OfferedTools): NextStep {
  const intents = intentsFor(tools);
  const records = createRecords(conversation.made);
  const past: Past[] = [];
  const texts: string[] = [];
  const stopAt = conversation.wishes.findIndex((wish, index) => wish.kind === 'no' && index > 0);
  for (const [index, wish] of conversation.wishes.entries()) {
    const later = conversation.wishes.slice(index + 1);
    const isReplaced = later.some((one) => one.replaces === true && one.kind === wish.kind);
    const skipped = skip(wish, past);
    if (skipped !== undefined) {
      texts.push(skipped);
      continue;
    }
    const scene = sceneAfter(past, later);
    const played = playScript(intents[wish.kind](wish, scene), tools, records);
    if (played.kind === 'calls') {
      // A change of mind takes the place of what has not been asked yet.
      if (isReplaced) continue;
      if (stopAt > index)
        return { kind: 'answer', text: [...texts, 'I stop here and make no further call.'].join('\n\n') };
      return { kind: 'calls', text: played.say, calls: played.calls };
    }
    past.push({ wish, outcome: played.result });
    if (!(isReplaced && played.result.state === 'open')) texts.push(played.result.text);
  }
  const text = [...new Set(texts)].join('\n\n');
  return { kind: 'answer', text: text === '' ? 'There is nothing left to do.' : text };
}

/** What is not done because of what became of an earlier part: said plainly, with the reason. */
function skip(wish: Wish, past: readonly Past[]): string | undefined {
  const what = writes[wish.kind];
  if (what === undefined) return undefined;
  const last = past.findLast((one) => writes[one.wish.kind] !== undefined);
  if (last === undefined) return undefined;
  if (wish.replaces === true && last.wish.kind === wish.kind) {
    if (last.outcome.state === 'done') return `I cannot change that any more: ${what} has happened.`;
    return last.outcome.state === 'unknown'
      ? `I do not try ${what} with other values while the first one may have happened.`
      : undefined;
  }
  if (wish.fromLaterMessage === true || last.outcome.state === 'done') return undefined;
  const earlier = writes[last.wish.kind] ?? 'the first part';
  const why =
    last.outcome.state === 'unknown'
      ? `it is not known what became of ${earlier}`
      : `${earlier} has not happened`;
  return `I leave out ${what}, as ${why}.`;
}

function sceneAfter(past: readonly Past[], later: readonly Wish[]): Scene {
  return {
    customer: past.findLast((one) => one.outcome.customer !== undefined)?.outcome.customer,
    did: past.findLast((one) => one.outcome.did !== undefined)?.outcome.did,
    later: later.map((wish) => wish.kind),
  };
}
