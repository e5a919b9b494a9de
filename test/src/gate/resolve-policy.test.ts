import { describe, expect, it } from '@jest/globals';
import { createLocalTime } from '../../../src/gate/condition-functions.ts';
import { parsePolicy } from '../../../src/gate/parse-policy.ts';
import type { Policy, PolicyAnswer, PolicyQuestion, Verdict } from '../../../src/gate/policy.ts';
import { createPolicy } from '../../../src/gate/resolve-policy.ts';

const order: readonly Verdict[] = ['allow', 'ask', 'ask_two', 'deny'];

function aQuestion(overrides: Partial<PolicyQuestion> = {}): PolicyQuestion {
  return {
    tool: 'billing/refund',
    args: { amount: 120, invoice: 1042 },
    actor: { id: 'ana', roles: [] },
    channel: 'finance',
    workflow: 'refund',
    isTainted: false,
    isServerReviewed: true,
    budget: { usdSpent: 0, calls: 0 },
    ...overrides,
  };
}

const policyOf = (text: string): Policy =>
  parsePolicy(`version: 1\n${text}`, 'policy.yaml', { timeZone: 'Europe/Berlin' });
const ids = (answer: PolicyAnswer): readonly string[] => answer.matched.map(({ id }) => id);

const refunds = policyOf(`
tools:
  billing/refund: { effect: keyed, key: idempotency_key, verdict: ask, approvers: [finance], title: "Refund {amount}", preview: billing/get_invoice, expiresIn: 4h, notify: dm }
  billing/get_invoice: { effect: read, verdict: allow }
  billing/*: { verdict: ask_two }
rules:
  - { id: large, tool: billing/refund, when: "args.amount > 500", verdict: ask_two, approvers: [approver], expiresIn: 1h }
  - { id: huge, tool: billing/*, when: "args.amount > 10000", verdict: deny }
  - { id: nights, tool: billing/refund, when: "time.hour < 7", verdict: ask, approvers: [operator] }
`);
const noon = new Date('2026-11-23T11:00:00Z');

describe('given a tool with a line and rules', () => {
  it('when no rule matches, then its own line decides, and brings its title, key, preview, expiry and place', () => {
    expect(refunds.resolve(aQuestion({ at: noon }))).toEqual({
      verdict: 'ask',
      effect: 'keyed',
      requirements: [{ rule: 'billing/refund', approvers: ['finance'], quorum: 1, excludeRequester: true }],
      matched: [{ id: 'billing/refund', verdict: 'ask', because: 'no condition' }],
      expiresInMs: 4 * 3_600_000,
      title: 'Refund {amount}',
      preview: { tool: 'billing/get_invoice' },
      key: 'idempotency_key',
      notify: 'dm',
      remindersMs: [3_600_000, 14_400_000],
    });
  });

  it('when a stricter rule matches, then both its people and those of the line must agree, in the shorter time', () => {
    const answer = refunds.resolve(aQuestion({ args: { amount: 600 }, at: noon }));

    expect(answer.verdict).toBe('ask_two');
    expect(answer.requirements).toEqual([
      { rule: 'billing/refund', approvers: ['finance'], quorum: 1, excludeRequester: true },
      { rule: 'large', approvers: ['approver'], quorum: 2, excludeRequester: true },
    ]);
    expect(answer.expiresInMs).toBe(3_600_000);
  });

  it('when a rule denies, then nobody is asked and the rule is named', () => {
    const answer = refunds.resolve(aQuestion({ args: { amount: 20_000 }, at: noon }));

    expect([answer.verdict, answer.deniedBy, answer.requirements]).toEqual(['deny', 'huge', []]);
  });

  it('when an argument is missing, then every rule that reads it counts and says why', () => {
    const answer = refunds.resolve(aQuestion({ args: {}, at: noon }));

    expect(ids(answer)).toEqual(['billing/refund', 'large', 'huge']);
    expect(answer.verdict).toBe('deny');
    expect(answer.matched[1]?.because).toBe('its condition failed: No such key: amount');
  });

  it('when the time is not known, then rules about time count', () => {
    expect(ids(refunds.resolve(aQuestion()))).toContain('nights');
    expect(ids(refunds.resolve(aQuestion({ at: noon })))).not.toContain('nights');
  });

  it('when only a pattern names it, then the longest pattern is its line, and ask_two needs two', () => {
    const answer = refunds.resolve(aQuestion({ tool: 'billing/credit' }));

    expect([answer.verdict, answer.effect, answer.requirements[0]?.quorum]).toEqual(['ask_two', 'opaque', 2]);
    expect(answer.requirements[0]).toMatchObject({ rule: 'billing/*', approvers: ['approver'] });
  });
});

