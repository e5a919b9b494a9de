import { z } from 'zod';
import { defineWorkflow, saidDays, whereSent } from '../src/workflow-kit.ts';
import type { Activity, ActivityEntry, Showing } from '../src/workflow-kit.ts';

const dayMs = 24 * 3_600_000;

/** Asked so many hours ago or more: it gets old. */
const ageingHours = 4;
const shownFirst = 5;
const shownQuestions = 3;

/**
 * Says what happened in a channel, or to one person: what waits first and what nobody has answered, then what was
 * decided, ran and was spent.
 */
export default defineWorkflow({
  name: 'daily-digest',
  title: 'Daily digest',
  input: z.object({
    person: z.string().optional().describe('A person of people.yaml, or me; the channel when empty'),
    days: z.coerce.number().int().min(1).max(31).default(1).describe('How many days back'),
  }),
  start: {
    ...{ command: true, words: readWords, headline },
    mention: [
      'digest',
      'daily digest',
      'my digest',
      'my daily digest',
      'what happened',
      'catch me up',
      'what did i miss',
    ],
  },
  async run(ctx, { person, days }) {
    if (person === 'me' && !ctx.isDirect) {
      const input = { person, days };
      const sent = await ctx.startDirectly('to-you', { workflow: 'daily-digest', input, text: ctx.text });
      if (sent !== undefined) {
        await ctx.say(`${ctx.requester.name}, I make your digest. ${whereSent(sent)}`);
        return;
      }
    }
    const of = person === 'me' ? ctx.requester.id : person;
    const activity = await ctx.activity('activity', { days, ...(of !== undefined && { person: of }) });
    const picture = trendPicture(activity);
    if (picture === undefined) await ctx.say(summary(activity));
    else await ctx.show('say', { text: summary(activity), file: picture });
    if (activity.offers !== undefined && activity.offers.length > 0)
      await ctx.offer('act-here', activity.offers);
    const more = details(activity);
    if (more !== undefined) await ctx.say(more, 'details');
  },
});

/** `of me`, `of ana for 7 days`. «What happened to invoice 1042» asks for no digest. */
function readWords(text: string, opening: string): object | undefined {
  const isTime =
    /^[\s?.!]*$|^\s*(?:here|today|yesterday|lately|recently|since|this|(?:in|over) (?:the|this|our)|(?:the )?last)\b/iu;
  if (/^(?:what|catch)/iu.test(opening) && !isTime.test(text)) return undefined;
  if (/^\s*(?:of|for)\s+(?:the|this|that|an?)\s+(?:article|document|file|pdf|report|mail)\b/iu.test(text))
    return undefined;
  const named =
    /\b(?:of|for)\s+@?(?!(?:the|this|our|last|past|today|yesterday|an?|one|two|three)\b)([a-z][\w-]*)/iu
      .exec(text)?.[1]
      ?.toLowerCase();
  const person = named ?? (/^my\b/iu.test(opening) ? 'me' : undefined);
  const days = saidDays(text);
  return { ...(person !== undefined && { person }), ...(days !== undefined && { days }) };
}

/** Above the thread that a schedule opens. */
function headline({ runs, waiting, waitsMore, questions = [] }: Activity): string {
  const waits = waiting.length === 0 ? 'nothing waits' : `${count(waiting, waitsMore)} waiting`;
  const unanswered = questions.length === 0 ? '' : `, ${String(questions.length)} unanswered`;
  return `Digest: ${waits}${unanswered}, ${plural(runs.started, 'run')}`;
}

function summary(activity: Activity): string {
  const { runs, before, usd, tokens, waiting, waitsMore, decisions, troubles, days } = activity;
  const { name, isUnknown = false, questions = [], requests = [] } = activity;
  const whose = name === undefined ? '' : ` for ${name}`;
  const time = days === 1 ? 'the last 24 hours' : `the last ${String(days)} days`;
  const entries = [waiting, questions, requests, decisions, troubles];
  if (runs.started === 0 && entries.every(({ length }) => length === 0)) {
    if (isUnknown) return `I know no person «${plain(activity.of)}». Give me an id of people.yaml, or me.`;
    return `Nothing happened in ${time}, and nothing waits.`;
  }
  const lines = [`**Digest of ${time}${whose === '' ? '' : `,${whose}`}**`];
  if (waiting.length > 0) {
    lines.push(
      '',
      `**Waiting${whose}: ${count(waiting, waitsMore)}${ageing(waiting)}.** \`/countersign approvals\` shows yours with buttons.`,
      ...waiting.slice(0, shownFirst).map(entryLine),
    );
  }
  if (questions.length > 0)
    lines.push(
      '',
      `**Unanswered: ${count(questions, questions.length >= 12)}${ageing(questions)}.**`,
      ...questions.slice(0, shownQuestions).map(entryLine),
    );
  if (requests.length > 0)
    lines.push(
      '',
      `**Requests of ${name ?? activity.of} that wait: ${count(requests, requests.length >= 12)}.**`,
      ...requests.slice(0, shownQuestions).map(entryLine),
    );
  if (troubles.length > 0)
    lines.push(
      '',
      `**Stuck:** ${count(troubles, troubles.length >= 12)} failed or need an operator, see below`,
    );
  // Without words between them two lists become one.
  if (lines.length > 1) lines.push('', '**In all**');
  lines.push(
    '',
    `- **Decided:** ${decided(activity)}`,
    `- **Runs:** ${String(runs.started)} (${change(runs.started - before.started)}): ${String(runs.done)} done, ${String(runs.failed)} failed, ${String(runs.stopped)} stopped, ${String(runs.open)} open`,
    `- **Spent:** ${usd.toFixed(2)} USD (${change(usd - before.usd, 2)}), ${tokens.toLocaleString('en')} tokens`,
  );
  return lines.join('\n');
}

