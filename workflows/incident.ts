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
    severity: z.coerce.number().int().min(1).max(4).optional().describe('1 is the worst, 4 the mildest'),
    lead: z.string().optional().describe('Who leads'),
  }),
  start: {
    ...{ command: true, words: readWords },
    mention: [
      ...[
        'incident',
        'outage',
        'we have an incident',
        'there is an incident',
        'we have an outage',
        'there is an outage',
      ],
      ...[
        'sev1',
        'sev2',
        'sev3',
        'sev4',
        'sev 1',
        'sev 2',
        'sev 3',
        'sev 4',
        'sev-1',
        'sev-2',
        'sev-3',
        'sev-4',
      ],
      ...['severity 1', 'severity 2', 'severity 3', 'severity 4'],
    ],
    trigger: (text) => ({ title: text.trim().split('\n')[0], severity: severityIn(text) }),
    // Alertmanager's alerts: the first one that fires names it; what is resolved calls nobody.
    webhook: (payload) => {
      const sent = alertmanager.safeParse(payload).data?.alerts ?? [];
      const firing = sent.find(({ status }) => status === 'firing');
      if (firing === undefined) return undefined;
      return { title: firing.annotations.summary ?? firing.labels.alertname ?? 'An alert' };
    },
  },
  async run(ctx, { title = ctx.text.replace(/^\/?incident\b[\s:,]*/iu, ''), search, severity, lead }) {
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
      ].join('\n\n'),
      'facts',
    );

    const level = levels.find((words) => words.startsWith(String(severity)));
    const said = [
      ...(level === undefined ? [] : [`Severity ${level}.`]),
      ...(lead === undefined ? [] : [`${lead} leads.`]),
    ].join(' ');
    if (said !== '') {
      note('given-at-once', said);
      await ctx.say(said, 'said-at-once');
    }
    if (level === undefined || lead === undefined) await askForRoles();

    await takeUpdates(1);
    note('ended', 'over');
    await ctx.say(postMortem(name, timeline), 'post-mortem');

    /** Asks for what was not said at once; what was said may still be corrected. */
    async function askForRoles(): Promise<void> {
      const roles = await ctx.ask('roles', {
        title: `${name}: ${level === undefined ? 'how bad is it, and who does what?' : 'who does what?'}`,
        form: z.object({
          severity: level === undefined ? z.enum(levels) : z.enum(levels).default(level),
          lead:
            lead === undefined
              ? z.string().min(1).describe('Who leads')
              : z.string().min(1).default(lead).describe('Who leads'),
          scribe: z.string().optional().describe('Who writes things down'),
        }),
        ...{ who, within: { hours: 4 } },
      });
      if (roles.kind !== 'answered') return;
      const { value } = roles;
      const writes = value.scribe === undefined ? '' : `, ${value.scribe} writes`;
      const words = `Severity ${value.severity}. ${value.lead} leads${writes}.`;
      note('roles-given', words);
      await ctx.say(words, 'roles-said');
    }

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

const levels = ['1 everybody is stopped', '2 many are', '3 a few are', '4 nobody yet'] as const;

const severityWords = /\bsev(?:erity)?[\s-]*(?:is\s+)?([1-4])\b/iu;

function severityIn(text: string): number | undefined {
  const [, digit] = severityWords.exec(text) ?? [];
  return digit === undefined ? undefined : Number(digit);
}

/** `severity 1, Cho leads: the shop is down`. What only speaks of incidents calls nobody. */
function readWords(text: string, opening: string): object | undefined {
  if (
    /^\s*(?:reports?|history|lists?|polic(?:y|ies)|process|handbook|templates?|response|management|of|from|last|statistics|is over|was)\b/iu.test(
      text,
    )
  )
    return undefined;
  const severity = severityIn(`${opening} ${text}`);
  const [, leads, led] =
    /\b(\p{L}[\p{L}\d-]*)\s+leads\b|\b(?:led by|lead is|lead)\s+@?(\p{L}[\p{L}\d-]*)/iu.exec(text) ?? [];
  const lead = leads ?? led;
  const title = text
    .replaceAll(/\b(?:title|search|severity|lead)\s*[:=]\s*(?:"[^"]*"|\S+)/giu, ' ')
    .replace(severityWords, ' ')
    .replace(/\(\s*\)/u, ' ')
    .replace(/\b\p{L}[\p{L}\d-]*\s+leads\b|\b(?:led by|lead is)\s+@?\p{L}[\p{L}\d-]*/iu, ' ')
    .replaceAll(/[^\S\n]+/gu, ' ')
    .replace(/^[\s:,.;()-]*(?:of|with|that|because)?[\s:,.;()-]+|[\s:,;(-]+$/giu, '');
  return {
    ...(title !== '' && { title }),
    ...(severity !== undefined && { severity }),
    ...(lead !== undefined && { lead }),
  };
}

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
