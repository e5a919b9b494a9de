/**
 * What `/api/v1` takes and gives, as zod schemas; the OpenAPI document is made from them.
 *
 * Times are ISO 8601 in UTC. A list is `{items, next?}`, `next` being a cursor for the following page.
 * Fields may be added; none is renamed or removed.
 */
import { z } from 'zod';
import { scheduleVerbs } from '../commands/schedule-desk.ts';
import { mostFiles } from '../core/attached-file.ts';
import { memoryKind, memoryScope } from '../memory/memory-row.ts';
import { missedRules } from '../schedule/store.ts';

export const actionShape = z.object({
  id: z.string(),
  label: z.string(),
  style: z.enum(['primary', 'danger', 'plain']),
  asks: z
    .discriminatedUnion('kind', [
      z.object({
        kind: z.literal('text'),
        label: z.string(),
        isRequired: z.boolean(),
        picks: z.array(z.string()),
      }),
      z.object({ kind: z.literal('confirm'), question: z.string() }),
      /** Read it from `GET /actions/{action}/form` when somebody opens it. */
      z.object({ kind: z.literal('form') }),
    ])
    .optional(),
});

const fieldBase = {
  id: z.string(),
  label: z.string(),
  hint: z.string().exactOptional(),
  isRequired: z.boolean(),
  /** What the field shows at first. */
  value: z.string(),
};
export const formShape = z.object({
  title: z.string(),
  note: z.string(),
  submit: z.string(),
  fields: z.array(
    z.discriminatedUnion('kind', [
      z.object({ ...fieldBase, kind: z.literal('text'), isLong: z.boolean() }),
      z.object({ ...fieldBase, kind: z.enum(['number', 'date', 'list', 'json']) }),
      z.object({
        ...fieldBase,
        kind: z.literal('choice'),
        options: z.array(z.object({ value: z.string(), label: z.string() })),
      }),
    ]),
  ),
});

export const cardShape = z.object({
  kind: z.enum(['status', 'approval', 'outcome-unknown', 'notice']),
  title: z.string(),
  badge: z.string().optional(),
  lines: z.array(
    z.object({
      state: z.enum(['done', 'active', 'waiting', 'failed']),
      text: z.string(),
      detail: z.string().optional(),
    }),
  ),
  fields: z.array(
    z.object({
      label: z.string(),
      value: z.string(),
      form: z.enum(['plain', 'code', 'claim', 'warning']),
      links: z.array(z.object({ start: z.int(), end: z.int(), address: z.string() })).optional(),
    }),
  ),
  outcome: z.string().optional(),
  actions: z.array(actionShape),
  fallback: z.string(),
});

/** `by` is a person's id, or `bot`. `text` of a message is Markdown; of a card, its plain-text fallback. */
export const itemShape = z.object({
  id: z.string(),
  kind: z.enum(['message', 'card', 'audit']),
  by: z.string(),
  at: z.string(),
  text: z.string(),
  actions: z.array(actionShape).optional(),
  card: cardShape.optional(),
  run: z.string().optional(),
  /** What came with a message at the console; the bytes of each come from `GET /runs/{run}/files/{id}`. */
  attached: z
    .array(z.object({ id: z.string(), name: z.string(), mediaType: z.string(), size: z.number() }))
    .exactOptional(),
  /** Its bytes come from `GET /runs/{run}/files/{item}`; `alt` says what a picture shows. */
  file: z
    .object({ name: z.string(), mediaType: z.string(), alt: z.string().exactOptional() })
    .exactOptional(),
  /** For an approval's card: its id and full digest, as a vote needs them. */
  approval: z.object({ id: z.string(), digest: z.string(), state: z.string() }).optional(),
});

/** A file that an item shows. */
export const fileShape = z.object({ name: z.string(), mediaType: z.string(), base64: z.string() });

export const threadShape = z.object({ id: z.string(), channel: z.string(), items: z.array(itemShape) });
export const threadSummaryShape = z.object({
  id: z.string(),
  channel: z.string(),
  title: z.string(),
  startedBy: z.string(),
  at: z.string(),
  status: z.string().optional(),
});

