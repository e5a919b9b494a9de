import { readFile, rm } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { parsePolicy } from '../../src/gate/parse-policy.ts';
import type { Policy, PolicyQuestion } from '../../src/gate/policy.ts';
import { aCompany, buildServers } from './company.ts';

let policy: Policy;

beforeAll(async () => {
  policy = parsePolicy(await readFile('defaults/policy.yaml', 'utf8'), 'policy.yaml');
});

function aQuestion(tool: string, args: PolicyQuestion['args']): PolicyQuestion {
  return {
    tool,
    args,
    actor: { id: 'ana', roles: ['requester'] },
    channel: 'finance',
    workflow: 'assistant',
    isTainted: false,
    isServerReviewed: true,
    budget: { usdSpent: 0, calls: 0 },
  };
}

describe('given the shipped policy', () => {
  it.each([
    ['crm/find_customer', { query: 'acme' }, 'allow', 'read'],
    ['database/query', { sql: 'SELECT 1' }, 'allow', 'read'],
    ['mail/draft', { to: 'a@b.example', subject: 's', body: 'b' }, 'allow', 'opaque'],
    ['mail/send', { to: 'a@b.example', subject: 's', body: 'b' }, 'ask', 'opaque'],
    ['mail/send_many', { about: 'r', mails: [] }, 'ask', 'opaque'],
    ['crm/grant_access', { person: 'dev', system: 'crm' }, 'ask', 'opaque'],
    ['crm/revoke_access', { person: 'dev', system: 'crm' }, 'allow', 'opaque'],
    ['billing/refund', { invoice: 1042, amount: 500, reason: 'r' }, 'ask', 'keyed'],
    ['billing/refund', { invoice: 1042, amount: 500.01, reason: 'r' }, 'ask_two', 'keyed'],
    ['billing/credit', { customer: 88, amount: 10, reason: 'r' }, 'ask', 'opaque'],
    ['database/execute', { sql: "UPDATE customers SET city = 'x'" }, 'ask_two', 'opaque'],
    ['database/execute', { sql: 'DeLeTe FROM customers' }, 'deny', 'opaque'],
    ['database/execute', { sql: 'drop table customers' }, 'deny', 'opaque'],
    ['hubspot/anything', {}, 'ask', 'opaque'],
  ] as const)(
    'when %s is called with %j, then the verdict is %s and the effect %s',
    (tool, args, verdict, effect) => {
      const answer = policy.resolve(aQuestion(tool, args));

      expect(answer).toMatchObject({ verdict, effect });
    },
  );

  it('when the four servers list their tools, then the policy names every one', async () => {
    const built = await buildServers();
    const company = await aCompany(built);
    const unnamed: string[] = [];
    for (const server of ['crm', 'billing', 'mail', 'database'] as const) {
      const { tools } = await (await company.connect(server)).listTools();
      for (const { name } of tools) {
        const { matched } = policy.resolve(aQuestion(`${server}/${name}`, {}));
        if (matched.some(({ id }) => id === 'default')) unnamed.push(`${server}/${name}`);
      }
    }
    await company.stop();
    await rm(built, { recursive: true, force: true });

    expect(unnamed).toEqual([]);
  }, 60_000);
});
