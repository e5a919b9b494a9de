import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { AppError } from '../../../src/core/errors.ts';
import { findUnanswerable } from '../../../src/gate/find-unanswerable.ts';
import { parsePolicy } from '../../../src/gate/parse-policy.ts';
import { demonstrationPeople, parsePeople } from '../../../src/people/parse-people.ts';
import { brokenPolicies } from './broken-policies.ts';

const good = `
# How the company wants it.
version: 1
default: { verdict: ask, approvers: [approver], quorum: 1, excludeRequester: true, expiresIn: 24h, effect: opaque, notify: thread }
tools:
  crm/find_customer: { effect: read, verdict: allow }
  billing/get_invoice: { effect: read, verdict: allow }
  crm/update_customer: { verdict: ask, preview: { tool: crm/find_customer, record: customer, sets: changes } }
  billing/refund: { effect: keyed, key: idempotency_key, verdict: ask, approvers: [finance], title: "Refund {amount} {currency} on invoice {invoice}", preview: billing/get_invoice, expiresIn: 4h }
  mail/*: { verdict: ask, notify: dm }
  database/execute: { verdict: deny }
rules:
  - { id: large-refund, tool: billing/refund, when: "args.amount > 500", verdict: ask_two, approvers: [approver] }
  - { id: outside-mail, tool: mail/send, when: 'domainOf(args.to) != "larkspur.example"', verdict: ask, approvers: [approver, finance] }
servers:
  crm: { reviewed: true, trust: trusted }
  mail: { reviewed: true }
budgets:
  person: { usd: 5 }
  day: { usd: 100, tokens: 5000000 }
  run: { tokens: 200000 }
  approvers: [finance]
prices:
  openai/llama-*: { input: 0.2, output: 0.4, cachedInput: 0 }
`;

function messageOf(text: string, options?: Parameters<typeof parsePolicy>[2]): string {
  try {
    parsePolicy(text, 'policy.yaml', options);
  } catch (error) {
    if (error instanceof AppError && error.code === 'policy.invalid') return error.message;
    throw error;
  }
  return 'no mistake';
}

const schema: unknown = JSON.parse(readFileSync('defaults/policy.schema.json', 'utf8'));
// The schema file is an object, as its own parse above would otherwise have failed in Ajv.
const fitsSchema = new Ajv({ allowUnionTypes: true }).compile(schema as object);

describe('given a policy with one mistake', () => {
  it('when they are counted, then there are at least forty', () => {
    expect(brokenPolicies.length).toBeGreaterThanOrEqual(40);
  });

  it.each(brokenPolicies)(
    'when it has $name, then file, line, key and fix are named',
    ({ text, says, fix }) => {
      const message = messageOf(text);

      expect(message).toContain('policy.yaml has one mistake');
      expect(message.split('\n')[1]).toContain(says);
      expect(message.slice(message.indexOf('Fix: '))).toContain(fix);
    },
  );

  it.each(brokenPolicies.filter(({ isShape }) => isShape))(
    'when it has $name, then the schema for editors refuses it too',
    ({ text }) => {
      expect(fitsSchema(parse(text))).toBe(false);
    },
  );
});

