import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SMTPServer } from 'smtp-server';
import { aCompany, buildServers } from './company.ts';
import type { CompanyWorld } from './company.ts';

let built: string;
let company: CompanyWorld;

beforeAll(async () => {
  built = await buildServers();
}, 60_000);
afterAll(() => rm(built, { recursive: true, force: true }));
beforeEach(async () => {
  company = await aCompany(built);
});
afterEach(() => company.stop());

async function outbox(): Promise<readonly string[]> {
  const names = await readdir(join(company.folder, 'outbox')).catch(() => []);
  return Promise.all(names.map((name) => readFile(join(company.folder, 'outbox', name), 'utf8')));
}

const mail = {
  to: 'greta.vogel@acme.example',
  subject: 'Rückerstattung 120.00',
  body: 'Hello Greta,\n\nit is on its way.',
};

describe('given a mail to one address', () => {
  it('when it is sent, then one whole file lies in the outbox and the mail is found among the sent ones', async () => {
    const reply = await company.call('mail/send', mail);

    const [eml, ...others] = await outbox();
    const found = await company.call('mail/search', { query: 'on its way' });

    expect(reply.isError).toBe(false);
    expect(others).toEqual([]);
    expect(eml).toMatch(
      /^From: Larkspur Goods <service@larkspur\.example>\r\nTo: greta\.vogel@acme\.example\r\nSubject: =\?UTF-8\?/mu,
    );
    expect(eml).toContain('it is on its way.');
    expect(found.structured).toMatchObject({ total: 1, mails: [{ folder: 'sent', to: mail.to }] });
    expect(await company.effects()).toEqual({ 'mail/send': 1 });
  });

  it('when several are sent at once, then each goes to its own address, and none when one does not fit', async () => {
    const two = [mail, { ...mail, to: 'otto@birch.example' }];

    const twice = await company.call('mail/send_many', { about: 'reminders', mails: [mail, mail] });
    const misfit = await company.call('mail/send_many', {
      about: 'reminders',
      mails: [mail, { ...mail, to: 'a, b' }],
    });
    const reply = await company.call('mail/send_many', { about: 'reminders', mails: two });

    expect([twice.isError, misfit.isError]).toEqual([true, true]);
    expect(reply.text).toBe('2 sent: greta.vogel@acme.example, otto@birch.example.');
    expect(await outbox()).toHaveLength(2);
    expect(await company.effects()).toEqual({ 'mail/send': 2 });
  });

  it('when it is only drafted, then nothing leaves', async () => {
    const reply = await company.call('mail/draft', mail);

    expect(reply.isError).toBe(false);
    expect(await outbox()).toEqual([]);
    expect(await company.effects()).toEqual({ 'mail/draft': 1 });
  });

  it('when it carries a header of its own or more than one plain address, then it is refused and nothing is sent', async () => {
    const cases: readonly (readonly [string, Record<string, unknown>])[] = [
      ['a header behind the subject', { subject: 'Hi\r\nBcc: eve@evil.example' }],
      ['a bare line feed in the subject', { subject: 'Hi\nBcc: eve@evil.example' }],
      ['a line separator in the subject', { subject: 'Hi\u2028Bcc: eve@evil.example' }],
      ['a header behind the address', { to: 'a@b.example\r\nBcc: eve@evil.example' }],
      ['two addresses', { to: 'a@b.example, eve@evil.example' }],
      ['a name with an address inside', { to: '"a@b.example" <eve@evil.example>' }],
      ['a group', { to: 'all:a@b.example,eve@evil.example;' }],
      ['a route', { to: 'a%b@evil.example' }],
      ['a look-alike letter', { to: 'greta@асme.example' }],
      ['no domain', { to: 'greta' }],
      ['a blind copy', { bcc: 'eve@evil.example' }],
    ];
    const accepted: string[] = [];

    for (const [name, change] of cases) {
      const reply = await company.call('mail/send', { ...mail, ...change });
      if (!reply.isError) accepted.push(name);
    }

    expect(accepted).toEqual([]);
    expect(await company.effects()).toEqual({});
    expect(await outbox()).toEqual([]);
  });

  it('when the body looks like headers, then it stays body', async () => {
    await company.call('mail/send', {
      ...mail,
      subject: 'Hi',
      body: 'Bcc: eve@evil.example\r\n\r\n.\r\nQUIT',
    });

    const [eml = ''] = await outbox();

    expect(eml.slice(0, eml.indexOf('\r\n\r\n'))).not.toContain('eve@evil.example');
  });
});