describe('given a tool that the policy does not name', () => {
  it('when it is called, then the role approver is asked, one person and not the requester', () => {
    expect(policyOf('').resolve(aQuestion({ tool: 'hubspot/delete' }))).toMatchObject({
      verdict: 'ask',
      effect: 'opaque',
      requirements: [{ rule: 'default', approvers: ['approver'], quorum: 1, excludeRequester: true }],
      expiresInMs: 86_400_000,
      notify: 'thread',
      remindersMs: [3_600_000, 14_400_000],
    });
  });
});

describe('given data that no parser made, with a rule that allows everything', () => {
  it('when a tool is not named, then people are asked all the same', () => {
    const requirement = { rule: 'default', approvers: ['approver'], quorum: 1, excludeRequester: true };
    const policy = createPolicy(
      {
        file: 'policy.yaml',
        fallback: {
          line: 1,
          verdict: 'ask',
          requirement,
          expiresInMs: 1000,
          notify: 'thread',
          remindersMs: [],
        },
        tools: [],
        rules: [
          {
            id: 'all',
            line: 2,
            pattern: '*',
            verdict: 'allow',
            requirements: [requirement],
            expiresInMs: 1000,
          },
        ],
        servers: [],
      },
      createLocalTime('UTC'),
    );

    expect(policy.resolve(aQuestion())).toMatchObject({ verdict: 'ask', requirements: [requirement] });
  });
});

describe('given an allowed tool', () => {
  const policy = policyOf(`
tools:
  crm/find: { effect: read, verdict: allow }
  web/fetch: { effect: read, verdict: allow, outbound: true }
  mail/draft: { verdict: allow }
  mail/send: { verdict: allow, requesters: [ana, sales], channels: [sales] }
`);

  it.each([
    ['a read', { tool: 'crm/find' }, 'allow', []],
    ['a read in a tainted run', { tool: 'crm/find', isTainted: true }, 'allow', []],
    ['an outbound read in a tainted run', { tool: 'web/fetch', isTainted: true }, 'ask', ['tainted']],
    ['a write', { tool: 'mail/draft' }, 'allow', []],
    ['a write in a tainted run', { tool: 'mail/draft', isTainted: true }, 'ask', ['tainted']],
    [
      'a read of a server that nobody reviewed',
      { tool: 'crm/find', isServerReviewed: false },
      'ask',
      ['server-not-reviewed'],
    ],
    [
      'a read that came after its server was reviewed',
      { tool: 'crm/find', isNewTool: true },
      'ask',
      ['tool-new'],
    ],
    ['a write by a requester', { tool: 'mail/send', channel: 'sales' }, 'allow', []],
    [
      'a write by the role',
      { tool: 'mail/send', channel: 'sales', actor: { id: 'x', roles: ['sales'] } },
      'allow',
      [],
    ],
    [
      'a write by somebody else',
      { tool: 'mail/send', channel: 'sales', actor: { id: 'dev', roles: [] } },
      'deny',
      ['mail/send'],
    ],
    ['a write from elsewhere', { tool: 'mail/send', channel: 'general' }, 'deny', ['mail/send']],
  ] as const)('when it is %s, then the verdict is right', (_what, overrides, verdict, added) => {
    const answer = policy.resolve(aQuestion(overrides));

    expect([answer.verdict, ids(answer).slice(1)]).toEqual([verdict, added]);
    expect(answer.requirements.length).toBe(verdict === 'ask' ? 1 : 0);
  });

  it('when the condition of its allowing rule fails, then people are asked', () => {
    const answer = policyOf(
      'tools:\n  a/b: { effect: read }\nrules:\n  - { id: small, tool: a/b, when: "args.amount < 5", verdict: allow }\n',
    );

    expect(answer.resolve(aQuestion({ tool: 'a/b', args: { amount: 1 } })).verdict).toBe('allow');
    expect(answer.resolve(aQuestion({ tool: 'a/b', args: { amount: 9 } })).verdict).toBe('ask');
    expect(answer.resolve(aQuestion({ tool: 'a/b', args: {} }))).toMatchObject({
      verdict: 'ask',
      requirements: [{ rule: 'small', approvers: ['approver'] }],
    });
  });
});

