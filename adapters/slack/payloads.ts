/** What Slack sends, as far as it is believed: parsed here once, for Socket Mode and HTTP alike. */
import { z } from 'zod';

const id = z.string().regex(/^[A-Z0-9]{1,32}$/u);
const ts = z.string().regex(/^\d{10}\.\d{6}$/u);
const words = z.string().default('');

export const envelopeSchema = z.object({
  type: z.literal('event_callback'),
  team_id: id,
  event_id: z.string().min(1),
  authorizations: z.array(z.object({ team_id: id.nullish(), user_id: id.nullish() })).default([]),
  event: z.looseObject({ type: z.string() }),
});
export type EventEnvelope = z.infer<typeof envelopeSchema>;

const fileSchema = z.object({
  id,
  name: z.string().nullish(),
  title: z.string().nullish(),
  mimetype: z.string().nullish(),
  size: z.number().nullish(),
  mode: z.string().nullish(),
});

export const messageSchema = z.object({
  type: z.enum(['message', 'app_mention']),
  subtype: z.string().optional(),
  user: id.optional(),
  bot_id: z.string().nullish(),
  hidden: z.boolean().optional(),
  text: words,
  ts,
  thread_ts: ts.optional(),
  channel: id,
  channel_type: z.string().optional(),
  /** The writer's own workspace, when it is another one. */
  user_team: id.nullish(),
  team: id.nullish(),
  files: z.array(fileSchema).default([]),
});
export type SlackMessage = z.infer<typeof messageSchema>;

/** A message as the channel's history and notices of a change hold it. */
export const heldMessage = z.object({
  subtype: z.string().optional(),
  user: id.optional(),
  bot_id: z.string().nullish(),
  text: words,
  ts,
  thread_ts: ts.optional(),
  user_team: id.nullish(),
  team: id.nullish(),
  files: z.array(fileSchema).default([]),
  reply_count: z.number().default(0),
  latest_reply: z.string().optional(),
});
export type HeldMessage = z.infer<typeof heldMessage>;

/** A message was edited, or is gone. */
export const changeSchema = z.discriminatedUnion('subtype', [
  z.object({ subtype: z.literal('message_changed'), channel: id, message: heldMessage }),
  z.object({
    subtype: z.literal('message_deleted'),
    channel: id,
    deleted_ts: ts,
    previous_message: z.object({ thread_ts: ts.optional() }).optional(),
  }),
]);

const person = z.object({
  id,
  team_id: id.nullish(),
  name: z.string().optional(),
  username: z.string().optional(),
});

/** Whose app opened a form or page: in a shared channel the payload's `team` is the home of whoever sent it. */
const installed = { app_installed_team_id: id.nullish() };

const view = z.object({
  ...installed,
  id: z.string(),
  callback_id: words,
  private_metadata: words,
  state: z
    .object({
      values: z.record(
        z.string(),
        z.record(
          z.string(),
          z.object({
            value: z.string().nullish(),
            selected_option: z.object({ value: z.string() }).nullish(),
            selected_date: z.string().nullish(),
          }),
        ),
      ),
    })
    .default({ values: {} }),
});
export type FormValues = z.infer<typeof view>['state']['values'];

const common = { user: person, team: z.object({ id }), trigger_id: z.string().default('') };

export const pressSchema = z.object({
  type: z.literal('block_actions'),
  ...common,
  container: z.object({ type: z.string(), is_ephemeral: z.boolean().optional(), thread_ts: ts.nullish() }),
  channel: z.object({ id }).optional(),
  view: z.object(installed).nullish(),
  message: z
    .object({ ts, thread_ts: ts.nullish(), user: z.string().nullish(), bot_id: z.string().nullish() })
    .optional(),
  response_url: z.url({ protocol: /^https?$/u }).optional(),
  actions: z.array(z.object({ action_id: z.string(), value: z.string().nullish() })).min(1),
});
export type Press = z.infer<typeof pressSchema>;

export const submissionSchema = z.object({ type: z.literal('view_submission'), ...common, view });
export type Submission = z.infer<typeof submissionSchema>;

export const commandSchema = z.object({
  command: z.string().regex(/^\/[a-z][a-z0-9_-]*$/u),
  text: words,
  team_id: id,
  channel_id: id,
  user_id: id,
  user_name: words,
  trigger_id: z.string(),
  response_url: z.url({ protocol: /^https?$/u }),
});
export type SlashCommand = z.infer<typeof commandSchema>;

/** Slack's own Stop button. */
export const stoppedSchema = z.object({ user: id, channel: id, thread_ts: ts, user_team: id.nullish() });

export const homeOpenedSchema = z.object({ user: id, channel: id, tab: z.string() });

/** An entry of Slack's own menus: of a message, or of everywhere. */
export const shortcutSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('shortcut'), ...common, callback_id: z.string() }),
  z.object({
    type: z.literal('message_action'),
    ...common,
    callback_id: z.string(),
    channel: z.object({ id }),
    message: z.object({
      ...{ ts, thread_ts: ts.nullish(), user: z.string().optional(), text: words },
      files: z.array(fileSchema).default([]),
    }),
  }),
]);
export type Shortcut = z.infer<typeof shortcutSchema>;
