import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { AppError } from '../../../src/core/errors.ts';
import { adviseOwnTools } from '../../../src/gate/advise-own-tools.ts';
import { parsePolicy } from '../../../src/gate/parse-policy.ts';
import { explainPolicy } from '../../../src/gate/policy-explain.ts';
import { describePolicyCases, runPolicyCases } from '../../../src/gate/policy-test.ts';
import { findTemplateMistake, renderTitle } from '../../../src/gate/title-template.ts';
import { demonstrationPeople } from '../../../src/people/parse-people.ts';

const people = demonstrationPeople();
const policy = parsePolicy(
  `version: 1
tools:
  billing/refund: { effect: keyed, key: idempotency_key, verdict: ask, approvers: [finance], title: "Refund {amount} on invoice {invoice}" }
rules:
  - { id: large-refund, tool: billing/refund, when: "args.amount > 500", verdict: ask_two, approvers: [approver] }
  - { id: huge-refund, tool: billing/*, when: "args.amount > 5000", verdict: deny }
servers:
  billing: { reviewed: true }
`,
  'policy.yaml',
);

describe("given the bot's own tools", () => {
  const shipped = readFileSync('defaults/policy.yaml', 'utf8');
  const adviceOn = (text: string): readonly string[] =>
    adviseOwnTools(parsePolicy(text, 'policy.yaml'), shipped);

  it('when a policy says nothing of them, then what it does is said, with lines that mend it', () => {
    const advice = adviceOn('version: 1\n');

    expect(advice[0]).toContain('no line is about memory/search, memory/save, memory/forget');
    expect(advice[1]).toContain('servers.memory is not trusted');
    expect(adviceOn(`version: 1\n${advice.slice(advice.indexOf('servers:')).join('\n')}\n`)).toEqual([]);
  });

  it('when it names some of them, then only the others are told of', () => {
    const named =
      'version: 1\nservers: { memory: { trust: trusted } }\ntools:\n  memory/s*: { verdict: ask }\n';

    expect(adviceOn(named)[0]).toContain('no line is about memory/forget, which');
    expect(adviceOn(named).filter((line) => line.includes('memory/search'))).toEqual([]);
  });

  it('when it is the one that ships, then there is nothing to say', () => {
    expect(adviceOn(shipped)).toEqual([]);
  });
});

describe('given a title template', () => {
  const template = 'Refund {amount} on invoice {invoice}';

  it.each([
    ['plain values', { amount: 120, invoice: 1042 }, 'Refund 120 on invoice 1042'],
    ['text', { amount: '120.00', invoice: 'A-1' }, 'Refund 120.00 on invoice A-1'],
    ['a missing argument', { amount: 120 }, 'billing/refund'],
    ['an empty one', { amount: 120, invoice: null }, 'billing/refund'],
    ['empty text', { amount: 120, invoice: '' }, 'Refund 120 on invoice ⟨empty⟩'],
    ['a list', { amount: [1, 2], invoice: { id: 3 } }, 'Refund [1,2] on invoice {"id":3}'],
    ['braces in a value', { amount: '{invoice}', invoice: 7 }, 'Refund {invoice} on invoice 7'],
    ['dollars in a value', { amount: '$&', invoice: '$1' }, 'Refund $& on invoice $1'],
    ['a hidden character', { amount: 1, invoice: '10\u202E42' }, 'Refund 1 on invoice 10⟨U+202E⟩42'],
    [
      'a line break',
      { amount: 1, invoice: '1\nApproved by Ben' },
      'Refund 1 on invoice 1⟨U+000A⟩Approved by Ben',
    ],
    ['a value too long for a title', { amount: 1, invoice: 'x'.repeat(300) }, 'billing/refund'],
  ])('when the arguments have %s, then the title is whole and true, or plain', (_what, args, expected) => {
    expect(renderTitle(template, 'billing/refund', args)).toBe(expected);
  });

  it('when there is no template, or it reaches for what is inherited, then the title is the tool', () => {
    expect(renderTitle(undefined, 'a/b', {})).toBe('a/b');
    expect(renderTitle('{constructor.name}', 'a/b', {})).toBe('a/b');
    expect(renderTitle('{__proto__}', 'a/b', {})).toBe('a/b');
  });

  it('when it is written, then nested arguments are fine and all else is a mistake', () => {
    expect(findTemplateMistake('Change {changes.email} of {customer}')).toBeUndefined();
    expect(findTemplateMistake('Change {a[0]}')).toContain('{a[0]}');
    expect(findTemplateMistake('Change {}')).toContain('{}');
    expect(findTemplateMistake('Change }')).toContain('brace');
    expect(findTemplateMistake('Change\u200B')).toContain('cannot be seen');
  });
});

