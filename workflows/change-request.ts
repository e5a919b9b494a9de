import { z } from 'zod';
import { defineWorkflow } from '../src/workflow-kit.ts';

/**
 * Changes the database by plan: shows what is there, waits for the window, has two people approve the exact statement
 * (policy says so), runs it, verifies it, and proposes to roll back when it did not come out as expected.
 */
export default defineWorkflow({
  name: 'change-request',
  title: 'Change by plan',
  input: z.object({
    change: z.string().describe('The SQL statement that changes something'),
    check: z.string().describe('A SELECT that shows what it is about'),
    expect: z.string().describe('What the SELECT must show afterwards'),
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
    const window = at === undefined ? 'as soon as it is approved' : `not before ${at}`;
    await ctx.say(
      [`**Plan**, ${window}`, block(change), '**Now**', block(before.text), '**Way back**', block(undo)].join(
        '\n',
      ),
      'plan',
    );
    if (at !== undefined) await ctx.sleep('window', new Date(at));

    const changed = await ctx.tool('change', 'database/execute', { sql: change });
    if (!changed.isDone) {
      await ctx.say(`Nothing was changed. ${changed.text}`, 'not-changed');
      return;
    }
    const after = await ctx.tool('after', 'database/query', { sql: check });
    if (after.isDone && after.text.includes(expect)) {
      await ctx.say(['**Done and verified.**', block(after.text)].join('\n'), 'verified');
      return;
    }
    await ctx.say(
      [`**«${expect}» is not there.** I propose the way back.`, block(after.text)].join('\n'),
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

function block(text: string): string {
  return ['```', text.replaceAll('```', "'''"), '```'].join('\n');
}