export const runStatuses = ['queued', 'running', 'waiting', 'done', 'failed', 'stopped', 'parked'] as const;
export const runShape = z.object({
  id: z.string(),
  workflow: z.string(),
  status: z.enum(runStatuses),
  thread: z.string(),
  startedBy: z.string(),
  startedAt: z.string(),
  finishedAt: z.string().optional(),
  waitingFor: z.string().optional(),
  title: z.string().optional(),
  usdSpent: z.number().optional(),
  tokens: z.number().optional(),
});

/** A call that was sent and of which nobody knows what became of it. */
export const outcomeShape = z.object({
  run: z.string(),
  call: z.string(),
  /** Null for a reader who may say what happened but not read the thread. */
  thread: z.string().nullable(),
  tool: z.string(),
  title: z.string(),
  requestedBy: z.string(),
  sentAt: z.string(),
  lostAt: z.string(),
  why: z.string(),
  /** What the read tool beside it said about it, when it has one. */
  probe: z
    .object({ tool: z.string(), found: z.enum(['happened', 'absent', 'unsure']), answer: z.string() })
    .optional(),
  /** Who can say what happened. */
  people: z.array(z.string()),
  mayAnswer: z.boolean(),
  card: cardShape,
});

export const approvalStates = ['pending', 'approved', 'denied', 'expired', 'stale', 'cancelled'] as const;
export const approvalShape = z.object({
  id: z.string(),
  state: z.enum(approvalStates),
  /** 64 hex digits; a vote repeats them. */
  digest: z.string(),
  run: z.string(),
  /** Null for a reader who may decide but not read the thread. */
  thread: z.string().nullable(),
  tool: z.string(),
  arguments: z.record(z.string(), z.unknown()),
  requestedBy: z.string(),
  votes: z.array(
    z.object({
      by: z.string(),
      for: z.string().optional(),
      vote: z.enum(['approve', 'deny']),
      at: z.string(),
      reason: z.string().optional(),
    }),
  ),
  quorum: z.number(),
  approvers: z.array(z.string()),
  requirements: z.array(
    z.object({
      rule: z.string(),
      approvers: z.array(z.string()),
      quorum: z.number(),
      have: z.number(),
      /** One of several that are asked in an order; votes for one that is not open yet are refused. */
      stage: z.object({ number: z.number(), of: z.number(), isOpen: z.boolean() }).optional(),
    }),
  ),
  expiresAt: z.string(),
  title: z.string(),
  /**
   * What was added since it was asked, words of the requester and effects that changed; a vote may say in `seen` that
   * it was read.
   */
  laterWords: z.number(),
  /** What the call would change: value by value, or the present state in the tool's words, or why nobody can say. */
  effect: z
    .object({
      tool: z.string(),
      at: z.string(),
      changes: z
        .array(
          z.object({
            name: z.string(),
            before: z.string().exactOptional(),
            after: z.string().exactOptional(),
          }),
        )
        .exactOptional(),
      now: z.string().exactOptional(),
      missing: z.string().exactOptional(),
    })
    .exactOptional(),
  /** What those who decide wanted to know, and what they were told. */
  questions: z.array(
    z.object({
      id: z.string(),
      by: z.string(),
      at: z.string(),
      question: z.string(),
      answer: z.object({ by: z.string(), at: z.string(), text: z.string() }).optional(),
    }),
  ),
  /** Changes of the arguments before this was asked, oldest first. */
  edits: z.array(
    z.object({ by: z.string(), at: z.string(), before: z.record(z.string(), z.unknown()).nullable() }),
  ),
  card: cardShape,
});

export const commitShape = z.object({
  stream: z.string(),
  seq: z.number(),
  by: z.string(),
  writer: z.string(),
  events: z.array(z.object({ kind: z.string(), v: z.number(), data: z.record(z.string(), z.unknown()) })),
  prev: z.string(),
  hash: z.string(),
  landedAt: z.string(),
  bodies: z.record(z.string(), z.object({ salt: z.string(), text: z.string() })).optional(),
});

