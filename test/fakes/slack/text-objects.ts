/** Block Kit's composition objects: texts, options, confirmations. Every length is Slack's own. */
import { z } from 'zod';

export const plainText = (max: number) =>
  z.strictObject({
    type: z.literal('plain_text'),
    text: z.string().min(1).max(max),
    emoji: z.boolean().optional(),
  });

const dateToken = /<!date\^[^<>]*>/gu;
/** Seconds, a format, optionally an address, and what is shown where no date can be. */
const wholeDate = /^<!date\^(-?\d{1,12})\^([^^|<>]+)(?:\^(https?:\/\/[^|<>^]+))?\|[^<>|]+>$/u;
const datePlaceholders = new Set([
  ...['date', 'date_num', 'date_slash', 'date_pretty', 'date_short', 'date_short_pretty', 'date_long'],
  ...['date_long_pretty', 'time', 'time_secs', 'ago', 'day_divider_pretty'],
]);

/** Slack shows a date that is not whole as it stands, which nobody means. */
export function dateFault(text: string): string | undefined {
  // One that is cut off has no end.
  if (/<!date(?!\^[^<>]*>)/u.test(text)) return 'a date that does not end';
  for (const [token] of text.matchAll(dateToken)) {
    const [, , format] = wholeDate.exec(token) ?? [];
    if (format === undefined) return `no date: ${token}`;
    const placeholders = [...format.matchAll(/\{([^}]*)\}/gu)].map(([, name = '']) => name);
    const unknown = placeholders.find((name) => !datePlaceholders.has(name));
    if (placeholders.length === 0 || unknown !== undefined) return `a date without a known form: ${token}`;
  }
  return undefined;
}

export const mrkdwn = (max: number) =>
  z.strictObject({
    type: z.literal('mrkdwn'),
    text: z
      .string()
      .min(1)
      .max(max)
      .superRefine((text, context) => {
        const fault = dateFault(text);
        if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
      }),
    verbatim: z.boolean().optional(),
  });

export const textObject = (max: number) => z.discriminatedUnion('type', [plainText(max), mrkdwn(max)]);

export const identifier = z.string().min(1).max(255);
export const webAddress = z.url({ protocol: /^https?$/u }).max(3000);
export const colorScheme = z.enum(['primary', 'danger']);

export const confirmation = z.strictObject({
  title: plainText(100).optional(),
  text: textObject(300),
  confirm: plainText(30).optional(),
  deny: plainText(30).optional(),
  style: colorScheme.optional(),
});

const optionFields = { value: z.string().min(1).max(75), description: plainText(75).optional() };
export const plainOption = z.strictObject({ text: plainText(75), ...optionFields });
export const richOption = z.strictObject({
  text: textObject(75),
  ...optionFields,
  description: textObject(75).optional(),
});
/** Overflow menus alone may open addresses. */
export const overflowOption = z.strictObject({
  text: plainText(75),
  ...optionFields,
  url: webAddress.optional(),
});
export const optionGroup = z.strictObject({
  label: plainText(75),
  options: z.array(plainOption).min(1).max(100),
});

const altText = z.string().min(1).max(2000);
const slackFile = z.union([z.strictObject({ id: z.string().min(1) }), z.strictObject({ url: webAddress })]);
const imageFields = { image_url: webAddress.optional(), slack_file: slackFile.optional() };
const hasOneSource = (image: { image_url?: unknown; slack_file?: unknown }): boolean =>
  (image.image_url === undefined) !== (image.slack_file === undefined);
const oneSource = 'needs exactly one of image_url and slack_file';

export const imageElement = z
  .strictObject({ type: z.literal('image'), alt_text: altText, ...imageFields })
  .refine(hasOneSource, oneSource);

export const imageBlock = z
  .strictObject({
    type: z.literal('image'),
    block_id: identifier.optional(),
    alt_text: altText,
    title: plainText(2000).optional(),
    ...imageFields,
  })
  .refine(hasOneSource, oneSource);
