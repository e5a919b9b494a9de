/** Mail: write to a customer or an address, draft, search. The text of a mail comes from the request alone. */
import { capital } from '../../../core/capital.ts';
import { findSubject, named, open } from '../intent.ts';
import type { Intent, Outcome, Scene } from '../intent.ts';
import { lookUpCustomer, readCustomer } from '../look-up.ts';
import type { Customer, LookUp } from '../look-up.ts';
import { listAt, numberAt, textAt } from '../read-result.ts';
import { callTool } from '../script.ts';
import type { Script } from '../script.ts';
import { tellFailure, tellLines, tellText } from '../tell.ts';
import type { Wish } from '../wish.ts';

interface Recipient {
  readonly to: string;
  readonly name: string;
  readonly contact: string | undefined;
  readonly customer: Customer | undefined;
}

export const sendMail: Intent = (wish, scene) => write(wish, scene, 'send');
export const draftMail: Intent = (wish, scene) => write(wish, scene, 'draft');

function* write(wish: Wish, scene: Scene, verb: 'send' | 'draft'): Script<Outcome> {
  const recipient = yield* findRecipient(wish, scene);
  if (recipient.kind === 'stopped') return open(recipient.text);
  const { to, name, contact, customer } = recipient.found;
  const letter = compose(wish, scene, contact ?? (customer === undefined ? undefined : name));
  if (letter === undefined)
    return open(`What shall I write to ${customer === undefined ? to : named(customer)}?`);
  const reading = yield* callTool(
    verb === 'send' ? `I propose a mail to ${name} at ${to}.` : `I draft a mail to ${name}.`,
    {
      tool: `mail/${verb}`,
      args: { to, subject: letter.subject, body: letter.body },
      effect: 'write',
    },
  );
  if (reading.kind !== 'answered') {
    const nothing = verb === 'send' ? 'No mail is sent.' : 'No draft is kept.';
    const text = tellFailure(reading, {
      what: `the mail to ${to}`,
      nothing,
      customer: customer?.id.toString(),
    });
    return { text, state: reading.kind === 'unknown-outcome' ? 'unknown' : 'not-done', customer };
  }
  const told = /^Sent to ([^\s:]{1,200}): «([^»\n]{0,200})»/u.exec(reading.text);
  const subject = textAt(reading.data, 'subject') ?? told?.[2] ?? letter.subject;
  const sent = textAt(reading.data, 'to') ?? told?.[1] ?? to;
  const text =
    verb === 'send'
      ? `The mail to ${sent} is sent: «${subject}».`
      : `The draft to ${sent} is kept: «${subject}».\n\n${letter.body}`;
  return { text, state: 'done', customer };
}

function* findRecipient(wish: Wish, scene: Scene): Script<LookUp<Recipient>> {
  if (wish.email !== undefined)
    return {
      kind: 'found',
      found: { to: wish.email, name: wish.email, contact: undefined, customer: undefined },
    };
  if (wish.customer === undefined && scene.customer === undefined && (wish.invoices?.length ?? 0) === 0) {
    return { kind: 'stopped', text: 'To whom shall I write? Name a customer or give me an e-mail address.' };
  }
  // The customer that an earlier part of the same message settled is the one to write to.
  const settled =
    scene.customer !== undefined && (wish.customer === undefined || wish.points === true)
      ? scene.customer
      : undefined;
  const first: LookUp<Customer> =
    settled === undefined
      ? yield* findSubject(wish, scene, 'to write to')
      : { kind: 'found', found: settled };
  if (first.kind === 'stopped') return first;
  const whole = first.found.email === undefined ? yield* readCustomer(first.found.id) : first;
  if (whole.kind === 'stopped') return whole;
  const { email, name, contact } = whole.found;
  if (email === undefined || email === '')
    return { kind: 'stopped', text: `${named(whole.found)} has no e-mail address. Give me one and I write.` };
  return { kind: 'found', found: { to: email, name, contact, customer: whole.found } };
}

interface Letter {
  readonly subject: string;
  readonly body: string;
}

function compose(wish: Wish, scene: Scene, name: string | undefined): Letter | undefined {
  const core = sentences(wish, scene);
  if (core === undefined) return undefined;
  const subject = (wish.subject ?? core.subject).replace(/\s+/gu, ' ').trim().slice(0, 200);
  const greeting = name === undefined ? 'Hello,' : `Dear ${name},`;
  return {
    subject: subject === '' ? 'A message from us' : subject,
    body: `${greeting}\n\n${core.text.slice(0, 18_000)}\n\nKind regards\nLarkspur Goods`,
  };
}

interface Core {
  readonly subject: string;
  readonly text: string;
}

function sentences(wish: Wish, scene: Scene): Core | undefined {
  const id = wish.invoices?.[0];
  const onInvoice = id === undefined ? 'A message from us' : `Your invoice ${id}`;
  const { content } = wish;
  if (content?.kind === 'topic' && /\bremind/iu.test(wish.words)) return plainSort(wish, id);
  if (content === undefined || isAboutDeed(content.text, scene)) {
    if (scene.did !== undefined) return { subject: subjectOfDeed(scene.did, id), text: sentence(scene.did) };
    const sort = plainSort(wish, id);
    return sort ?? (content === undefined ? undefined : topic(content.text, id));
  }
  const pieces = { say: said, topic, ask: asked } as const;
  return pieces[content.kind](content.text, id, onInvoice);
}