export const messageInput = z.strictObject({
  channel: z.string().min(1).max(200),
  thread: z.string().min(1).max(200).optional(),
  text: z.string().min(1).max(40_000),
  id: z.string().min(1).max(200).optional(),
  /** Ids of files that `POST /files` kept for the caller. */
  files: z.array(z.string().min(1).max(200)).max(mostFiles).exactOptional(),
});
/** A kept file: its id goes into `files` of a message. */
export const keptFileShape = z.object({
  id: z.string(),
  name: z.string(),
  mediaType: z.string(),
  size: z.number(),
});
/** Of a command among the words, `text` alone: nothing was said, so there is no thread but the one it was given in. */
export const messageOutput = z.object({
  thread: z.string().optional(),
  run: z.string().optional(),
  text: z.string().optional(),
});

export const commandInput = z.strictObject({
  channel: z.string().min(1).max(200),
  thread: z.string().min(1).max(200).optional(),
  /** What would stand after `/countersign`. */
  text: z.string().max(4_000),
  id: z.string().min(1).max(200).optional(),
});
export const commandOutput = z.object({ text: z.string() });
/** What could stand next: `value` is the whole line as it would be then. */
export const completionShape = z.object({ value: z.string(), label: z.string() });

export const voteInput = z.strictObject({
  vote: z.enum(['approve', 'deny']),
  digest: z.string(),
  reason: z.string().max(2000).optional(),
  /** Changed arguments: they are asked about anew, and this vote counts there if policy lets an editor vote. */
  arguments: z.record(z.string(), z.unknown()).optional(),
  /** How much of what was added since (`laterWords`) the voter was shown; less than there is is refused. */
  seen: z.int().min(0).optional(),
});

/** The approval after the vote, and the sentence that says what the vote did. */
export const voteOutput = approvalShape.extend({ text: z.string() });

/** Presses a button of a card by its id: withdraw, ask again, settle an unknown outcome, stop, a suggestion. */
export const actionInput = z.strictObject({
  action: z.string().min(1).max(300),
  text: z.string().max(2000).optional(),
  /** For an action that asks for a form: what was typed, by field. Left out is unchanged. */
  fields: z.record(z.string().max(500), z.string().max(200_000)).optional(),
});
export const actionOutput = z.object({
  text: z.string(),
  thread: z.string().optional(),
  run: z.string().optional(),
});

/** `data` is what runs match on; `id` makes a second delivery harmless. */
export const signalInput = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_.-]{0,99}$/u),
  id: z.string().min(1).max(200).optional(),
  data: z.record(z.string(), z.unknown()).default({}),
});
export const signalOutput = z.object({ isNew: z.boolean() });

export const stopInput = z.strictObject({ reason: z.string().max(2000).optional() });

/** `step`: from this recorded step on; without it, whatever failed. */
export const retryInput = z.strictObject({
  reason: z.string().max(2000).optional(),
  step: z.string().min(1).max(200).optional(),
});

