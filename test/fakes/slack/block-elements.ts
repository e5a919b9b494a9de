/** Block Kit's elements: what stands inside actions, inputs, sections and context actions. */
import { z } from 'zod';
import { richTextBlock } from './rich-text.ts';
import {
  colorScheme,
  confirmation,
  identifier,
  optionGroup,
  overflowOption,
  plainOption,
  plainText,
  richOption,
  webAddress,
} from './text-objects.ts';

const flag = z.boolean().optional();
const acts = { action_id: identifier.optional() };
const asks = { confirm: confirmation.optional() };
const focuses = { focus_on_load: flag };
const hints = { placeholder: plainText(150).optional() };
const dispatches = {
  dispatch_action_config: z
    .strictObject({
      trigger_actions_on: z.array(z.enum(['on_enter_pressed', 'on_character_entered'])).optional(),
    })
    .optional(),
};
const label75 = z.string().min(1).max(75).optional();
const chosen = { max_selected_items: z.int().min(1).optional() };
const id = z.string().min(1);
const date = z.iso.date().optional();
const time = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/u)
  .optional();

const conversationFilter = z
  .strictObject({
    include: z
      .array(z.enum(['im', 'mpim', 'private', 'public']))
      .min(1)
      .optional(),
    exclude_external_shared_channels: flag,
    exclude_bot_users: flag,
  })
  .optional();

const select = { ...acts, ...asks, ...focuses, ...hints };
const lists = {
  options: z.array(plainOption).min(1).max(100).optional(),
  option_groups: z.array(optionGroup).min(1).max(100).optional(),
};
const hasOneList = (menu: { options?: unknown; option_groups?: unknown }): boolean =>
  (menu.options === undefined) !== (menu.option_groups === undefined);
const oneList = 'needs exactly one of options and option_groups';

export const button = z.strictObject({
  type: z.literal('button'),
  ...acts,
  ...asks,
  text: plainText(75),
  value: z.string().max(2000).optional(),
  url: webAddress.optional(),
  style: colorScheme.optional(),
  accessibility_label: label75,
});

export const menus = [
  z
    .strictObject({
      type: z.literal('static_select'),
      ...select,
      ...lists,
      initial_option: plainOption.optional(),
    })
    .refine(hasOneList, oneList),
  z
    .strictObject({
      type: z.literal('multi_static_select'),
      ...select,
      ...lists,
      ...chosen,
      initial_options: z.array(plainOption).min(1).optional(),
    })
    .refine(hasOneList, oneList),
  z.strictObject({ type: z.literal('users_select'), ...select, initial_user: id.optional() }),
  z.strictObject({
    type: z.literal('multi_users_select'),
    ...select,
    ...chosen,
    initial_users: z.array(id).optional(),
  }),
  z.strictObject({
    type: z.literal('conversations_select'),
    ...select,
    initial_conversation: id.optional(),
    default_to_current_conversation: flag,
    response_url_enabled: flag,
    filter: conversationFilter,
  }),
  z.strictObject({
    type: z.literal('multi_conversations_select'),
    ...select,
    ...chosen,
    initial_conversations: z.array(id).optional(),
    default_to_current_conversation: flag,
    filter: conversationFilter,
  }),
  z.strictObject({
    type: z.literal('channels_select'),
    ...select,
    initial_channel: id.optional(),
    response_url_enabled: flag,
  }),
  z.strictObject({
    type: z.literal('multi_channels_select'),
    ...select,
    ...chosen,
    initial_channels: z.array(id).optional(),
  }),
  z.strictObject({
    type: z.literal('external_select'),
    ...select,
    initial_option: plainOption.optional(),
    min_query_length: z.int().min(0).optional(),
  }),
  z.strictObject({
    type: z.literal('multi_external_select'),
    ...select,
    ...chosen,
    initial_options: z.array(plainOption).optional(),
    min_query_length: z.int().min(0).optional(),
  }),
] as const;

