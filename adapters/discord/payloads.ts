/** What Discord sends, as far as it is believed: parsed here once, for the gateway and for HTTP alike. */
import { z } from 'zod';

const id = z.string().regex(/^\d{1,20}$/u);

const user = z.object({
  id,
  username: z.string().optional(),
  global_name: z.string().nullish(),
  bot: z.boolean().optional(),
  system: z.boolean().optional(),
});

const attachment = z.object({
  id,
  filename: z.string(),
  size: z.number(),
  content_type: z.string().nullish(),
  url: z.string().optional(),
});
export type DiscordAttachment = z.infer<typeof attachment>;

const member = z.object({ nick: z.string().nullish() });

export const messageSchema = z.object({
  id,
  channel_id: id,
  guild_id: id.optional(),
  type: z.number(),
  content: z.string(),
  author: user,
  member: member.optional(),
  webhook_id: z.string().optional(),
  mentions: z.array(user).default([]),
  attachments: z.array(attachment).default([]),
  edited_timestamp: z.string().nullish(),
  /** The thread that hangs on it. */
  thread: z.object({ message_count: z.number().nullish(), last_message_id: id.nullish() }).optional(),
});
export type DiscordMessage = z.infer<typeof messageSchema>;

export const reactionSchema = z.object({
  user_id: id,
  channel_id: id,
  message_id: id,
  guild_id: id,
  emoji: z.object({ name: z.string() }),
  member: z.object({ user: z.object({ bot: z.boolean().optional() }) }).optional(),
});

const option = z.object({
  name: z.string(),
  value: z.union([z.string(), z.number(), z.boolean()]).optional(),
  focused: z.boolean().optional(),
});
/** A subcommand holds options of its own. */
const optionOrSubcommand = option.extend({ options: z.array(option).optional() });

/** What a form carries: labels around one input each, or rows of them. */
const formInput = z.object({
  custom_id: z.string().optional(),
  value: z.string().optional(),
  values: z.array(z.string()).optional(),
});
const formPart = formInput.extend({
  component: formInput.optional(),
  components: z.array(formInput).optional(),
});
export type FormPart = z.infer<typeof formPart>;

const common = {
  id,
  application_id: id,
  token: z.string().min(1),
  guild_id: id.optional(),
  channel_id: id.optional(),
  channel: z.object({ id, type: z.number(), parent_id: id.nullish() }).optional(),
  member: member.extend({ user }).optional(),
  user: user.optional(),
};

const commandData = z.object({
  name: z.string(),
  type: z.number().default(1),
  target_id: id.optional(),
  resolved: z
    .object({
      messages: z
        .record(
          z.string(),
          z.object({ content: z.string(), author: user, attachments: z.array(attachment).default([]) }),
        )
        .optional(),
    })
    .optional(),
  options: z.array(optionOrSubcommand).default([]),
});

export const interactionSchema = z.discriminatedUnion('type', [
  z.object({
    ...common,
    type: z.literal(2),
    data: commandData,
  }),
  z.object({
    ...common,
    type: z.literal(4),
    data: commandData,
  }),
  z.object({
    ...common,
    type: z.literal(3),
    data: z.object({ custom_id: z.string() }),
    message: z.object({ id, author: z.object({ id }) }),
  }),
  z.object({
    ...common,
    type: z.literal(5),
    data: z.object({ custom_id: z.string(), components: z.array(formPart) }),
  }),
]);
export type DiscordInteraction = z.infer<typeof interactionSchema>;
export type CommandInteraction = Extract<DiscordInteraction, { type: 2 }>;
export type SuggestInteraction = Extract<DiscordInteraction, { type: 4 }>;
export type PressInteraction = Extract<DiscordInteraction, { type: 3 }>;
export type FormInteraction = Extract<DiscordInteraction, { type: 5 }>;