/** The last stretches of time as columns; one alone is no trend. */
function trendPicture({ trend, days, until }: Activity): Showing['file'] | undefined {
  if (trend.filter((runs) => runs > 0).length < 2) return undefined;
  const end = new Date(until).getTime();
  const labels = trend.map((_runs, index) =>
    new Date(end - (trend.length - 1 - index) * days * dayMs).toLocaleDateString('en-GB', {
      ...{ day: 'numeric', month: 'short', timeZone: 'UTC' },
    }),
  );
  const title =
    days === 1
      ? 'Runs a day, the last one up to now'
      : `Runs in ${String(days)} days each, by their last day`;
  const series = [{ name: 'runs', values: [...trend] }];
  return { kind: 'chart', name: 'runs.png', chart: { kind: 'columns', title, labels, series } };
}

/** What does not belong on the first screen. */
function details({
  waiting,
  questions = [],
  requests = [],
  decisions,
  troubles,
  workflows,
}: Activity): string | undefined {
  const lines: string[] = [];
  const section = (title: string, entries: readonly string[]): void => {
    if (entries.length > 0) lines.push(...(lines.length > 0 ? [''] : []), `**${title}**`, ...entries);
  };
  section('Also waiting', waiting.slice(shownFirst).map(entryLine));
  section('Also unanswered', questions.slice(shownQuestions).map(entryLine));
  section('Also requested', requests.slice(shownQuestions).map(entryLine));
  section('Failed or parked', troubles.map(entryLine));
  section(
    'Decisions',
    decisions.slice(0, 12).map(({ tool, title, state, by, reason, link }) => {
      const who = by === undefined ? '' : ` by ${by}`;
      const why = reason === undefined || reason === '' ? '' : `: ${plain(reason)}`;
      return `- ${plain(title ?? tool)} ${state}${who}${why}${open(link)}`;
    }),
  );
  if (workflows.length > 1)
    section(
      'Runs by workflow',
      workflows.map(({ title, runs }) => `- ${title}: ${String(runs)}`),
    );
  return lines.length === 0 ? undefined : lines.join('\n');
}

function entryLine({ what, requester, hours, link }: ActivityEntry): string {
  const age =
    hours < 1 ? 'just now' : hours < 48 ? `${String(hours)} h` : `${String(Math.floor(hours / 24))} days`;
  return `- ${plain(what)}, asked by ${requester}, ${age}${hours >= ageingHours ? ' **(ageing)**' : ''}${open(link)}`;
}

/** How many of them get old. */
function ageing(entries: readonly ActivityEntry[]): string {
  const old = entries.filter(({ hours }) => hours >= ageingHours).length;
  const all = entries.length === 1 ? '' : `${String(old)} of them `;
  return old === 0 ? '' : `, ${all}for ${String(ageingHours)} hours or longer`;
}

function decided({ decisions }: Activity): string {
  const states = [...new Set(decisions.map(({ state }) => state))];
  if (states.length === 0) return 'nothing';
  return states
    .map((state) => `${String(decisions.filter((entry) => entry.state === state).length)} ${state}`)
    .join(', ');
}

/** Words of others, short and without any formatting of theirs. */
function plain(text: string): string {
  const short = text.length > 110 ? `${text.slice(0, 109)}…` : text;
  return short.replaceAll(/[\\`*_~[\]<>|]/gu, String.raw`\$&`);
}

function open(link: string | undefined): string {
  return link === undefined ? '' : ` [open](${link})`;
}

function count(entries: readonly unknown[], hasMore: boolean): string {
  return `${String(entries.length)}${hasMore ? ' or more' : ''}`;
}

function plural(amount: number, word: string): string {
  return `${String(amount)} ${word}${amount === 1 ? '' : 's'}`;
}

function change(by: number, digits = 0): string {
  return by === 0 ? 'as before' : `${by > 0 ? '+' : '−'}${Math.abs(by).toFixed(digits)}`;
}
