import { z } from 'zod';
import { defineWorkflow } from '../src/workflow-kit.ts';

/**
 * Answers a ticket: looks up ticket, customer and invoice, asks what to tell the customer, and proposes the mail. Whoever
 * approves it may edit it first.
 */
export default defineWorkflow({
  name: 'customer-reply',
  title: 'Reply to a customer',
  input: z.object({
    ticket: z.coerce.number().int().positive().describe('Number of the ticket'),
    answer: z.string().optional().describe('What to tell the customer; asked for when empty'),
  }),
  start: {
    ...{ command: true, words: readWords },
    mention: [
      ...['reply to ticket', 'reply on ticket', 'answer ticket', 'respond to ticket', 'customer reply'],
      ...['reply to the customer', 'reply to customer', 'answer the customer', 'write back on ticket'],
      ...['write a reply to ticket', 'draft a reply to ticket', 'reply to the ticket', 'answer the ticket'],
    ],
  },
  async run(ctx, { ticket, answer }) {
    const found = await ctx.tool('ticket', 'crm/get_ticket', { ticket });
    const [, customer, subject] = /Customer (\d+) .*\nSubject: (.*)/u.exec(found.text) ?? [];
    if (!found.isDone || customer === undefined || subject === undefined) {
      await ctx.say(`I cannot read ticket ${String(ticket)}: ${found.text}`);
      return;
    }
    const invoice = /Invoice (\d+)/u.exec(found.text)?.[1];
    const [record, books] = await ctx.all([
      () => ctx.tool('customer', 'crm/get_customer', { customer: Number(customer) }),
      async () =>
        invoice === undefined
          ? undefined
          : ctx.tool('invoice', 'billing/get_invoice', { invoice: Number(invoice) }),
    ]);
    const [, contact, email] = /^(.+?) · (\S+@\S+) · /mu.exec(record.text) ?? [];
    if (contact === undefined || email === undefined) {
      await ctx.say(`Customer ${customer} has no mail address. Nothing was sent.`);
      return;
    }
    const facts = [found.text, record.text, books?.text].flatMap((text) => text ?? []);
    await ctx.say(['**What we know**', ...facts.map((text) => quote(text))].join('\n\n'), 'facts');

    const message = answer === undefined ? await askForWords() : { text: answer, byModel: false };
    if (message === undefined) {
      await ctx.say('Nobody said what to answer, so nothing was sent.', 'expired');
      return;
    }
    const body = message.byModel
      ? await ctx.agent('draft', {
          instructions:
            'Write the reply to this customer from the points given: plain text, short, friendly, no promises beyond the points. Answer with the text of the mail only.',
          input: { ticket: found.text, customer: record.text, invoice: books?.text, points: message.text },
          tools: [],
        })
      : { text: `Hello ${contact},\n\n${message.text}\n\nKind regards\nLarkspur Goods` };
    const sent = await ctx.tool('send', 'mail/send', {
      to: email,
      subject: `Re: ${subject}`,
      body: body.text,
    });
    if (!sent.isDone) {
      await ctx.say(`Nothing was sent. ${sent.text}`, 'not-sent');
      return;
    }
    await ctx.say(`${contact} has the answer. ${sent.text}`, 'done');

    async function askForWords(): Promise<{ text: string; byModel: boolean } | undefined> {
      const form = z.object({
        text: z.string().min(1).describe('What shall I tell them?'),
        byModel: z.boolean().default(false).describe('Let the model put it into words'),
      });
      const given = await ctx.ask('words', {
        title: `Reply to ticket ${String(ticket)}: ${subject ?? ''}`,
        form,
      });
      return given.kind === 'answered' ? given.value : undefined;
    }
  },
});

function quote(text: string): string {
  return text
    .split('\n')
    .slice(0, 12)
    .map((line) => `> ${line}`)
    .join('\n');
}

/** `141: new tumblers leave tomorrow`, `141 saying that …`; a bare number is read by itself. */
function readWords(text: string): object | undefined {
  if (/^\s*#?\d+\s+(?:is|was|were|has|had|went|came)\b/iu.test(text)) return undefined;
  const [, ticket, answer = ''] =
    /^(?:\s*(?:of|about|on|in|for)\s+ticket)?\s*#?(\d{1,9})(?:\s*[:,–—]\s*|\s+-\s+|\s+(?:saying|with|and (?:say|write|tell (?:them|him|her)))(?:\s+that)?\s+)(.+)$/isu.exec(
      text,
    ) ?? [];
  const isAnswer = /\p{L}/u.test(answer) && !/^(?:please|thanks|or\b|answer\s*[:=])/iu.test(answer);
  return isAnswer
    ? { ticket: Number(ticket), answer: answer.trim().replace(/^["«“](.*)["»”]$/su, '$1') }
    : {};
}