export const reasonInput = z.strictObject({ reason: z.string().max(2000) });
export const breakGlassInput = z.strictObject({
  run: z.string().min(1).max(200),
  reason: z.string().max(2000),
});
export const reviewInput = z.strictObject({ text: z.string().max(4000) });
/** The body of a call that needs no words. */
export const emptyInput = z.strictObject({});
export const grantInput = z.strictObject({
  digest: z.string(),
  uses: z.number().int().min(1).max(20).default(5),
  hours: z.number().positive().max(168).default(8),
  /** Per argument what may differ; what is not named stays as it was approved. */
  vary: z
    .record(
      z.string(),
      z.union([
        z.literal('any'),
        z.strictObject({ atMost: z.number().min(0) }),
        z.strictObject({ oneOf: z.array(z.union([z.string(), z.number()])).max(50) }),
      ]),
    )
    .default({}),
});
/** A memory that may be told in the channel it was asked for in. */
export const memoryShape = z.object({
  id: z.string(),
  kind: memoryKind,
  scope: memoryScope,
  text: z.string(),
  /** Where it was kept. */
  channel: z.string(),
  thread: z.string().optional(),
  run: z.string().optional(),
  by: z.string(),
  at: z.string(),
  validUntil: z.string().optional(),
  /** The earlier memory that this one corrects. */
  corrects: z.string().optional(),
  /** What nobody vouches for and its writer had read. */
  taintedBy: z.string().optional(),
  /** Who has vouched for it although its writer had read that. */
  vouchedBy: z.string().optional(),
  /** When another one took its place. */
  replacedBy: z.string().optional(),
  /** It waits for a person and is told to nobody: what can be pressed. */
  held: z.object({ actions: z.array(actionShape) }).optional(),
  /** Whether the caller can correct it from this channel, and forget it. */
  mayCorrect: z.boolean(),
  mayForget: z.boolean(),
});
export const memoryViews = ['here', 'mine', 'workspace', 'held'] as const;
/** A memory as it stands, and what it said before each correction. */
export const memoryHistoryShape = z.object({ memories: z.array(memoryShape) });
/** What goes with a memory when it is forgotten. */
export const forgettingShape = z.object({ memories: z.array(memoryShape), vectors: z.number() });
export const memoryTextInput = z.strictObject({ text: z.string().min(1).max(4_000) });
export const grantShape = z.object({
  id: z.string(),
  state: z.enum(['live', 'revoked', 'expired', 'used up']),
  tool: z.string(),
  /** Per argument what is covered; null once erased. */
  constraints: z.record(z.string(), z.unknown()).nullable(),
  by: z.string(),
  requester: z.string(),
  workflow: z.string(),
  channel: z.string(),
  approval: z.string(),
  uses: z.number(),
  taken: z.array(z.object({ call: z.string(), run: z.string(), at: z.string(), isSettled: z.boolean() })),
  at: z.string(),
  expiresAt: z.string(),
  revokedBy: z.string().optional(),
  revokedAt: z.string().optional(),
});
export const freezeShape = z.object({
  isFrozen: z.boolean(),
  by: z.string().optional(),
  reason: z.string().optional(),
  at: z.string().optional(),
  /** Emergency openings: asked for by one person, agreed to by a second, signed by a third. */
  glasses: z.array(
    z.object({
      id: z.string(),
      thread: z.string(),
      by: z.string(),
      reason: z.string(),
      at: z.string(),
      confirmedBy: z.string().optional(),
      until: z.string().optional(),
      reviewedBy: z.string().optional(),
      review: z.string().optional(),
      isReviewOpen: z.boolean(),
    }),
  ),
  /** After a call that changed it: the sentence that says what it did. */
  text: z.string().optional(),
});

export const scheduleShape = z.object({
  name: z.string(),
  workflow: z.string(),
  /** The workflow's title. */
  title: z.string(),
  /** Five fields: minute, hour, day, month, weekday. */
  cron: z.string(),
  zone: z.string(),
  channel: z.string(),
  /** What people call the channel: `#finance`; absent where nobody knows it. */
  place: z.string().optional(),
  text: z.string().optional(),
  missed: z.enum(missedRules),
  by: z.string(),
  origin: z.enum(['file', 'person']),
  isPaused: z.boolean(),
  /** The next three moments, or those that would come if it did not rest. */
  next: z.array(z.string()),
  mayKeep: z.boolean(),
});
export const schedulesShape = z.object({
  items: z.array(scheduleShape),
  /** The zone of those that people make. */
  zone: z.string(),
  workflows: z.array(z.object({ name: z.string(), title: z.string() })),
});
export const scheduleInput = z.strictObject({
  when: z.string().min(1).max(200),
  workflow: z.string().min(1).max(64),
  channel: z.string().min(1).max(200),
  text: z.string().max(2_000).exactOptional(),
  input: z.record(z.string(), z.unknown()).exactOptional(),
  zone: z.string().max(64).exactOptional(),
  missed: z.enum(['once', 'skip', 'each']).exactOptional(),
});
export const scheduleChangeInput = z.strictObject({
  verb: z.enum(scheduleVerbs),
  /** For `edit`. */
  when: z.string().max(200).exactOptional(),
});

