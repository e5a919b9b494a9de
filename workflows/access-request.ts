import { z } from 'zod';
import { defineWorkflow } from '../src/workflow-kit.ts';
import type { WorkflowContext } from '../src/workflow-kit.ts';

const systems = ['crm', 'billing', 'database', 'mail'] as const;

/** Words that stand for somebody without saying who. */
const nobody = new Set(
  'he she it they them him her us we somebody someone everybody everyone team'.split(' '),
);

/** What somebody says about access, not to get it. */
const noRequest =
  /^\s*(?:logs?|lists?|policy|policies|denied|points?|cards?|keys?|to\s+(?:the\s+)?\w+\s+(?:is|was|has|does|fails))\b/iu;
/** Who it is for, the surest way of saying it first. */
const persons = [
  /\bfor\s+@?([a-z][\w-]*)\s+to\b/iu,
  /@?\b([a-z][\w-]*)\s+(?:needs|wants|should get)\b/iu,
  /^(?:give|grant)\s+@?(?!access\b)([a-z][\w-]*)\s/iu,
  new RegExp(
    String.raw`\bto\s+(?:the\s+)?(?:${systems.join('|')})\s+for\s+@?(?!(?:an?|the|one|two|three|my|our|this)\b)([a-z][\w-]*)`,
    'iu',
  ),
];
/** What stands where a person might: «for work» is no person. */
const purposes = new Set(
  'access work support research maintenance analysis migration audit now today good'.split(' '),
);

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
  start: {
    ...{ command: true, words: readWords },
    mention: [
      ...['access', 'request access', 'grant access', 'give access', 'i need access', 'i want access'],
      ...['give … access', 'grant … access', '… needs access', '… wants access', '… should get access'],
    ],
  },
  async run(ctx, { system, days, person: named, reason = ctx.text }) {
    const person = await whoGetsIt(ctx, system, named);
    if (person === undefined) {
      await ctx.say('Nobody said for whom, so nobody was asked and no access was given.', 'nobody');
      return;
    }
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

/** What stands in a sentence may be a word like any other: whoever is nobody here is asked about. */
async function whoGetsIt(
  ctx: WorkflowContext,
  system: string,
  named: string | undefined,
): Promise<string | undefined> {
  if (named === undefined) return ctx.requester.id;
  if (readPerson(ctx.text) !== named) return named;
  const known = ctx.findPerson('known', named);
  if (known !== undefined) return known.id;
  const given = await ctx.ask('person', {
    title: `I know nobody called «${named}». Who gets access to ${system}?`,
    form: z.object({ person: z.string().min(1).max(100).describe(`Who, as ${system} knows them`) }),
  });
  return given.kind === 'answered' ? given.value.person.trim() : undefined;
}

/** `for ben to billing for 3 days`, `request: ben needs the database for two weeks`. Two systems are asked about. */
function readWords(text: string): object | undefined {
  if (noRequest.test(text)) return undefined;
  const named = systems.filter((name) => new RegExp(`\\b${name}\\b`, 'iu').test(text));
  const [system] = named.length === 1 ? named : [];
  const id = readPerson(text);
  // Access for the wrong person is worse than a question.
  if (id !== undefined && nobody.has(id)) return {};
  const [, amount = '', unit = ''] =
    /\bfor\s+(\d{1,3}|an?|one|two|three)\s+(hour|day|week)s?\b/iu.exec(text) ?? [];
  const count = Number(amount) || { two: 2, three: 3 }[amount.toLowerCase()] || 1;
  // Given by the day: of hours the rest of a day is more than was asked, and the card shows both.
  const days = { hour: Math.ceil(count / 24), day: count, week: count * 7 }[unit.toLowerCase()];
  return {
    ...(system !== undefined && { system }),
    ...(id !== undefined && !['me', 'myself', 'i'].includes(id) && { person: id }),
    ...(days !== undefined && { days }),
  };
}

function readPerson(text: string): string | undefined {
  return persons
    .flatMap((pattern) => pattern.exec(text)?.[1]?.toLowerCase() ?? [])
    .find((found) => !found.endsWith('ing') && !purposes.has(found));
}