describe('given a question about the policy', () => {
  const question = {
    tool: 'billing/refund',
    args: { amount: 600, invoice: 1042 },
    actor: { id: 'ben', roles: ['approver', 'finance'] },
    channel: 'finance',
    workflow: 'refund',
    isTainted: false,
    isServerReviewed: true,
    budget: { usdSpent: 0, calls: 0 },
  };

  it('when it is explained, then verdict, lines, people and what nobody could reach are told', () => {
    expect(explainPolicy(policy, people, question)).toBe(`billing/refund {"amount":600,"invoice":1042}
asked by ben (roles approver, finance) in #finance

verdict       ask_two
effect class  keyed (key in idempotency_key)
title         Refund 600 on invoice 1042

what counted
  ask      billing/refund   no condition   policy.yaml:3
  ask_two  large-refund   matched: args.amount > 500   policy.yaml:5

rules for this tool that did not match
  deny     huge-refund   args.amount > 5000   policy.yaml:6

who must agree
  1 of finance, not the requester (billing/refund): nobody   TOO FEW: nobody left could reach this
  2 of approver, not the requester (large-refund): Cho   TOO FEW: nobody left could reach this
  within 24 h; the card goes to: thread
  reminders: 1 h, 4 h`);
  });

  it('when it is denied, then the rule is named and nobody is listed', () => {
    const text = explainPolicy(policy, people, { ...question, args: { amount: 6000, invoice: 1 } });

    expect(text).toContain('verdict       deny (huge-refund)');
    expect(text).not.toContain('who must agree');
  });
});

describe('given the cases of the policy that ships', () => {
  it('when they are run, then each of them holds', () => {
    const text = readFileSync('test/fixtures/shipped-policy-cases.yaml', 'utf8');
    const ships = parsePolicy(readFileSync('defaults/policy.yaml', 'utf8'), 'policy.yaml');

    const told = describePolicyCases(
      'cases.yaml',
      runPolicyCases(text, 'cases.yaml', { policy: ships, people }),
    );

    expect(told.split('\n').filter((line) => !line.startsWith('ok'))).toEqual(['8 of 8 cases hold']);
  });
});

describe('given cases for the policy', () => {
  const run = (text: string): string =>
    describePolicyCases('cases.yaml', runPolicyCases(text, 'cases.yaml', { policy, people }));

  it('when they are run, then those that differ say how, with their line', () => {
    const text = `
- { name: small, tool: billing/refund, args: { amount: 20 }, as: ana, channel: finance, expect: { verdict: ask, rules: [billing/refund] } }
- { tool: billing/refund, args: { amount: 600 }, as: ana, expect: { verdict: ask, rules: [huge-refund] } }
- { name: unreviewed, tool: hubspot/get, args: {}, expect: { verdict: ask, rules: [server-not-reviewed, default] } }
`;

    expect(run(text)).toBe(`ok    small
WRONG case 2: billing/refund (cases.yaml:3)
      expected ask, but it is ask_two: billing/refund says ask, large-refund says ask_two
      expected huge-refund to count, but it did not
ok    unreviewed
2 of 3 cases hold`);
  });

  it('when the file has mistakes, then all are told', () => {
    const text = '- { tool: refund, as: bob, expect: { verdict: yes } }\n- { tool: a/b, arg: {} }\n';

    expect(() => run(text)).toThrow(AppError);
    try {
      run(text);
    } catch (error) {
      const message = error instanceof Error ? error.message : '';
      expect(message).toContain('cases.yaml:1: [0].tool: "refund" is not a tool');
      expect(message).toContain('cases.yaml:1: [0].as: there is no person "bob"');
      expect(message).toContain('cases.yaml:1: [0].expect.verdict: "yes" is not a verdict');
      expect(message).toContain('cases.yaml:2: [1].arg: is not a known key. Fix: did you mean args');
      expect(message).toContain('cases.yaml:2: [1]: expects nothing');
    }
  });
});