describe('given two rules that ask the same of the same people', () => {
  it('when both match, then it is one requirement', () => {
    const policy = policyOf(
      'rules:\n  - { id: b, tool: a/b, verdict: ask, approvers: [y, x] }\n  - { id: a, tool: a/*, verdict: ask, approvers: [x, y] }\n',
    );

    expect(policy.resolve(aQuestion({ tool: 'a/b' })).requirements.map(({ rule }) => rule)).toEqual(['a']);
  });
});

/** A small generator with a seed, so that a failing policy can be made again. */
function createDice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

describe('given many policies made by chance', () => {
  it('when their rules are reordered, or one is added, then the answer is the maximum and never falls', () => {
    const conditions = [
      'true',
      'false',
      'args.amount > 100',
      'args.missing > 1',
      'tainted',
      '"finance" in actor.roles',
    ];
    const truths = [true, false, true, true, false, false];
    for (let seed = 1; seed <= 120; seed += 1) {
      const dice = createDice(seed);
      const rules = Array.from({ length: 1 + dice(6) }, (_, index) => {
        const which = dice(conditions.length);
        const verdict = order[dice(4)] ?? 'deny';
        const approvers =
          verdict === 'ask' || verdict === 'ask_two' ? `, approvers: [r${String(dice(3))}]` : '';
        const counts = truths[which] === true;
        const floor = which === 3 && verdict === 'allow' ? 'ask' : verdict;
        return {
          text: `  - { id: r-${String(index)}, tool: billing/refund, when: '${conditions[which] ?? ''}', verdict: ${verdict}${approvers} }`,
          counted: counts ? floor : undefined,
        };
      });
      const resolve = (lines: readonly string[]): PolicyAnswer =>
        policyOf(`rules:\n${lines.join('\n')}\n`).resolve(aQuestion());
      const texts = rules.map(({ text }) => text);

      const answer = resolve(texts);
      const counted = rules.flatMap((rule) => rule.counted ?? []);
      const expected =
        counted.length === 0 ? 'ask' : (order.findLast((verdict) => counted.includes(verdict)) ?? 'none');
      const reordered = resolve(texts.toReversed());
      const fewer = resolve(texts.slice(0, -1).length === 0 ? texts : texts.slice(0, -1));
      const { matched: _first, ...substance } = answer;
      const { matched: _second, ...reorderedSubstance } = reordered;

      expect({ seed, verdict: answer.verdict }).toEqual({ seed, verdict: expected });
      expect({ seed, ...reorderedSubstance }).toEqual({ seed, ...substance });
      const isDecided = counted.length > 1 || rules.at(-1)?.counted === undefined;
      if (isDecided) expect(order.indexOf(fewer.verdict)).toBeLessThanOrEqual(order.indexOf(answer.verdict));
    }
  });
});