describe('given an SMTP server', () => {
  it('when a mail is sent, then that server gets it once and the outbox stays empty', async () => {
    const received: string[] = [];
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      onData(stream, session, done) {
        let text = '';
        stream.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
        stream.on('end', () => {
          received.push(`${session.envelope.rcptTo.map(({ address }) => address).join(',')}\n${text}`);
          done();
        });
      },
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const client = await company.connect('mail', { SMTP_URL: `smtp://127.0.0.1:${String(port)}` });

    const reply = await company.call('mail/send', mail, client);

    await new Promise<void>((resolve) => {
      server.close(resolve);
    });
    expect(reply.structured).toMatchObject({ via: 'smtp' });
    expect(received).toHaveLength(1);
    expect(received[0]).toMatch(/^greta\.vogel@acme\.example\n/u);
    expect(await outbox()).toEqual([]);
    expect(await company.effects()).toEqual({ 'mail/send': 1 });
  });

  it('when nobody listens there, then the answer says so, keeps the password to itself, and nothing is recorded', async () => {
    const client = await company.connect('mail', { SMTP_URL: 'smtp://user:hunter2@127.0.0.1:1' });

    const reply = await company.call('mail/send', mail, client);

    expect(reply.isError).toBe(true);
    expect(reply.text).toContain('check SMTP_URL');
    expect(reply.text).not.toContain('hunter2');
    expect(await company.effects()).toEqual({});
  });
});

describe('given customer 88', () => {
  it('when fields change and a note is added, then the customer shows both', async () => {
    await company.call('crm/update_customer', {
      customer: 88,
      changes: { phone: '+49 555 7', city: 'Bonn' },
    });
    await company.call('crm/add_note', { customer: 88, text: 'Ask for a photo first.' });

    const shown = await company.call('crm/get_customer', { customer: 88 });

    expect(shown.structured).toMatchObject({
      customer: { phone: '+49 555 7', city: 'Bonn', notes: [{ text: 'Ask for a photo first.' }] },
    });
    expect(await company.effects()).toEqual({ 'crm/update_customer': 1, 'crm/add_note': 1 });
  });

  it('when a change names no field of a customer, then it is refused', async () => {
    const cases: readonly (readonly [string, Record<string, unknown>])[] = [
      ['nothing', {}],
      ['an unknown field', { id: 3 }],
      ['SQL in place of a field', { "city = 'x' --": 'y' }],
      ['a line break', { city: 'Bonn\nBerlin' }],
    ];
    const accepted: string[] = [];

    for (const [name, change] of cases) {
      const reply = await company.call('crm/update_customer', { customer: 88, changes: change });
      if (!reply.isError) accepted.push(name);
    }

    expect(accepted).toEqual([]);
    expect(await company.effects()).toEqual({});
  });

  it('when it is looked for with signs that mean something to SQL, then they are taken literally', async () => {
    const percent = await company.call('crm/find_customer', { query: '%' });
    const quote = await company.call('crm/find_customer', { query: "' OR 1=1 --" });

    expect([percent.structured['total'], quote.structured['total']]).toEqual([0, 0]);
  });

  it('when its tickets are listed, then the broken delivery of invoice 1042 is open', async () => {
    const tickets = await company.call('crm/list_tickets', { customer: 88, status: 'open' });

    expect(tickets.structured).toMatchObject({ tickets: [{ invoice: 1042, priority: 'high' }] });
  });
});
