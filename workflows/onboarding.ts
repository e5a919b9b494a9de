import { z } from 'zod';
import { defineWorkflow } from '../src/workflow-kit.ts';
import type { WorkflowContext } from '../src/workflow-kit.ts';

interface Task {
  readonly key: string;
  /** Counted from the first day. */
  readonly day: number;
  readonly what: string;
  /** Roles or persons that may tick it off; whoever asked when absent. */
  readonly who?: readonly string[];
}

const checklist: readonly Task[] = [
  { key: 'laptop', day: 0, what: 'Laptop and phone are handed over', who: ['engineering'] },
  { key: 'tour', day: 0, what: 'Shown around, knows whom to ask' },
  { key: 'goals', day: 7, what: 'Goals of the first month are agreed' },
  { key: 'talk', day: 30, what: 'Talk after the first month' },
];
const systems = ['crm', 'billing', 'database', 'mail'] as const;
const reminders = 3;
const accessDays = 60;

/**
 * Onboards somebody over a month: access for a while and a welcome at once, then each task on its day, with a reminder a
 * day until it is done.
 */
export default defineWorkflow({
  name: 'onboarding',
  title: 'Onboarding',
  input: z.object({
    person: z.string().describe('Who begins'),
    mail: z.email().optional().describe('Where to welcome them'),
    access: z.enum(systems).default('crm').describe('What they need first'),
    role: z.string().optional().describe('As what'),
  }),
  start: { command: true, mention: ['onboarding', 'onboard', 'on-board', 'welcome'], words: readWords },
  async run(ctx, { person, mail, access, role }) {
    const began = ctx.now('began').getTime();
    await ctx.all([
      // A run of its own asks for the access, and takes it back when its time is over.
      () =>
        ctx.child('access', {
          workflow: 'access-request',
          input: {
            person,
            system: access,
            days: accessDays,
            reason: `onboarding${role === undefined ? '' : ` as ${role}`}`,
          },
        }),
      () => welcome(ctx, person, mail),
      () => goThrough(ctx, person, (days) => new Date(began + days * 86_400_000)),
    ]);
  },
});

async function welcome(ctx: WorkflowContext, person: string, mail: string | undefined): Promise<void> {
  if (mail === undefined) return;
  const sent = await ctx.tool('welcome', 'mail/send', {
    to: mail,
    subject: 'Welcome to Larkspur Goods',
    body: `Hello ${person},\n\nwe are glad that you are here. Today you get your things and meet the team.\n\nLarkspur Goods`,
  });
  await ctx.say(sent.isDone ? sent.text : `No welcome was sent. ${sent.text}`, 'welcome-said');
}

/** The checklist, day by day. */
async function goThrough(
  ctx: WorkflowContext,
  person: string,
  dayAfter: (days: number) => Date,
): Promise<void> {
  const open: string[] = [];
  for (const day of new Set(checklist.map((task) => task.day))) {
    if (day > 0) await ctx.sleep(`day-${String(day)}`, dayAfter(day));
    const due = checklist.filter((task) => task.day === day);
    const done = await ctx.all(due.map((task) => () => isDone(ctx, person, task)));
    const lines = due.map(({ what }, index) => `${done[index] === true ? '✓' : '✗ not done:'} ${what}`);
    open.push(...due.filter((_, index) => done[index] !== true).map(({ what }) => what));
    await ctx.say([`**Day ${String(day)}**`, ...lines].join('\n'), `day-${String(day)}-said`);
  }
  const rest = open.length === 0 ? '' : ` Still open: ${open.join('; ')}.`;
  await ctx.say(`${person} is on board.${rest}`, 'on-board');
}

/** Asks once a day until somebody says yes; false after the last reminder. */
async function isDone(ctx: WorkflowContext, person: string, { key, what, who }: Task): Promise<boolean> {
  for (let round = 0; round <= reminders; round += 1) {
    const answer = await ctx.ask(`${key}-${String(round)}`, {
      title: `${person}: ${what}?${round === 0 ? '' : ` (reminder ${String(round)} of ${String(reminders)})`}`,
      form: z.object({ isDone: z.boolean().describe(what), remark: z.string().optional() }),
      ...{ ...(who !== undefined && { who }), within: { days: 1 } },
    });
    if (answer.kind !== 'answered') continue;
    if (answer.value.isDone) return true;
    // A plain «no» is asked again tomorrow, not at once.
    await ctx.sleep(`${key}-${String(round)}-later`, { days: 1 });
  }
  return false;
}

const wantedSystem = new RegExp(
  String.raw`\b(?:access(?:\s+to)?|needs?)\s+(?:the\s+)?(${systems.join('|')})\b`,
  'iu',
);
/** Words that stand for somebody without saying who. */
const nobody =
  /^(?:him|her|them|me|us|somebody|someone|everybody|everyone|people|colleagues?|hires?|please)$/iu;
/** What somebody says about onboarding, not to begin one. */
const noBeginning =
  /^\W*(?:(?:our|the|new|a|for)\s+)*(?:checklists?|documents?|docs|process|policy|guide|material|plans?|steps|took|takes|is|was|status|customers?|to\b|back\b|email|mails?)/iu;

/** `Kim Lee as engineer, kim@larkspur.example, with access to billing`. */
function readWords(text: string, opening: string): object | undefined {
  if (noBeginning.test(text)) return undefined;
  const mail = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/u.exec(text)?.[0];
  const [, system] = wantedSystem.exec(text) ?? [];
  const [, role] =
    /\bas\s+(?:(?:an?|our|the|new)\s+)*(\p{L}[\p{L} -]*?)(?=\s+(?:with|from|on|starting|and|in|who|at|needs?)\b|[,.;:!?(]|\s*$)/iu.exec(
      text,
    ) ?? [];
  const [, name] =
    /^\s*[:,-]?\s*(?:(?:for|of|our|the|an?|new|colleague|employee|hire)\s+)*@?(\p{L}[\p{L}\d'’.-]*(?:\s+\p{L}[\p{L}\d'’-]*){0,3}?)(?=\s+(?:as|with|who|from|on|starting|needs?|and|at|today|tomorrow|please)\b|\s*[,;:(]|\s+\S+@|[.!?]?\s*$)/iu.exec(
      text,
    ) ?? [];
  const person = name === undefined || nobody.test(name) ? undefined : name;
  // «Welcome» alone greets more often than it begins anything.
  if (/^welcome/iu.test(opening) && (person === undefined || role === undefined)) return undefined;
  return {
    ...(person !== undefined && { person }),
    ...(mail !== undefined && { mail }),
    ...(system !== undefined && { access: system.toLowerCase() }),
    ...(role !== undefined && { role }),
  };
}
