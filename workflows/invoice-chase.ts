import { z } from 'zod';
import { defineWorkflow } from '../src/workflow-kit.ts';

/**
 * Reminds customers of overdue invoices: lists them, writes each reminder, and puts all of them to people as one call,
 * so that what is approved is exactly what is sent. Whoever approves may take some out first («Edit…»).
 */
export default defineWorkflow({
  name: 'invoice-chase',
  title: 'Chase overdue invoices',
  input: z.object({
    days: z.coerce.number().int().min(1).max(365).default(14).describe('Overdue for at least so many days'),
    most: z.coerce.number().int().min(1).max(20).default(5).describe('How many reminders at most'),
  }),
  start: { command: true, mention: 'chase' },
  async run(ctx, { days, most }) {
    const listed = await ctx.tool('overdue', 'billing/list_invoices', { status: 'overdue', limit: 100 });
    if (!listed.isDone) {
      await ctx.say(`I cannot read the invoices: ${listed.text}`);
      return;
    }
    const overdue = [...listed.text.matchAll(line)]
      .map(([, invoice = '', name = '', customer = '', late = '', open = '', due = '']) => ({
        ...{ invoice, name, customer: Number(customer), late: Number(late), open, due },
      }))
      .filter(({ late }) => late >= days);
    const chosen = overdue.slice(0, most);
    if (chosen.length === 0) {
      await ctx.say(`No invoice is overdue for ${String(days)} days or more.`);
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

    const mails = reminders.flatMap(({ mail }) => mail ?? []);
    if (mails.length === 0) return;
    const about =
      mails.length === 1
        ? 'one reminder of an overdue invoice'
        : `${String(mails.length)} reminders of overdue invoices`;
    const sent = await ctx.tool('send', 'mail/send_many', { about, mails });
    await ctx.say(sent.isDone ? sent.text : `**Not all is sent.** ${sent.text}`, 'sent');
  },
});

/** «1042 Acme GmbH (88) · 480.00 USD · overdue 12 days · outstanding 480.00 · due 2026-11-01» */
const line = /^(\d+) (.+) \((\d+)\) · .*?(\d+) days?.*? · outstanding ([\d.]+) · due (\S+)$/gmu;
