import { z } from 'zod';
import { defineWorkflow } from '../src/workflow-kit.ts';

/**
 * Gives somebody access for a while. Policy names who must agree, in stages (for the demonstration finance, then
 * engineering); when the time is over, the access is taken back without anybody having to think of it.
 */
export default defineWorkflow({
  name: 'access-request',
  title: 'Access for a while',
  input: z.object({
    system: z.enum(['crm', 'billing', 'database', 'mail']).describe('To what'),
    days: z.coerce.number().int().min(1).max(90).default(7).describe('For how many days'),
    person: z.string().optional().describe('For whom; for you when empty'),
    reason: z.string().optional().describe('What for'),
  }),
  start: { command: true, mention: 'access' },
  async run(ctx, { system, days, person = ctx.requester.id, reason = ctx.text }) {
    const until = new Date(ctx.now('asked').getTime() + days * 86_400_000);
    const granted = await ctx.tool('grant', 'crm/grant_access', {
      ...{ person, system, reason: reason.slice(0, 300) },
      until: until.toISOString().slice(0, 10),
    });
    if (!granted.isDone) {
      await ctx.say(`No access was given. ${granted.text}`);
      return;
    }
    await ctx.say(`${granted.text} I take it back by myself.`, 'granted');
    await ctx.sleep('time', until);
    const revoked = await ctx.tool('revoke', 'crm/revoke_access', { person, system });
    await ctx.say(
      revoked.isDone ? `The time is over. ${revoked.text}` : `**Not taken back:** ${revoked.text}`,
      'over',
    );
  },
});
