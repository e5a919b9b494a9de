/** Block Kit's blocks. Unknown types and unknown fields are refused, as Slack refuses them. */
import { z } from 'zod';
import {
  button,
  dateTimePicker,
  feedbackButtons,
  fields,
  iconButton,
  menus,
  overflow,
  pickers,
  richTextInput,
  workflowButton,
} from './block-elements.ts';
import { richTextBlock } from './rich-text.ts';
import {
  identifier,
  imageBlock,
  imageElement,
  mrkdwn,
  plainText,
  textObject,
  webAddress,
} from './text-objects.ts';

const block = { block_id: identifier.optional() };

const actions = z.strictObject({
  type: z.literal('actions'),
  ...block,
  elements: z
    .array(
      z.discriminatedUnion('type', [
        button,
        ...menus,
        ...pickers,
        overflow,
        dateTimePicker,
        workflowButton,
        richTextInput,
      ]),
    )
    .min(1)
    .max(25),
});

const context = z.strictObject({
  type: z.literal('context'),
  ...block,
  elements: z
    .array(z.discriminatedUnion('type', [imageElement, plainText(3000), mrkdwn(3000)]))
    .min(1)
    .max(10),
});

const divider = z.strictObject({ type: z.literal('divider'), ...block });
const header = z.strictObject({ type: z.literal('header'), ...block, text: plainText(150) });
const file = z.strictObject({
  type: z.literal('file'),
  ...block,
  source: z.literal('remote'),
  external_id: z.string().min(1),
});

const input = z.strictObject({
  type: z.literal('input'),
  ...block,
  label: plainText(2000),
  hint: plainText(2000).optional(),
  optional: z.boolean().optional(),
  dispatch_action: z.boolean().optional(),
  element: z.discriminatedUnion('type', [...fields, ...menus, ...pickers, dateTimePicker, richTextInput]),
});

const section = z
  .strictObject({
    type: z.literal('section'),
    ...block,
    text: textObject(3000).optional(),
    fields: z.array(textObject(2000)).min(1).max(10).optional(),
    accessory: z
      .discriminatedUnion('type', [button, imageElement, ...menus, ...pickers, overflow, workflowButton])
      .optional(),
    expand: z.boolean().optional(),
  })
  .refine(
    (value) => value.text !== undefined || value.fields !== undefined,
    'needs at least one of text and fields',
  );

const rawText = z.strictObject({ type: z.literal('raw_text'), text: z.string().min(1) });
const rawNumber = z.strictObject({
  type: z.literal('raw_number'),
  value: z.number(),
  text: z.string().min(1),
});
const cell = z.discriminatedUnion('type', [rawText, rawNumber, richTextBlock]);

const table = z.strictObject({
  type: z.literal('table'),
  ...block,
  rows: z.array(z.array(cell).min(1).max(20)).min(1).max(100),
  column_settings: z
    .array(
      z
        .strictObject({
          align: z.enum(['left', 'center', 'right']).optional(),
          is_wrapped: z.boolean().optional(),
        })
        .nullable(),
    )
    .max(20)
    .optional(),
});

const dataTable = z
  .strictObject({
    type: z.literal('data_table'),
    ...block,
    rows: z.array(z.array(cell).min(1).max(20)).min(2).max(101),
    caption: z.string().min(1),
    page_size: z.int().min(1).max(100).optional(),
    row_header_column_index: z.int().min(0).max(19).optional(),
  })
  .refine(
    (value) => value.rows[0]?.every((head) => head.type !== 'rich_text'),
    'header cells may not be rich_text',
  );

const video = z.strictObject({
  type: z.literal('video'),
  ...block,
  video_url: webAddress,
  thumbnail_url: webAddress,
  alt_text: z.string().min(1),
  title: plainText(199),
  title_url: webAddress.optional(),
  author_name: z.string().max(49).optional(),
  provider_name: z.string().optional(),
  provider_icon_url: webAddress.optional(),
  description: plainText(3000).optional(),
});

const alert = z.strictObject({
  type: z.literal('alert'),
  ...block,
  text: textObject(200),
  level: z.enum(['default', 'info', 'warning', 'error', 'success']).optional(),
});

const card = z
  .strictObject({
    type: z.literal('card'),
    ...block,
    hero_image: imageElement.optional(),
    icon: imageElement.optional(),
    title: mrkdwn(150).optional(),
    subtitle: mrkdwn(150).optional(),
    body: mrkdwn(200).optional(),
    actions: z.array(button).min(1).max(3).optional(),
  })
  .refine(
    (value) => [value.hero_image, value.title, value.actions, value.body].some((part) => part !== undefined),
    'needs at least one of hero_image, title, actions and body',
  );

const carousel = z.strictObject({
  type: z.literal('carousel'),
  ...block,
  elements: z.array(card).min(1).max(10),
});

const container = z
  .strictObject({
    type: z.literal('container'),
    ...block,
    title: plainText(150).optional(),
    rich_text_title: richTextBlock.optional(),
    subtitle: textObject(150).optional(),
    child_blocks: z
      .array(
        z.discriminatedUnion('type', [
          actions,
          context,
          divider,
          file,
          header,
          imageBlock,
          input,
          richTextBlock,
          section,
          table,
          video,
        ]),
      )
      .min(1)
      .max(10),
    width: z.enum(['narrow', 'standard', 'wide', 'full']).optional(),
    icon: imageElement.optional(),
    is_collapsible: z.boolean().optional(),
    default_collapsed: z.boolean().optional(),
    has_header_divider: z.boolean().optional(),
  })
  .refine(
    (value) => value.title !== undefined || value.rich_text_title !== undefined,
    'needs one of title and rich_text_title',
  )
  .refine(
    (value) => value.default_collapsed !== true || value.is_collapsible === true,
    'default_collapsed needs is_collapsible',
  );

const markdown = z.strictObject({
  type: z.literal('markdown'),
  ...block,
  text: z.string().min(1).max(12_000),
});
const contextActions = z.strictObject({
  type: z.literal('context_actions'),
  ...block,
  elements: z
    .array(z.discriminatedUnion('type', [feedbackButtons, iconButton]))
    .min(1)
    .max(5),
});

export const urlSource = z.strictObject({ type: z.literal('url'), url: webAddress, text: z.string().min(1) });
export const taskStatus = z.enum(['pending', 'in_progress', 'complete', 'error']);
const taskCard = z.strictObject({
  type: z.literal('task_card'),
  ...block,
  task_id: z.string().min(1),
  title: z.string().min(1),
  details: richTextBlock.optional(),
  output: richTextBlock.optional(),
  sources: z.array(urlSource).optional(),
  status: taskStatus,
});
const plan = z.strictObject({
  type: z.literal('plan'),
  ...block,
  title: z.string().min(1),
  tasks: z.array(taskCard).optional(),
});

export const anyBlock = z.discriminatedUnion('type', [
  actions,
  alert,
  card,
  carousel,
  container,
  context,
  contextActions,
  dataTable,
  divider,
  file,
  header,
  imageBlock,
  input,
  markdown,
  plan,
  richTextBlock,
  section,
  table,
  taskCard,
  video,
]);

export type SlackBlock = z.infer<typeof anyBlock>;
