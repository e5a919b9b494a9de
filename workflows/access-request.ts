import { z } from 'zod';
import { defineWorkflow } from '../src/workflow-kit.ts';

const systems = ['crm', 'billing', 'database', 'mail'] as const;

/** Words that stand for somebody without saying who. */
const nobody = new Set(['he', 'she', 'it', 'somebody', 'someone', 'everybody', 'everyone', 'team']);

/**
 * Gives somebody access for a while. Policy names who must agree, in stages (for the demonstration finance, then
 * engineering); when the time is over, the access is taken back without anybody having to think of it.
 */
export default defineWorkflow({
  name: 'access-request',
  title: 'Access for a while',
  input: z.object({
    system: z.enum(systems).describe('To what'),
    days: z.coerce.number().int().min(1).max(90).default(7).describe('For how many days'),
    person: z.string().optional().describe('For whom; for you when empty'),
    reason: z.string().optional().describe('What for'),
  }),
  start: { command: true, mention: 'access', words: readWords },
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

/** `for ben to billing for 3 days`, `request: ben needs the database for two weeks`. Two systems are asked about. */
function readWords(text: string): object {
  const named = systems.filter((name) => new RegExp(`\\b${name}\\b`, 'iu').test(text));
  const [system] = named.length === 1 ? named : [];
  const person = /\bfor\s+@?([a-z][\w-]*)\s+to\b|@?\b([a-z][\w-]*)\s+needs\b/iu.exec(text);
  const id = (person?.[1] ?? person?.[2])?.toLowerCase();
  // Access for the wrong person is worse than a question.
  if (id !== undefined && nobody.has(id)) return {};
  const [, amount = '', unit = ''] =
    /\bfor\s+(\d{1,3}|an?|one|two|three)\s+(hour|day|week)s?\b/iu.exec(text) ?? [];
  const count = Number(amount) || { two: 2, three: 3 }[amount.toLowerCase()] || 1;
  // Given by the day: of hours the rest of a day is more than was asked, and the card shows both.
  const days = { hour: Math.ceil(count / 24), day: count, week: count * 7 }[unit.toLowerCase()];
  return {
    ...(system !== undefined && { system }),
    ...(id !== undefined && id !== 'me' && { person: id }),
    ...(days !== undefined && { days }),
  };
}
