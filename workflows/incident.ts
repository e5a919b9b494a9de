import { z } from 'zod';
import { defineWorkflow } from '../src/workflow-kit.ts';

/** Who may say what is new, beside whoever called it: roles or persons of `people.yaml`. */
const crew = ['engineering', 'approver'];
const mostUpdates = 30;

/**
 * Leads through an incident: collects what the tools know, agrees on severity and roles, keeps the timeline, puts each
 * mitigation to people while updates go on, and ends with a draft of the post-mortem.
 */
export default defineWorkflow({
  name: 'incident',
  title: 'Incident',
  input: z.object({
    title: z.string().optional().describe('What is wrong, in one line'),
    search: z.string().optional().describe('A word to look for in mails'),
  }),
  start: {
    command: true,
    mention: 'incident',
    trigger: (text) => ({ title: text.trim().split('\n')[0] }),
    // Alertmanager's alerts: the first one that fires names it; what is resolved calls nobody.
    webhook: (payload) => {
      const sent = alertmanager.safeParse(payload).data?.alerts ?? [];
      const firing = sent.find(({ status }) => status === 'firing');
      if (firing === undefined) return undefined;
      return { title: firing.annotations.summary ?? firing.labels.alertname ?? 'An alert' };
    },
  },
  async run(ctx, { title = ctx.text.replace(/^\/?incident\b[\s:,]*/iu, ''), search }) {
    const name = title.trim().split('\n')[0]?.slice(0, 120) || 'Incident';
    const who = [ctx.requester.id, ...crew];
    const timeline: { readonly at: Date; readonly what: string }[] = [];
    const note = (key: string, what: string): void => {
      timeline.push({ at: ctx.now(key), what: what.replaceAll(/\s+/gu, ' ') });
    };

    note('began', `called by ${ctx.requester.name}`);
    const [known, tickets, stock, mails] = await ctx.all([
      () => ctx.recall('known', { about: name, for: 'channel', limit: 3 }),
      () => ctx.tool('tickets', 'crm/list_tickets', { status: 'open', limit: 5 }),
      () => ctx.tool('stock', 'database/query', { sql: lowStock }),
      async () =>
        search === undefined ? undefined : ctx.tool('mails', 'mail/search', { query: search, limit: 3 }),
    ]);
    await ctx.say(
      [
        `**${name}**: what the tools know`,
        ...(known.text.startsWith('[') ? ['**Known here**', block(known.text)] : []),
        ...['**Open tickets**', block(tickets.text), '**Stock at its limit**', block(stock.text)],
        ...(mails === undefined ? [] : ['**Mails**', block(mails.text)]),
      ].join('\n'),
      'facts',
    );

    const roles = await ctx.ask('roles', {
      title: `${name}: how bad is it, and who does what?`,
      form: z.object({
        severity: z.enum(['1 everybody is stopped', '2 many are', '3 a few are', '4 nobody yet']),
        lead: z.string().min(1).describe('Who leads'),
        scribe: z.string().optional().describe('Who writes things down'),
      }),
      ...{ who, within: { hours: 4 } },
    });
    if (roles.kind === 'answered') {
      const { severity, lead, scribe } = roles.value;
      const words = `Severity ${severity}. ${lead} leads${scribe === undefined ? '' : `, ${scribe} writes`}.`;
      note('roles-given', words);
      await ctx.say(words, 'roles-said');
    }

    await takeUpdates(1);
    note('ended', 'over');
    await ctx.say(postMortem(name, timeline), 'post-mortem');

    /** One update after the other until it is over. What waits for people holds none of them up. */
    async function takeUpdates(round: number): Promise<void> {
      const key = `update-${String(round)}`;
      const update = await ctx.ask(key, {
        title: `${name}: what is new?`,
        form: z.object({
          update: z.string().min(1).describe('What happened or was found'),
          mitigation: z.string().optional().describe('SQL that helps; two people decide about it'),
          isOver: z.boolean().default(false).describe('It is over'),
        }),
        ...{ who, within: { days: 3 } },
      });
      if (update.kind === 'expired') {
        note(`${key}-silence`, 'no word for three days, so it counts as over');
        return;
      }
      const { update: words, mitigation = '', isOver } = update.value;
      note(`${key}-came`, `${update.by}: ${words}`);
      await ctx.say(`**Update ${String(round)}** by ${update.by}: ${words}`, `${key}-said`);
      await ctx.all([
        async () => (mitigation.trim() === '' ? undefined : mitigate(key, mitigation)),
        async () => (isOver || round === mostUpdates ? undefined : takeUpdates(round + 1)),
      ]);
    }

    async function mitigate(key: string, sql: string): Promise<void> {
      const done = await ctx.tool(`${key}-mitigation`, 'database/execute', { sql });
      const words = done.isDone ? `The mitigation ran. ${done.text}` : `It did not run. ${done.text}`;
      note(`${key}-mitigated`, `${words} ${sql}`);
      await ctx.say(words, `${key}-ran`);
    }
  },
});

const lowStock = 'SELECT sku, name, stock FROM products WHERE stock <= reorder_at ORDER BY stock LIMIT 5';

const alertmanager = z.object({
  alerts: z.array(
    z.object({
      status: z.string(),
      labels: z.object({ alertname: z.string().optional() }).default({}),
      annotations: z.object({ summary: z.string().optional() }).default({}),
    }),
  ),
});

function postMortem(name: string, timeline: readonly { readonly at: Date; readonly what: string }[]): string {
  const lines = timeline
    .toSorted((left, right) => left.at.getTime() - right.at.getTime())
    .map(({ at, what }) => `- ${at.toISOString().slice(0, 16).replace('T', ' ')} UTC: ${what}`);
  return [
    ...[`**Post-mortem (draft): ${name}**`, '', '**Timeline**', ...lines, '', '**To fill in**'],
    ...['- What did it mean for customers?', '- Why did it happen?', '- Why was it not noticed sooner?'],
    '- What changes, who does it, until when?',
  ].join('\n');
}

function block(text: string): string {
  return ['```', text.replaceAll('```', "'''").slice(0, 1_500), '```'].join('\n');
}