export const meShape = z.object({
  id: z.string(),
  name: z.string(),
  roles: z.array(z.string()),
  channels: z.array(z.object({ id: z.string(), name: z.string(), isPrivate: z.boolean() })),
  /** Persons one can switch to; only in the demonstration, where tokens are public. */
  demonstration: z
    .object({
      persons: z.array(
        z.object({ id: z.string(), name: z.string(), roles: z.array(z.string()), token: z.string() }),
      ),
    })
    .optional(),
  people: z.array(z.object({ id: z.string(), name: z.string() })),
  model: z.string(),
  suggestions: z.array(z.object({ channel: z.string(), text: z.string() })),
  waitingApprovals: z.number(),
});

export const toolShape = z.object({
  name: z.string(),
  server: z.string(),
  description: z.string(),
  effect: z.string(),
  verdict: z.string(),
  approvers: z.array(z.string()),
  state: z.enum(['ready', 'drifted']),
  /** It came after its server was reviewed, and no operator has accepted it: each call asks. */
  isNew: z.boolean(),
});
export const toolServerShape = z.object({
  name: z.string(),
  state: z.enum(['idle', 'starting', 'ready', 'unreachable']),
  detail: z.string().optional(),
  tools: z.number(),
  drifted: z.number(),
  newTools: z.number(),
  isReviewed: z.boolean(),
});
export const toolsShape = z.object({ items: z.array(toolShape), servers: z.array(toolServerShape) });

export const healthShape = z.object({
  checks: z.array(
    z.object({ name: z.string(), state: z.enum(['ok', 'warning', 'failed']), detail: z.string() }),
  ),
});

/** RFC 9457. `code` is stable; `detail` is a sentence for people. */
export const problemShape = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string().optional(),
  code: z.string(),
  /** Which fields are wrong, as dotted paths, and why. */
  errors: z.array(z.object({ field: z.string(), detail: z.string() })).optional(),
  /** In the demonstration: persons one could continue as. */
  continueAs: z.array(z.object({ id: z.string(), name: z.string() })).optional(),
});

/** What `GET /events` sends: the SSE event's name and its JSON data. */
export const eventShape = z.discriminatedUnion('event', [
  z.object({
    event: z.literal('item'),
    data: z.object({ thread: z.string(), channel: z.string(), item: itemShape }),
  }),
  z.object({
    event: z.literal('stream'),
    data: z.object({ thread: z.string(), run: z.string(), text: z.string(), isDone: z.boolean() }),
  }),
  z.object({ event: z.literal('run'), data: runShape }),
  z.object({
    event: z.literal('approval'),
    data: z.object({ id: z.string(), state: z.enum(approvalStates), run: z.string() }),
  }),
]);

export type ActionJson = z.infer<typeof actionShape>;
export type FormJson = z.infer<typeof formShape>;
export type CardJson = z.infer<typeof cardShape>;
export type FileJson = z.infer<typeof fileShape>;
export type KeptFileJson = z.infer<typeof keptFileShape>;
export type ItemJson = z.infer<typeof itemShape>;
export type ThreadJson = z.infer<typeof threadShape>;
export type ThreadSummaryJson = z.infer<typeof threadSummaryShape>;
export type OutcomeJson = z.infer<typeof outcomeShape>;
export type RunJson = z.infer<typeof runShape>;
export type ApprovalJson = z.infer<typeof approvalShape>;
export type CommitJson = z.infer<typeof commitShape>;
export type MeJson = z.infer<typeof meShape>;
export type FreezeJson = z.infer<typeof freezeShape>;
export type MemoryJson = z.infer<typeof memoryShape>;
export type MemoryHistoryJson = z.infer<typeof memoryHistoryShape>;
export type ForgettingJson = z.infer<typeof forgettingShape>;
export type ScheduleJson = z.infer<typeof scheduleShape>;
export type SchedulesJson = z.infer<typeof schedulesShape>;
export type GrantJson = z.infer<typeof grantShape>;
export type ToolsJson = z.infer<typeof toolsShape>;
export type HealthJson = z.infer<typeof healthShape>;
export type EventJson = z.infer<typeof eventShape>;
