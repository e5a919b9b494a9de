/** The environment keys that Slack reads. */
import { z } from 'zod';

export const env = z.object({
  SLACK_BOT_TOKEN: z
    .string()
    .startsWith('xoxb-', 'is not a bot token; copy the one that begins with xoxb-')
    .optional(),
  SLACK_APP_TOKEN: z
    .string()
    .startsWith('xapp-', 'is not an app-level token; copy the one that begins with xapp-')
    .optional(),
  SLACK_SIGNING_SECRET: z.string().optional(),
  SLACK_CLIENT_ID: z.string().optional(),
  SLACK_CLIENT_SECRET: z.string().optional(),
  SLACK_API_URL: z
    .url({ protocol: /^https?$/u, error: 'is not a web address; unset it for Slack itself' })
    .optional(),
});
export type SlackEnv = z.infer<typeof env>;
