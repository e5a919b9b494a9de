/** Block Kit's `rich_text`: text in it is literal; a mention exists only as an element of its own. */
import { z } from 'zod';
import { identifier, webAddress } from './text-objects.ts';

const flag = z.boolean().optional();
const style = z
  .strictObject({ bold: flag, code: flag, italic: flag, strike: flag, underline: flag, unlink: flag })
  .optional();

const text = z.strictObject({ type: z.literal('text'), text: z.string().min(1), style });
/**
 * Slack's documents say only that it is an address; what nothing could open is taken to be refused, like one that is
 * longer than those of buttons. An empty text is refused; none at all shows the address.
 */
const link = z.strictObject({
  type: z.literal('link'),
  url: z.union([
    webAddress,
    z
      .string()
      .regex(/^mailto:[^\s@]+@\S+$/u, 'is no address to open')
      .max(3000),
  ]),
  text: z.string().min(1).optional(),
  unsafe: flag,
  style,
});

const inline = z.discriminatedUnion('type', [
  text,
  link,
  z.strictObject({ type: z.literal('broadcast'), range: z.enum(['here', 'channel', 'everyone']), style }),
  z.strictObject({ type: z.literal('color'), value: z.string(), style }),
  z.strictObject({ type: z.literal('channel'), channel_id: z.string().min(1), style }),
  z.strictObject({
    type: z.literal('date'),
    timestamp: z.int().positive(),
    format: z.string().min(1),
    url: webAddress.optional(),
    fallback: z.string().optional(),
    style,
  }),
  z.strictObject({
    type: z.literal('emoji'),
    name: z.string().min(1),
    unicode: z.string().optional(),
    url: webAddress.optional(),
    style,
  }),
  z.strictObject({ type: z.literal('team'), team_id: z.string().min(1), style }),
  z.strictObject({ type: z.literal('user'), user_id: z.string().min(1), style }),
  z.strictObject({ type: z.literal('usergroup'), usergroup_id: z.string().min(1), style }),
]);

const border = z.union([z.literal(0), z.literal(1)]).optional();
const section = z.strictObject({ type: z.literal('rich_text_section'), elements: z.array(inline) });

export const richTextBlock = z.strictObject({
  type: z.literal('rich_text'),
  block_id: identifier.optional(),
  elements: z
    .array(
      z.discriminatedUnion('type', [
        section,
        z.strictObject({
          type: z.literal('rich_text_list'),
          elements: z.array(section).min(1),
          style: z.enum(['bullet', 'ordered']),
          indent: z.int().min(0).max(8).optional(),
          offset: z.int().min(0).optional(),
          border,
        }),
        z.strictObject({ type: z.literal('rich_text_quote'), elements: z.array(inline), border }),
        z.strictObject({
          type: z.literal('rich_text_preformatted'),
          // Its documents give links to lists, quotes and sections alone.
          elements: z.array(text),
          language: z.string().optional(),
          border,
        }),
      ]),
    )
    .min(1),
});
