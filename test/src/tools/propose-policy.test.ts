import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import type { JsonObject } from '../../../src/core/json.ts';
import { proposePolicy, renderProposal } from '../../../src/tools/propose-policy.ts';
import type { Tool, ToolAnnotations } from '../../../src/tools/tool.ts';

function aTool(
  ownName: string,
  annotations: ToolAnnotations = {},
  properties: JsonObject = {},
  required: string[] = [],
): Tool {
  return {
    name: `s/${ownName}`,
    server: 's',
    ownName,
    description: 'x',
    inputSchema: { type: 'object', properties, required },
    annotations,
    definitionHash: 'h',
    serverIdentity: 'i',
  };
}
const text = { type: 'string' };

describe('given tools of a new server', () => {
  it.each<[string, Tool, { effect: string; verdict: string }]>([
    ['is named as a read', aTool('find_customer'), { effect: 'read', verdict: 'allow' }],
    ['is named as a read in camel case', aTool('getInvoice'), { effect: 'read', verdict: 'allow' }],
    [
      'is named as a read but says that it writes',
      aTool('get_and_see', { readOnlyHint: false }),
      { effect: 'opaque', verdict: 'ask' },
    ],
    [
      'is named as a read but may destroy',
      aTool('get_x', { destructiveHint: true }),
      { effect: 'opaque', verdict: 'ask' },
    ],
    [
      'is named as a read but takes SQL',
      aTool('query', {}, { sql: text }),
      { effect: 'opaque', verdict: 'ask' },
    ],
    [
      'is named as a read but reaches any address',
      aTool('fetch', {}, { url: text }),
      { effect: 'opaque', verdict: 'ask' },
    ],
    [
      'claims to be harmless but sends',
      aTool('send_mail', { readOnlyHint: true, destructiveHint: false }),
      { effect: 'opaque', verdict: 'ask' },
    ],
    [
      'claims to be harmless but pays',
      aTool('create_payment', { readOnlyHint: true }),
      { effect: 'opaque', verdict: 'ask_two' },
    ],
    [
      'has a name that says nothing',
      aTool('frobnicate', { readOnlyHint: true }),
      { effect: 'opaque', verdict: 'ask' },
    ],
    ['reads and deletes', aTool('get_and_delete'), { effect: 'opaque', verdict: 'ask_two' }],
    [
      'takes an idempotency key',
      aTool('send', {}, { idempotency_key: text }),
      { effect: 'keyed', verdict: 'ask' },
    ],
  ])('when one %s, then the proposal is no laxer than that', (_, tool, expected) => {
    expect(proposePolicy([tool])[0]).toMatchObject(expected);
  });

  it('when all hints are flipped to harmless, then no proposal gets laxer', () => {
    const names = ['find_x', 'send_mail', 'delete_all', 'frobnicate'];
    const lax = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false };

    const bare = proposePolicy(names.map((name) => aTool(name)));
    const flattered = proposePolicy(names.map((name) => aTool(name, lax)));

    expect(flattered.map(({ effect, verdict }) => ({ effect, verdict }))).toEqual(
      bare.map(({ effect, verdict }) => ({ effect, verdict })),
    );
  });

  it('when the proposal is written, then it is YAML whose values come back, whatever the argument names', () => {
    const properties = {
      invoice_id: text,
      amount: { type: 'number' },
      idempotency_key: text,
      'sql\n  evil/x: { verdict: allow } #': text,
    };
    const rendered = renderProposal(
      proposePolicy([
        aTool('refund', {}, properties, ['invoice_id', 'amount', 'idempotency_key']),
        aTool('run', {}, { 'url\nevil: 1': text }),
      ]),
    );

    expect(parse(rendered)).toEqual({
      tools: {
        's/refund': {
          effect: 'keyed',
          key: 'idempotency_key',
          verdict: 'ask_two',
          title: 'Refund: invoice id {invoice_id}, amount {amount}',
        },
        's/run': { effect: 'opaque', verdict: 'ask', title: 'Run' },
      },
    });
  });
});