describe('given a policy without mistakes', () => {
  it('when it is read, then the schema for editors accepts it too', () => {
    expect(messageOf(good, { people: demonstrationPeople() })).toBe('no mistake');
    expect([fitsSchema(parse(good)), fitsSchema.errors]).toEqual([true, null]);
  });

  it('when comments, layout and the order of lines change, then the digest stays', () => {
    const first = parsePolicy(good, 'policy.yaml').digest;
    const moved = good
      .replace('# How the company wants it.', '')
      .replace('  crm/find_customer: { effect: read, verdict: allow }\n', '')
      .replace('rules:', '  crm/find_customer:\n    verdict: allow # harmless\n    effect: read\nrules:')
      .replace('[approver, finance]', '[finance, approver]');

    expect(parsePolicy(moved, 'elsewhere.yaml').digest).toBe(first);
  });

  it.each([
    ['a limit', '> 500', '> 501'],
    ['an approver', 'approvers: [finance]', 'approvers: [approver]'],
    ['an expiry', '4h', '5h'],
    ['a title', 'Refund {amount}', 'Pay {amount}'],
    ['a review', 'mail: { reviewed: true }', 'mail: { reviewed: false }'],
    ['a budget', 'usd: 100', 'usd: 200'],
    ['a price', 'input: 0.2', 'input: 0.3'],
    ['the default', 'excludeRequester: true', 'excludeRequester: false'],
  ])('when %s changes, then the digest changes', (_what, before, after) => {
    expect(good).toContain(before);
    expect(parsePolicy(good.replace(before, after), 'policy.yaml').digest).not.toBe(
      parsePolicy(good, 'policy.yaml').digest,
    );
  });

  it('when servers and effects are asked for, then what is not named is untrusted, not reviewed and opaque', () => {
    const policy = parsePolicy(good, 'policy.yaml');

    expect([...policy.reviewedServers]).toEqual(['crm', 'mail']);
    const trustOf = (name: string) => policy.trustOf({ name, server: name.split('/')[0] ?? '' });
    expect([trustOf('crm/find'), trustOf('mail/read'), trustOf('hubspot/find')]).toEqual([
      'trusted',
      'untrusted',
      'untrusted',
    ]);
    const vouched = parsePolicy(
      good.replace('tools:\n', 'tools:\n  mail/receipt: { effect: opaque, trust: trusted }\n'),
      'policy.yaml',
    );
    expect(vouched.trustOf({ name: 'mail/receipt', server: 'mail' })).toBe('trusted');
    expect([policy.effectOf('billing/refund'), policy.effectOf('mail/send'), policy.effectOf('x/y')]).toEqual(
      ['keyed', 'opaque', 'opaque'],
    );
  });

  it('when it starts with a byte order mark, then it is read all the same', () => {
    expect(messageOf(`\uFEFF${good}`)).toBe('no mistake');
  });
});

describe('given the people', () => {
  const people = parsePeople(
    'people:\n  ana: { name: Ana }\n  ben: { name: Ben, roles: [finance] }\nroles:\n  sales: { slackGroups: [T1/S1] }\n',
    'people.yaml',
  );

  it('when a policy asks somebody unknown, then that is a mistake with the nearest name', () => {
    const text =
      'version: 1\ndefault: { approvers: [finance] }\ntools:\n  a/b: { verdict: ask, approvers: [finanec] }\n';

    expect(messageOf(text)).toBe('no mistake');
    expect(messageOf(text, { people })).toContain(
      'policy.yaml:4: tools.a/b.approvers[0]: there is no person or role "finanec". Fix: did you mean finance.',
    );
  });

  it('when a quorum is more than there are, then the line is named, unless a group on a platform may fill it', () => {
    const text =
      'version: 1\ndefault: { approvers: [finance] }\ntools:\n  a/b: { verdict: ask_two, approvers: [finance] }\n  a/c: { verdict: ask_two, approvers: [sales] }\n';

    expect(findUnanswerable(parsePolicy(text, 'policy.yaml'), people)).toEqual([
      'policy.yaml:4: a/b: asks 2 of finance, but only 1 of them is there. Fix: give the role to more people, or lower the quorum.',
    ]);
  });

  it('when a role is not known, then the default line is named too, once', () => {
    const found = findUnanswerable(parsePolicy('version: 1\n', 'policy.yaml'), people);

    expect(found).toEqual([
      expect.stringContaining('policy.yaml:1: default: there is no person or role "approver"'),
    ]);
  });
});

describe('given a time zone that does not exist', () => {
  it('when a policy is read for it, then the setting is named', () => {
    expect(messageOf(good, { timeZone: 'Europe/Atlantis' })).toContain(
      'TZ_NAME: there is no time zone "Europe/Atlantis". Fix: write one like Europe/Berlin.',
    );
  });
});

const shipped = 'defaults/policy.yaml';
(existsSync(shipped) ? describe : describe.skip)('given the shipped policy', () => {
  it('when it is read with the demonstration people, then it has no mistake and nobody is asked in vain', () => {
    const text = readFileSync(shipped, 'utf8');

    expect(messageOf(text, { people: demonstrationPeople() })).toBe('no mistake');
    expect(findUnanswerable(parsePolicy(text, shipped), demonstrationPeople())).toEqual([]);
    expect([fitsSchema(parse(text)), fitsSchema.errors]).toEqual([true, null]);
  });
});
