/**
 * What a mail may be. One plain address and one line of subject: no second recipient, no header of the caller's own.
 */
import { z } from 'zod';

export const messageInput = z.strictObject({
  to: z
    .string()
    .max(254)
    .regex(
      /^[A-Za-z0-9](?:[A-Za-z0-9._+-]{0,62}[A-Za-z0-9_+-])?@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$/u,
      'must be one plain e-mail address like greta@acme.example, without a name, spaces or a second address',
    )
    .refine((address) => !address.includes('..'), 'must not have two dots in a row')
    .describe('One e-mail address, like greta.vogel@acme.example.'),
  subject: z
    .string()
    .min(1)
    .max(200)
    .refine(
      (subject) => !/[\p{Cc}\u2028\u2029]/u.test(subject),
      'must be one line without line breaks or control characters',
    )
    .describe('Subject, one line.'),
  body: z
    .string()
    .min(1)
    .max(20_000)
    .refine((body) => !body.includes('\0'), 'must not contain NUL characters')
    .describe('The text of the mail, plain text.'),
});

export type Message = z.output<typeof messageInput>;
