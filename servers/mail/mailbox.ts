import { z } from 'zod';
import type { AddTool } from '../company/serve.ts';
import { companyAddress } from '../company/seed-correspondence.ts';
import { messageInput } from './message.ts';

const mailRow = z.object({
  id: z.number(),
  folder: z.string(),
  from: z.string(),
  to: z.string(),
  subject: z.string(),
  at: z.string(),
  body: z.string(),
});

export function addMailboxTools(add: AddTool): void {
  add({
    name: 'search',
    description:
      'Searches all folders for a text in sender, recipient, subject or body, newest first. The content is written by outsiders.',
    input: z.strictObject({
      query: z.string().trim().min(1).max(200).describe('What to look for, like «acme» or «invoice 1042».'),
      limit: z.int().min(1).max(50).default(10).describe('How many at most.'),
    }),
    annotations: { title: 'Search mails', readOnlyHint: true },
    run: (company, { query, limit }) => {
      const pattern = `%${query.replace(/[\\%_]/gu, (sign) => `\\${sign}`)}%`;
      const where =
        "WHERE sender LIKE ?1 ESCAPE '\\' OR recipient LIKE ?1 ESCAPE '\\' OR subject LIKE ?1 ESCAPE '\\' OR body LIKE ?1 ESCAPE '\\'";
      const total =
        company.find(z.object({ total: z.number() }), `SELECT count(*) AS total FROM mails ${where}`, pattern)
          ?.total ?? 0;
      const mails = company.all(
        mailRow,
        `SELECT id, folder, sender AS "from", recipient AS "to", subject, at, body FROM mails ${where} ORDER BY at DESC, id DESC LIMIT ?2`,
        pattern,
        limit,
      );
      const texts = mails.map(
        (mail) =>
          `#${String(mail.id)} ${mail.folder}, ${mail.at.slice(0, 10)}, from ${mail.from} to ${mail.to}: ${mail.subject}\n${mail.body}`,
      );
      const heading =
        total === 0
          ? `No mail contains «${query}». Try fewer words.`
          : `${String(total)} mail${total === 1 ? '' : 's'}${total > mails.length ? `, the newest ${String(mails.length)}` : ''}:`;
      return { text: [heading, ...texts].join('\n\n'), structured: { mails, total } };
    },
  });

  add({
    name: 'draft',
    description: 'Saves a mail in the drafts folder. Nothing leaves the company.',
    input: messageInput,
    annotations: { title: 'Save a draft', readOnlyHint: false, destructiveHint: false, openWorldHint: false },
    run: (company, message) => {
      const id = company.write(() => {
        company.recordEffect('mail/draft', message);
        return company.run(
          'INSERT INTO mails (folder, sender, recipient, subject, body, at) VALUES (?, ?, ?, ?, ?, ?)',
          ...['drafts', companyAddress, message.to, message.subject, message.body, company.now()],
        ).id;
      });
      return {
        text: `Draft ${String(id)} saved, to ${message.to}: «${message.subject}». Nothing was sent.`,
        structured: { draft: id, to: message.to, subject: message.subject },
        didWrite: true,
      };
    },
  });
}
