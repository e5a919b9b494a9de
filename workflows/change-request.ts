import { z } from 'zod';
import { defineWorkflow } from '../src/workflow-kit.ts';
import type { WorkflowContext } from '../src/workflow-kit.ts';

/** How long the window stays open after its moment. */
const openHours = 4;
/** What people agree to beforehand holds for seven days at most: about a later window they are asked so long before it. */
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

    const ahead = at === undefined ? undefined : await untilAsking(ctx, at, { change, effect: effect.text });
    if (ahead?.kind === 'broken') {
      await ctx.say(`The change does not work any more, so nothing was changed: ${ahead.text}`, 'no-effect');
      return;
    }
    const agreed =
      at === undefined || ahead === undefined
        ? undefined
        : await agreeBefore(ctx, at, { change, undo, now: ahead.now });
    if (agreed?.kind === 'no') {
      await ctx.say(`Nothing was changed. ${agreed.text}`, 'not-agreed');
      return;
    }
    if (at !== undefined) await ctx.sleep('window', new Date(at));
    if (agreed?.kind === 'yes') {
      const still = await ctx.tool('still', 'database/preview_execute', { sql: change });
      if (still.text !== (ahead?.effect ?? effect.text)) {
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

type Ahead =
  | { readonly kind: 'asks'; readonly now: Date; readonly effect: string }
  | { readonly kind: 'broken'; readonly text: string; readonly effect?: undefined };

/** Waits until people can be asked about a window that is far ahead, and looks once more then. */
async function untilAsking(
  ctx: WorkflowContext,
  at: string,
  { change, effect }: { readonly change: string; readonly effect: string },
): Promise<Ahead> {
  const opensAt = new Date(at).getTime();
  const planned = ctx.now('planned');
  if (opensAt - planned.getTime() <= longestAheadMs) return { kind: 'asks', now: planned, effect };
  const asksAt = new Date(opensAt - longestAheadMs);
  const moment = asksAt.toISOString().slice(0, 16).replace('T', ' ');
  await ctx.say(
    `**Nobody is asked yet.** What people agree to beforehand holds for seven days at most, so I ask on ${moment} UTC.`,
    'asks-later',
  );
  await ctx.sleep('ask-at', asksAt);
  const now = ctx.now('asked');
  if (now.getTime() >= opensAt) return { kind: 'asks', now, effect };
  const then = await ctx.tool('effect-then', 'database/preview_execute', { sql: change });
  if (!then.isDone) return { kind: 'broken', text: then.text };
  if (then.text !== effect)
    await ctx.say(['**By now it would change**', block(then.text)].join('\n'), 'plan-then');
  return { kind: 'asks', now, effect: then.text };
}

/** One card for both statements, each as it stands and once, decided before the window opens. */
async function agreeBefore(
  ctx: WorkflowContext,
  at: string,
  { change, undo, now }: { readonly change: string; readonly undo: string; readonly now: Date },
): Promise<Agreement> {
  const aheadMs = new Date(at).getTime() - now.getTime();
  const minutes = Math.floor(aheadMs / 60_000);
  if (minutes < 1) return { kind: 'later' };
  const plan = await ctx.approvePlan('agreed', {
    title: `Change the database not before ${at}, and take it back if it comes out wrong`,
    calls: [change, undo].map((sql) => ({ tool: 'database/execute', times: 1, arguments: { sql } })),
    ...{ lasts: { minutes: minutes + openHours * 60 }, within: { minutes } },
  });
  if (plan.kind === 'approved') return { kind: 'yes' };
  if (plan.kind !== 'refused') return { kind: 'no', text: plan.text };
  await ctx.say(`${plan.text} So people are asked when the window opens.`, 'asked-then');
  return { kind: 'later' };
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
