import { z } from 'zod';
import { defineWorkflow } from '../src/workflow-kit.ts';
import type { WorkflowContext } from '../src/workflow-kit.ts';

/** How long the window stays open after its moment. */
const openHours = 4;
/** What people agree to beforehand holds for seven days at most; a later window is asked about when it opens. */
const longestAheadMs = 7 * 24 * 3_600_000 - openHours * 3_600_000;

/**
 * Changes the database by plan: shows what is there and what would change, has two people approve the exact statements
 * (policy says so), waits for the window, runs it, verifies it, and goes the way back when it did not come out as
 * expected. With a window, the way back is agreed to with the change; without one, it is proposed when it is needed.
 */
export default defineWorkflow({
  name: 'change-request',
  title: 'Change by plan',
  input: z.object({
    change: z.string().describe('The SQL statement that changes something'),
    check: z.string().describe('A SELECT that shows what it is about'),
    expect: z.string().min(1).describe('What the SELECT must show afterwards'),
    undo: z.string().describe('The SQL statement that takes it back'),
    at: z.iso.datetime({ offset: true }).optional().describe('Not before: 2026-12-01T22:00:00Z'),
  }),
  start: {
    command: true,
    mention: [
      'change request',
      'change-request',
      'plan a change',
      'plan a database change',
      'database change',
    ],
    words: (text) =>
      /^\s*(?:policy|policies|history|process|template|of last|last)\b/iu.test(text) ? undefined : {},
  },
  async run(ctx, { change, check, expect, undo, at }) {
    const before = await ctx.tool('before', 'database/query', { sql: check });
    if (!before.isDone) {
      await ctx.say(`The check does not work, so nothing was changed: ${before.text}`);
      return;
    }
    const effect = await ctx.tool('effect', 'database/preview_execute', { sql: change });
    if (!effect.isDone) {
      await ctx.say(`The change does not work, so nothing was changed: ${effect.text}`, 'no-effect');
      return;
    }
    const window = at === undefined ? 'as soon as it is approved' : `not before ${at}`;
    const plan = [
      ...[`**Plan**, ${window}`, block(change), '**It would change**', block(effect.text)],
      ...['**Now**', block(before.text), '**Way back**', block(undo)],
    ];
    await ctx.say(plan.join('\n'), 'plan');

    const agreed = at === undefined ? undefined : await agreeBefore(ctx, at, { change, undo });
    if (agreed?.kind === 'no') {
      await ctx.say(`Nothing was changed. ${agreed.text}`, 'not-agreed');
      return;
    }
    if (at !== undefined) await ctx.sleep('window', new Date(at));
    if (agreed?.kind === 'yes') {
      const still = await ctx.tool('still', 'database/preview_execute', { sql: change });
      if (still.text !== effect.text) {
        const words = ['**Nothing was changed:** it is not what was agreed to any more.', block(still.text)];
        await ctx.say(words.join('\n'), 'not-changed');
        return;
      }
    }

    const changed = await ctx.tool('change', 'database/execute', { sql: change });
    if (!changed.isDone) {
      await ctx.say(`Nothing was changed. ${changed.text}`, 'not-changed');
      return;
    }
    const after = await ctx.tool('after', 'database/query', { sql: check });
    if (after.isDone && shows(after.text, expect)) {
      await ctx.say(['**Done and verified.**', block(after.text)].join('\n'), 'verified');
      return;
    }
    await ctx.say(
      [
        `**«${expect}» is not there.** I ${agreed?.kind === 'yes' ? 'go the way back that was agreed to' : 'propose the way back'}.`,
        block(after.text),
      ].join('\n'),
      'wrong',
    );
    const undone = await ctx.tool('undo', 'database/execute', { sql: undo });
    const end = await ctx.tool('end', 'database/query', { sql: check });
    await ctx.say(
      [undone.isDone ? '**Rolled back.**' : `**Not rolled back:** ${undone.text}`, block(end.text)].join(
        '\n',
      ),
      'undone',
    );
  },
});

type Agreement =
  | { readonly kind: 'yes' }
  | { readonly kind: 'no'; readonly text: string }
  /** Nobody is asked beforehand: each statement asks for itself when it is its turn. */
  | { readonly kind: 'later' };

/** One card for both statements, each as it stands and once, decided before the window opens. */
async function agreeBefore(
  ctx: WorkflowContext,
  at: string,
  { change, undo }: { readonly change: string; readonly undo: string },
): Promise<Agreement> {
  const aheadMs = new Date(at).getTime() - ctx.now('planned').getTime();
  const minutes = Math.floor(aheadMs / 60_000);
  if (minutes < 1 || aheadMs > longestAheadMs) return { kind: 'later' };
  const plan = await ctx.approvePlan('agreed', {
    title: `Change the database not before ${at}, and take it back if it comes out wrong`,
    calls: [change, undo].map((sql) => ({ tool: 'database/execute', times: 1, arguments: { sql } })),
    ...{ lasts: { minutes: minutes + openHours * 60 }, within: { minutes } },
  });
  if (plan.kind === 'approved') return { kind: 'yes' };
  return plan.kind === 'refused' ? { kind: 'later' } : { kind: 'no', text: plan.text };
}

/** Whether a row holds these words or this number as a whole: «1» is neither in «10» nor in the count of rows. */
function shows(table: string, expected: string): boolean {
  const [, , ...rows] = table.split('\n');
  const words = expected.trim().replaceAll(/[\\^$.*+?()[\]{}|]/gu, '\\$&');
  return new RegExp(String.raw`(?<![\p{L}\p{N}_.,-])${words}(?![\p{L}\p{N}_]|[.,]\d)`, 'u').test(
    rows.join('\n'),
  );
}

function block(text: string): string {
  return ['```', text.replaceAll('```', "'''"), '```'].join('\n');
}