/** «about the refund», right after the refund was made in the same message. */
function isAboutDeed(text: string, scene: Scene): boolean {
  return (
    scene.did !== undefined &&
    /^(?:about )?(?:the |it|this|that)?\s?(?:refund|credit|change)?\.?$/iu.test(text.trim())
  );
}

function subjectOfDeed(did: string, id: string | undefined): string {
  if (did.includes('refunded')) return id === undefined ? 'Your refund' : `Your refund on invoice ${id}`;
  return did.includes('credited') ? 'Your credit' : 'A change in your record';
}

function plainSort(wish: Wish, id: string | undefined): Core | undefined {
  if (/\b(?:reminder|remind|overdue)\b/iu.test(wish.words)) {
    const what = id === undefined ? 'your open invoice' : `invoice ${id}`;
    return {
      subject: id === undefined ? 'A reminder' : `Reminder: invoice ${id}`,
      text: `This is a friendly reminder about ${what}. Please pay it, or tell us if something is wrong with it.`,
    };
  }
  if (/\b(?:apology|apologise|apologize|sorry)\b/iu.test(wish.words)) {
    return {
      subject: id === undefined ? 'We are sorry' : `We are sorry: invoice ${id}`,
      text: 'We are sorry for the trouble. Please tell us how we can put it right.',
    };
  }
  if (id !== undefined && /\binvoice\b/iu.test(wish.words)) return topic(`invoice ${id}`, id);
  return undefined;
}

function said(text: string, _id: string | undefined, onInvoice: string): Core {
  return {
    subject:
      onInvoice === 'A message from us' && text.length <= 60 && !text.includes('\n')
        ? capital(text).replace(/\.$/u, '')
        : onInvoice,
    text: sentence(text),
  };
}

function topic(text: string, _id: string | undefined): Core {
  const what = text.replace(/[.!?]$/u, '');
  const own = /^(?:the|our|my|your|this|that)\s/iu.test(what)
    ? what
    : /^invoice/iu.test(what)
      ? what
      : `${/^\p{L}/u.test(what) && !/s$/u.test(what) && !what.includes(' ') ? 'the ' : ''}${what}`;
  return {
    subject: capital(what).slice(0, 120),
    text: `We write to you about ${own}. Please answer this mail if you have a question about it.`,
  };
}

function asked(text: string, id: string | undefined): Core {
  const what = text.replace(/^(?:(?:them|him|her)\s)?(?:for\s)?/iu, '').replace(/[.!?]$/u, '');
  const about = id === undefined ? '' : ` for invoice ${id}`;
  const isThing = /^(?:an?|the|some|more|his|her|their|proof|evidence)\s/iu.test(what) || !what.includes(' ');
  const request = isThing
    ? `Could you please send us ${what.replace(/^(?:their|his|her)\s/iu, 'your ')}${about}?`
    : `We have a question${about}: ${what}?`;
  return {
    subject: `A question${about === '' ? ' for you' : about.replace(' for', ' about')}`,
    text: request,
  };
}

function sentence(text: string): string {
  const line = capital(text.trim());
  return /[.!?]$/u.test(line) ? line : `${line}.`;
}

export const searchMail: Intent = function* (wish) {
  const query = wish.content?.text ?? wish.customer;
  if (query === undefined)
    return open('What shall I look for in the mail? For example: «search mail for broken delivery».');
  const words = (wish.customer !== undefined && !query.includes(wish.customer) ? wish.customer : query).slice(
    0,
    200,
  );
  const known = /^\d+$/u.test(words) ? yield* lookUpCustomer(words) : undefined;
  const term = known?.kind === 'found' ? known.found.name : words;
  const reading = yield* callTool(`I search the mail for «${term}».`, {
    tool: 'mail/search',
    args: { query: term },
    effect: 'read',
  });
  if (reading.kind !== 'answered')
    return open(tellFailure(reading, { what: 'the search in the mail', nothing: 'Nothing is changed.' }));
  const mails = listAt(reading.data, 'mails');
  if (mails === undefined) return { text: tellText(reading.text), state: 'done' };
  if (mails.length === 0) return { text: `No mail holds «${term}».`, state: 'done' };
  const lines = mails.map((one) => {
    const body = (textAt(one, 'body') ?? '').replace(/\s+/gu, ' ');
    return `${textAt(one, 'at')?.slice(0, 10) ?? ''} · ${textAt(one, 'from') ?? ''} · «${textAt(one, 'subject') ?? ''}»: ${body.length > 140 ? `${body.slice(0, 139)}…` : body}`;
  });
  const total = numberAt(reading.data, 'total') ?? mails.length;
  return {
    text: `${String(total)} ${total === 1 ? 'mail holds' : 'mails hold'} «${term}»:\n${tellLines(lines, total)}`,
    state: 'done',
  };
};
