/**
 * Sending, once per call and never repeated from here.
 *
 * The outbox: the file appears whole, under its final name, in the same transaction that records it. SMTP: the mail
 * is recorded after the receiving server took it. When that server's answer is lost, this server gives none either,
 * because «it failed» would be a guess; the caller's deadline then makes the outcome what it is, unknown.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { z } from 'zod';
import { Refusal } from '../company/refusal.ts';
import type { Company } from '../company/open.ts';
import type { AddTool } from '../company/serve.ts';
import { companyAddress } from '../company/seed-correspondence.ts';
import { messageInput } from './message.ts';
import type { Message } from './message.ts';

interface Envelope {
  readonly from: { readonly name: string; readonly address: string };
  readonly to: { readonly name: string; readonly address: string };
  readonly subject: string;
  readonly text: string;
  readonly messageId: string;
  readonly date: Date;
  readonly disableFileAccess: true;
  readonly disableUrlAccess: true;
}

export function addSendTool(add: AddTool): void {
  // No annotations on purpose: the words «send a mail» are all a caller gets.
  add({
    name: 'send',
    description:
      'Sends a mail to one address outside the company. Cannot be recalled; each call sends again.',
    input: messageInput,
    run: async (company, message) => {
      const sent = await sendOne(company, message);
      return {
        text: `Sent to ${message.to}: «${message.subject}» (${sent.file === undefined ? 'by SMTP' : `file outbox/${sent.file}`}).`,
        structured: { to: message.to, subject: message.subject, ...sent },
        didWrite: true,
      };
    },
  });
}

const mostMails = 20;

export function addSendManyTool(add: AddTool): void {
  add({
    name: 'send_many',
    description: `Sends up to ${String(mostMails)} mails, each to one address of its own, in the order given. Stops at the first that is refused and says what was sent until then. Cannot be recalled; each call sends again.`,
    input: z.strictObject({
      about: z
        .string()
        .trim()
        .min(1)
        .max(120)
        .regex(/^[^\p{Cc}]*$/u)
        .describe('What the mails are for, one line.'),
      mails: z
        .array(messageInput)
        .min(1)
        .max(mostMails)
        .refine(
          (mails) => new Set(mails.map(({ to, subject }) => `${to}\n${subject}`)).size === mails.length,
          'must not hold the same address with the same subject twice',
        ),
    }),
    run: async (company, { mails }) => {
      const sent: string[] = [];
      for (const mail of mails) {
        try {
          await sendOne(company, mail);
        } catch (error) {
          if (!(error instanceof Refusal) || sent.length === 0) throw error;
          throw new Refusal(
            `${String(sent.length)} of ${String(mails.length)} were sent: ${sent.join(', ')}. Then ${mail.to}: ${error.message} The rest was not tried.`,
            { cause: error },
          );
        }
        sent.push(mail.to);
      }
      return {
        text: `${String(sent.length)} sent: ${sent.join(', ')}.`,
        structured: { sent },
        didWrite: true,
      };
    },
  });
}

interface Sent {
  readonly messageId: string;
  readonly via: 'smtp' | 'outbox';
  readonly file?: string;
}

async function sendOne(company: Company, message: Message): Promise<Sent> {
  const id = randomUUID();
  const messageId = `<${id}@larkspur.example>`;
  const smtpUrl = process.env.SMTP_URL ?? '';
  const sent =
    smtpUrl === ''
      ? await putInOutbox(company, message, id)
      : await sendBySmtp(company, message, messageId, smtpUrl);
  return { messageId, ...sent };
}

function envelopeOf(message: Message, messageId: string): Envelope {
  return {
    from: { name: 'Larkspur Goods', address: companyAddress },
    // An address object is taken as it is; a string would be parsed as a list of addresses.
    to: { name: '', address: message.to },
    subject: message.subject,
    text: message.body,
    messageId,
    date: new Date(),
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

async function putInOutbox(
  company: Company,
  message: Message,
  id: string,
): Promise<{ via: 'outbox'; file: string }> {
  const messageId = `<${id}@larkspur.example>`;
  const rendered = await createTransport({
    streamTransport: true,
    buffer: true,
    newline: 'windows',
  }).sendMail(envelopeOf(message, messageId));
  if (!Buffer.isBuffer(rendered.message)) throw new Error('The mail was not rendered to bytes.');
  const bytes = rendered.message;
  const file = `${company.now().replace(/[:.]/gu, '-')}-${id}.eml`;
  const outbox = join(company.folder, 'outbox');
  mkdirSync(outbox, { recursive: true });
  company.write(() => {
    recordSent(company, message, messageId);
    writeWhole(join(outbox, file), bytes);
  });
  return { via: 'outbox', file };
}

/** Readers of the folder never see half a file. */
function writeWhole(path: string, bytes: Buffer): void {
  const descriptor = openSync(`${path}.part`, 'wx');
  try {
    writeSync(descriptor, bytes);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(`${path}.part`, path);
}

async function sendBySmtp(
  company: Company,
  message: Message,
  messageId: string,
  url: string,
): Promise<{ via: 'smtp' }> {
  const transport = createTransport({
    url,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 20_000,
  });
  try {
    await transport.verify();
  } catch (cause) {
    transport.close();
    throw new Refusal(
      'The mail server cannot be reached or refuses the sign-in: check SMTP_URL. Nothing was sent.',
      { cause },
    );
  }
  try {
    await transport.sendMail(envelopeOf(message, messageId));
  } catch (error) {
    const why = certainRefusal(error);
    if (why !== undefined)
      throw new Refusal(`The mail server did not take the mail: ${why} Nothing was sent.`, { cause: error });
    process.stderr.write(
      `mail/send: no answer from the mail server about ${messageId}; it may or may not have been sent.\n`,
    );
    return await new Promise<never>(() => undefined);
  } finally {
    transport.close();
  }
  company.write(() => {
    recordSent(company, message, messageId);
  });
  return { via: 'smtp' };
}

/** Why the mail certainly was not sent, or undefined when it may have been. Never repeats the URL: it holds a password. */
function certainRefusal(error: unknown): string | undefined {
  // A reply of 4xx or 5xx is the receiving server's own no. Everything else may have broken off after the mail was taken.
  if (
    !(error instanceof Error) ||
    !('responseCode' in error) ||
    typeof error.responseCode !== 'number' ||
    error.responseCode < 400
  )
    return undefined;
  return `it answered ${String(error.responseCode)}. Check the address and the sender's rights.`;
}

function recordSent(company: Company, message: Message, messageId: string): void {
  company.run(
    'INSERT INTO mails (folder, sender, recipient, subject, body, at, message_id) VALUES (?, ?, ?, ?, ?, ?, ?)',
    ...['sent', companyAddress, message.to, message.subject, message.body, company.now(), messageId],
  );
  company.recordEffect('mail/send', message, messageId);
}