/** Pickers that stand in sections, actions and inputs alike. */
export const pickers = [
  z.strictObject({
    type: z.literal('checkboxes'),
    ...acts,
    ...asks,
    ...focuses,
    options: z.array(richOption).min(1).max(10),
    initial_options: z.array(richOption).min(1).optional(),
  }),
  z.strictObject({
    type: z.literal('radio_buttons'),
    ...acts,
    ...asks,
    ...focuses,
    options: z.array(richOption).min(1).max(10),
    initial_option: richOption.optional(),
  }),
  z.strictObject({
    type: z.literal('datepicker'),
    ...acts,
    ...asks,
    ...focuses,
    ...hints,
    initial_date: date,
  }),
  z.strictObject({
    type: z.literal('timepicker'),
    ...acts,
    ...asks,
    ...focuses,
    ...hints,
    initial_time: time,
    timezone: z.string().optional(),
  }),
] as const;

export const overflow = z.strictObject({
  type: z.literal('overflow'),
  ...acts,
  ...asks,
  options: z.array(overflowOption).min(1).max(5),
});

export const dateTimePicker = z.strictObject({
  type: z.literal('datetimepicker'),
  ...acts,
  ...asks,
  ...focuses,
  initial_date_time: z.int().min(1_000_000_000).max(9_999_999_999).optional(),
});

export const workflowButton = z.strictObject({
  type: z.literal('workflow_button'),
  ...acts,
  ...asks,
  text: plainText(75),
  workflow: z.strictObject({
    trigger: z.strictObject({
      url: webAddress,
      customizable_input_parameters: z
        .array(z.strictObject({ name: z.string(), value: z.string() }))
        .optional(),
    }),
  }),
  style: colorScheme.optional(),
  accessibility_label: label75,
});

export const richTextInput = z.strictObject({
  type: z.literal('rich_text_input'),
  ...acts,
  ...focuses,
  ...hints,
  ...dispatches,
  initial_value: richTextBlock.optional(),
  min_lines: z.int().min(1).max(100).optional(),
  max_lines: z.int().min(1).max(100).optional(),
});

const typed = { ...acts, ...focuses, ...hints, ...dispatches };
const decimal = z
  .string()
  .regex(/^-?\d+(\.\d+)?$/u)
  .optional();

/** Fields that only an input block may hold. */
export const fields = [
  z
    .strictObject({
      type: z.literal('plain_text_input'),
      ...typed,
      initial_value: z.string().max(3000).optional(),
      multiline: flag,
      min_length: z.int().min(0).max(3000).optional(),
      max_length: z.int().min(1).max(3000).optional(),
    })
    .refine(
      (input) =>
        (input.min_length ?? 0) <= (input.max_length ?? 3000) &&
        (input.initial_value ?? '').length <= (input.max_length ?? 3000),
      'min_length and initial_value must fit into max_length',
    ),
  z.strictObject({
    type: z.literal('number_input'),
    ...typed,
    is_decimal_allowed: z.boolean(),
    initial_value: decimal,
    min_value: decimal,
    max_value: decimal,
  }),
  z.strictObject({
    type: z.literal('email_text_input'),
    ...typed,
    initial_value: z.string().optional(),
  }),
  z.strictObject({ type: z.literal('url_text_input'), ...typed, initial_value: z.string().optional() }),
  z.strictObject({
    type: z.literal('file_input'),
    ...acts,
    filetypes: z.array(z.string().min(1)).optional(),
    max_files: z.int().min(1).max(10).optional(),
  }),
] as const;

const feedback = z.strictObject({
  text: plainText(75),
  accessibility_label: label75,
  value: z.string().min(1).max(2000),
});

export const feedbackButtons = z.strictObject({
  type: z.literal('feedback_buttons'),
  ...acts,
  positive_button: feedback,
  negative_button: feedback,
});

export const iconButton = z.strictObject({
  type: z.literal('icon_button'),
  ...acts,
  ...asks,
  icon: z.string().min(1),
  text: plainText(75),
  accessibility_label: label75,
  value: z.string().max(2000).optional(),
  visible_to_user_ids: z.array(id).max(10).optional(),
});
