import { z } from 'zod';
import { defineWorkflow, saidDays } from '../src/workflow-kit.ts';
import type { HealthReport } from '../src/workflow-kit.ts';

/** Says how people decide: how often each is asked, how long they take, and whether they read before they press. */
export default defineWorkflow({
  name: 'approval-health',
  title: 'Approval health',
  input: z.object({
    days: z.coerce.number().int().min(1).max(92).default(7).describe('How many days back'),
    everywhere: z.boolean().default(false).describe('Other open channels, too'),
  }),
  start: {
    command: true,
    mention: [
      'approval health',
      'approvals health',
      'health of approvals',
      'health of our approvals',
      'how healthy are our approvals',
    ],
    words: (text) => {
      const days = saidDays(text);
      const everywhere = /\b(?:everywhere|(?:all|other|every) (?:open )?channels?)\b/iu.test(text);
      return { ...(days !== undefined && { days }), ...(everywhere && { everywhere }) };
    },
    headline: ({ days }) => `Approval health of ${timeOf(days)}`,
  },
  async run(ctx, { days, everywhere }) {
    const report = await ctx.approvalHealth('health', { days, everywhere });
    await ctx.say(summary(report, everywhere));
    const more = advice(report);
    if (more !== undefined) await ctx.say(more, 'advice');
  },
});

function summary({ persons, days, isCut }: HealthReport, everywhere: boolean): string {
  const place = everywhere ? 'the channels that everybody here may read' : 'this channel';
  const drilled = persons.flatMap(({ drills }) => drills ?? []);
  const asked = persons.reduce((sum, person) => sum + person.asked, 0);
  if (asked + drilled.length === 0) return `Nobody was asked anything in ${place} in ${timeOf(days)}.`;
  const lines = [`**Approval health of ${timeOf(days)}** in ${place}`, ''];
  for (const person of persons.slice(0, shown)) lines.push(personLine(person));
  if (persons.length > shown) lines.push(`- and ${String(persons.length - shown)} more persons`);
  if (drilled.length > 0) {
    const caught = drilled.reduce((sum, drill) => sum + drill.caught, 0);
    const decided = drilled.reduce((sum, drill) => sum + drill.decided, 0);
    lines.push('', `**Drills:** ${String(caught)} of ${String(decided)} caught (${share(caught, decided)})`);
  }
  if (isCut) lines.push('', 'There was more than I count at once: these are the latest questions.');
  return lines.join('\n');
}

/** As many as fit on a screen. */
const shown = 12;

type PersonHealth = HealthReport['persons'][number];

function personLine({ name, asked, decided, approved, quick, medianSeconds, drills }: PersonHealth): string {
  const parts = [`asked ${String(asked)}`, `decided ${String(decided)}`];
  if (decided > 0)
    parts.push(
      `approved ${share(approved, decided)}`,
      `median ${medianText(medianSeconds ?? 0)}`,
      `under 3 s ${share(quick, decided)}`,
    );
  if (drills !== undefined) parts.push(`drills caught ${String(drills.caught)} of ${String(drills.decided)}`);
  return `- **${name}**: ${parts.join(' · ')}`;
}

/** Who decides faster than anybody reads, and who is asked more than one can read. */
function advice({ persons, days }: HealthReport): string | undefined {
  const lines = persons.flatMap(({ name, asked, decided, quick, approved, drills }) => [
    ...(decided >= 5 && quick * 4 >= decided
      ? [`- ${name} decides ${share(quick, decided)} within 3 seconds: nobody reads a card that fast.`]
      : []),
    ...(decided >= 20 && approved === decided
      ? [
          `- ${name} has approved all of ${String(decided)}. If they need no look, a rule or a grant saves the asking.`,
        ]
      : []),
    ...(asked >= 25 * days
      ? [
          `- ${name} is asked ${String(Math.round(asked / days))} times a day. Name more approvers, or give a grant.`,
        ]
      : []),
    ...(drills !== undefined && drills.caught < drills.decided
      ? [`- ${name} approved ${String(drills.decided - drills.caught)} that ought to be denied.`]
      : []),
  ]);
  return lines.length === 0 ? undefined : ['**Worth a look**', ...lines.slice(0, shown)].join('\n');
}

function timeOf(days: number): string {
  return days === 1 ? 'the last 24 hours' : `the last ${String(days)} days`;
}

function share(part: number, of: number): string {
  return `${String(Math.round((100 * part) / Math.max(1, of)))} %`;
}

function medianText(seconds: number): string {
  if (seconds < 90) return `${String(seconds)} s`;
  return seconds < 5_400
    ? `${String(Math.round(seconds / 60))} min`
    : `${String(Math.round(seconds / 3_600))} h`;
}
