import { z } from 'zod';
import { defineWorkflow } from '../src/workflow-kit.ts';

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
  }),
  start: { command: true, mention: 'chase' },
  async run(ctx, { days, most, except = '' }) {
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
      .filter(({ late, invoice }) => late >= days && !leftOut.has(invoice));
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
