/** The environment keys that the adapter reads. */
import { z } from 'zod';

export const discordEnv = z.object({
  DISCORD_TOKEN: z.string().optional(),
  DISCORD_APPLICATION_ID: z
    .string()
    .regex(/^\d{1,20}$/u, 'is not an application id; copy the number from the application page')
    .optional(),
  DISCORD_PUBLIC_KEY: z
    .string()
    .regex(/^[0-9a-f]{64}$/iu, 'is not a public key; copy the 64 characters from the application page')
    .optional(),
  DISCORD_API_URL: z
    .url({ protocol: /^https?$/u, error: 'is not a web address; unset it for Discord itself' })
    .optional(),
  DISCORD_SHARDS: z
    .union([z.literal('auto'), z.string().regex(/^[1-9]\d{0,3}$/u)], {
      error: 'is neither auto nor a number of shards',
    })
    .transform((shards) => (shards === 'auto' ? shards : Number(shards)))
    .optional(),
  DISCORD_CARDS: z.enum(['components', 'classic'], { error: 'is neither components nor classic' }).optional(),
});
export type DiscordEnv = z.infer<typeof discordEnv>;
