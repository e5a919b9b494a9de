import { z } from 'zod';
import { defineWorkflow, saidDays } from '../src/workflow-kit.ts';

/**
 * Reminds customers of overdue invoices: lists them, writes each reminder, and puts all of them to people as one plan,
 * a line for each mail. Each is then sent as its line has it, once; anything else would ask again.
 */
export default defineWorkflow({
  name: 'invoice-chase',
  title: 'Chase overdue invoices',
  input: z.object({
    days: z.coerce.number().int().min(1).max(365).default(14).describe('Overdue for at least so many days'),
    most: z.coerce.number().int().min(1).max(20).default(5).describe('How many reminders at most'),
    except: z.string().optional().describe('Invoices to leave out: 1042, 1050'),
    customer: z.string().optional().describe('Only invoices of this customer'),
  }),
  start: {
    ...{ command: true, words: readWords },
    mention: [
      ...[
        'chase',
        'chase up',
        'invoice chase',
        'follow up on overdue invoices',
        'remind … of overdue invoices',
      ],
      ...[
        'remind customers',
        'remind the customers',
        'remind our customers',
        'send reminders',
        'write reminders',
      ],
      ...['send payment reminders', 'write payment reminders'],
    ],
  },
  async run(ctx, { days, most, except = '', customer: only = '' }) {
    const listed = await ctx.tool('overdue', 'billing/list_invoices', { status: 'overdue', limit: 100 });
    if (!listed.isDone) {
      await ctx.say(`I cannot read the invoices: ${listed.text}`);
      return;
    }
    const leftOut = new Set(except.match(/\d+/gu));
    const overdue = [...listed.text.matchAll(line)]
      .map(([, invoice = '', name = '', customer = '', late = '', open = '', due = '']) => ({
        ...{ invoice, name, customer: Number(customer), late: Number(late), open, due },
      }))
      .filter(({ late, invoice }) => late >= days && !leftOut.has(invoice))
      .filter(
        ({ name, customer }) => only === String(customer) || name.toLowerCase().includes(only.toLowerCase()),
      );
    const chosen = overdue.slice(0, most);
    if (chosen.length === 0) {
      await ctx.say(
        `No invoice${only === '' ? '' : ` of ${only}`} is overdue for ${String(days)} days or more.`,
      );
      return;
    }
    const records = await ctx.all(
      chosen.map(
        ({ customer, invoice }) =>
          () =>
            ctx.tool(`customer-of-${invoice}`, 'crm/get_customer', { customer }),
      ),
    );
    const reminders = chosen.map((entry, index) => {
      const [, contact, to] = /^(.+?) · (\S+@\S+) · /mu.exec(records[index]?.text ?? '') ?? [];
      return { ...entry, mail: contact === undefined || to === undefined ? undefined : letter(contact, to) };

      function letter(name: string, address: string): { to: string; subject: string; body: string } {
        const { invoice, due, open, late } = entry;
        const body = `Hello ${name},\n\ninvoice ${invoice} was due on ${due}. ${open} are still open, ${String(late)} days later. Please pay this week, or tell us what is in the way.\n\nKind regards\nLarkspur Goods`;
        return { to: address, subject: `Reminder: invoice ${invoice}`, body };
      }
    });
    const rows = reminders.map(({ invoice, name, open, late, mail }) => {
      const cells = [invoice, name, open, `${String(late)} days`, mail?.to ?? 'no address, left out'];
      return `| ${cells.join(' | ')} |`;
    });
    const rest = overdue.length - chosen.length;
    const head = ['| invoice | customer | open | late | reminder to |', '| --- | --- | --- | --- | --- |'];
    const left = rest === 0 ? '' : ` ${String(rest)} more are not in this round.`;
    await ctx.say(
      [
        `**${String(chosen.length)} overdue for ${String(days)} days or more.**${left}`,
        '',
        ...head,
        ...rows,
      ].join('\n'),
      'plan',
    );

    const mails = reminders.flatMap(({ invoice, mail }) =>
      mail === undefined ? [] : [{ invoice, ...mail }],
    );
    if (mails.length === 0) return;
    const one = mails.length === 1;
    const plan = await ctx.approvePlan('reminders', {
      title: one
        ? 'Send one reminder of an overdue invoice'
        : `Send ${String(mails.length)} reminders of overdue invoices`,
      calls: mails.map(({ to, subject, body }) => ({
        ...{ tool: 'mail/send', times: 1, arguments: { to, subject, body } },
      })),
      lasts: { hours: 1 },
    });
    // Refused means that nobody was asked about all of them: then each asks for itself.
    if (plan.kind !== 'approved' && plan.kind !== 'refused') {
      await ctx.say(`**Nothing is sent.** ${plan.text}`, 'sent');
      return;
    }
    const sent: string[] = [];
    for (const { invoice, to, subject, body } of mails) {
      const { isDone, text } = await ctx.tool(`remind-of-${invoice}`, 'mail/send', { to, subject, body });
      sent.push(isDone ? `- ${invoice} to ${to}` : `- **${invoice} is not sent:** ${text}`);
    }
    const done = sent.filter((entry) => !entry.startsWith('- **')).length;
    await ctx.say([`**${String(done)} of ${String(mails.length)} sent.**`, ...sent].join('\n'), 'sent');
  },
});

/** «1042 Acme GmbH (88) · 480.00 USD · overdue 12 days · outstanding 480.00 · due 2026-11-01» */
const line = /^(\d+) (.+) \((\d+)\) · .*?(\d+) days?.*? · outstanding ([\d.]+) · due (\S+)$/gmu;

/** `overdue invoices of Acme for 30 days, at most 3, except 1042`. Whoever chases anything else is not meant. */
function readWords(text: string, opening: string): object | undefined {
  const isEmpty = text.replaceAll(/[\s.!,]|\b(?:please|now|them)\b/giu, '') === '';
  const isOfMoney = /\b(?:invoices?|overdue|unpaid|payments?|debts?|debtors?|days|most|except)\b/iu;
  const isOpening = opening === '' || /invoice|payment|send|write|chase/iu.test(opening);
  if (!isOfMoney.test(text) && !(isEmpty && isOpening)) return undefined;
  const days = saidDays(text);
  const [, most, first] =
    /\b(?:at most|up to|only|no more than|the first)\s+(\d{1,2})\b|\b(\d{1,2})\s+(?:oldest|reminders?)\b/iu.exec(
      text,
    ) ?? [];
  const [, left] = /\b(?:except|without|but not|leave out|skip)\b([\s,and#\dinvoice]*)/iu.exec(text) ?? [];
  const [, customer] =
    /\b(?:of|from)\s+(?!(?:the|last|our|all|this|more|over|overdue|unpaid|open|late|invoices?|payments?)\b)(?:customer\s+)?(\p{L}[\p{L}\d&' -]*?)(?=\s+(?:for|except|without|but|at most|up to|overdue|over|older|by|only)\b|[,.;]|\s*$)/iu.exec(
      text,
    ) ?? [];
  return {
    ...(days !== undefined && { days }),
    ...((most ?? first) !== undefined && { most: Number(most ?? first) }),
    ...(left !== undefined && /\d/u.test(left) && { except: (left.match(/\d+/gu) ?? []).join(', ') }),
    ...(customer !== undefined && { customer }),
  };
}
