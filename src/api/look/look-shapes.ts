/** Shapes of the pages that only look. Times are ISO 8601, money is US dollars. */
import { z } from 'zod';
import { mostMutedHours } from '../../commands/notices.ts';
import { verdicts } from '../../gate/policy.ts';
import { runStatuses } from '../shapes.ts';

const entryShape = z.object({
  run: z.string(),
  thread: z.string(),
  /** What it is about, or what it waits for. */
  what: z.string(),
  status: z.enum(runStatuses),
  by: z.string(),
  at: z.string(),
});

export const overviewShape = z.object({
  /** The end of the 24 hours that are summed up. */
  until: z.string(),
  runs: z.object({
    started: z.number(),
    done: z.number(),
    failed: z.number(),
    stopped: z.number(),
    open: z.number(),
  }),
  usd: z.number(),
  tokens: z.number(),
  /** The 24 hours before. */
  before: z.object({ started: z.number(), usd: z.number() }),
  /** Runs of each of the last seven days, the oldest first. */
  trend: z.array(z.number()),
  /** Runs that wait for somebody, the oldest first. */
  waiting: z.array(entryShape),
  /** Parked now, or failed in the 24 hours. */
  troubles: z.array(entryShape),
  decisions: z.array(
    z.object({
      tool: z.string(),
      state: z.string(),
      by: z.string().optional(),
      reason: z.string().optional(),
      at: z.string().optional(),
      run: z.string(),
    }),
  ),
  unknownOutcomes: z.number(),
  /** Health checks that need a look. */
  alarms: z.array(z.object({ name: z.string(), detail: z.string() })),
});

export const searchShape = z.object({
  items: z.array(
    z.object({
      run: z.string(),
      thread: z.string(),
      channel: z.string(),
      title: z.string(),
      /** The piece of the answer in which a word stands; absent when the request holds them all. */
      found: z.string().optional(),
      status: z.enum(runStatuses),
      by: z.string(),
      at: z.string(),
    }),
  ),
  /** How many runs were looked through; older ones were not when `isAll` is false. */
  searched: z.number(),
  isAll: z.boolean(),
});

export const peopleShape = z.object({
  isDemonstration: z.boolean(),
  persons: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      roles: z.array(z.string()),
      /** Where the bot knows this person; nobody's account numbers are shown. */
      reachedOn: z.array(z.enum(['console', 'slack', 'discord'])),
      /** Tools and rules of the policy that ask for this person, by name or by a role. */
      decides: z.number(),
    }),
  ),
  roles: z.array(
    z.object({
      name: z.string(),
      persons: z.array(z.string()),
      /** Groups of Slack and roles of Discord count for it too. */
      hasGroups: z.boolean(),
      /** Tools and rules of the policy that ask for it. */
      askedBy: z.array(z.string()),
    }),
  ),
  /** Roles that the policy asks and nobody holds. */
  unheld: z.array(z.string()),
});

export const policyShape = z.object({
  file: z.string(),
  /** SHA-256 over the policy's substance. */
  digest: z.string(),
  reviewedServers: z.array(z.string()),
  lines: z.array(
    z.object({
      id: z.string(),
      kind: z.enum(['default', 'tool', 'rule']),
      line: z.number(),
      tool: z.string(),
      verdict: z.enum(verdicts).optional(),
      when: z.string().optional(),
      effect: z.string().optional(),
      asks: z.array(
        z.object({
          approvers: z.array(z.string()),
          quorum: z.number(),
          /** How many persons that are: fewer than the quorum means nobody can approve it. */
          persons: z.number(),
          stage: z.number().optional(),
        }),
      ),
    }),
  ),
});

export const ledgersShape = z.object({
  /** The latest seals, youngest first. */
  seals: z.array(
    z.object({
      number: z.number(),
      at: z.string(),
      /** Streams under it. */
      size: z.number(),
      root: z.string(),
      key: z.string(),
    }),
  ),
  items: z.array(
    z.object({
      run: z.string(),
      title: z.string(),
      workflow: z.string(),
      status: z.enum(runStatuses),
      commits: z.number(),
      by: z.string(),
      at: z.string(),
      isErased: z.boolean(),
    }),
  ),
  next: z.string().exactOptional(),
});

/** What an operator reads before accepting a server. Everything hidden in the server's text is shown as marks. */
export const serverReviewShape = z.object({
  server: z.string(),
  /** Names exactly what is shown; accepting repeats it. */
  listing: z.string(),
  isReviewed: z.boolean(),
  tools: z.array(
    z.object({
      name: z.string(),
      description: z.string(),
      /** The whole definition as listed, as indented JSON. */
      definition: z.string(),
      warnings: z.array(z.string()),
      /** It came after its server was reviewed or first seen, and nobody has accepted it. */
      isNew: z.boolean(),
      /** Why it is set aside; absent while it is as it was pinned. */
      drift: z.string().exactOptional(),
      changes: z.array(
        z.object({
          where: z.string(),
          pieces: z.array(z.object({ kind: z.enum(['same', 'removed', 'added']), text: z.string() })),
        }),
      ),
      proposed: z.object({
        effect: z.string(),
        verdict: z.enum(verdicts),
        key: z.string().exactOptional(),
        title: z.string().exactOptional(),
        isOutbound: z.boolean().exactOptional(),
        because: z.array(z.string()),
      }),
      /** What the policy in force says to it. */
      now: z.object({ effect: z.string(), verdict: z.enum(verdicts) }),
    }),
  ),
  /** Tools that were pinned and are listed no more. */
  gone: z.array(z.string()),
  /** What was listed and is no tool. */
  refused: z.array(z.string()),
  /** The proposal for `policy.yaml`. */
  lines: z.string(),
});
/** What the caller is told directly, and when not. */
export const noticesShape = z.object({
  /** False when no chat platform that works here can reach the caller. */
  isReachable: z.boolean(),
  /** Hears at once what waits for his vote, whatever the hour. */
  isOnCall: z.boolean(),
  /** The zone of those who name none. */
  zone: z.string(),
  quiet: z.object({ from: z.string(), to: z.string(), zone: z.string() }).exactOptional(),
  /** Nothing until then. */
  mutedUntil: z.string().exactOptional(),
  follows: z.array(z.object({ run: z.string(), title: z.string() })),
  muted: z.array(z.object({ run: z.string(), title: z.string() })),
});
export const noticesInput = z.discriminatedUnion('verb', [
  /** `22:00-7:00 Europe/Berlin`, or `off`. */
  z.strictObject({ verb: z.literal('quiet'), hours: z.string().trim().min(1).max(100) }),
  z.strictObject({ verb: z.literal('mute-for'), hours: z.int().min(1).max(mostMutedHours) }),
  z.strictObject({ verb: z.literal('mute-run'), run: z.string().min(1).max(200) }),
  z.strictObject({ verb: z.literal('unmute') }),
]);
export const reviewServerInput = z.strictObject({ listing: z.string().min(1).max(200) });

export type NoticesJson = z.infer<typeof noticesShape>;
export type ServerReviewJson = z.infer<typeof serverReviewShape>;
export type OverviewJson = z.infer<typeof overviewShape>;
export type SearchJson = z.infer<typeof searchShape>;
export type PeopleJson = z.infer<typeof peopleShape>;
export type PolicyJson = z.infer<typeof policyShape>;
export type LedgersJson = z.infer<typeof ledgersShape>;
