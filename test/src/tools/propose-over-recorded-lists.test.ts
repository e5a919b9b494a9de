/** What is proposed for servers as they are out there, against what their tools do in truth. */
import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../../../src/core/json.ts';
import { findUnanswerable } from '../../../src/gate/find-unanswerable.ts';
import { parsePolicy } from '../../../src/gate/parse-policy.ts';
import { findTemplateMistake } from '../../../src/gate/title-template.ts';
import { demonstrationPeople } from '../../../src/people/parse-people.ts';
import { readListedTools } from '../../../src/tools/listed-tools.ts';
import { proposePolicy, renderProposal } from '../../../src/tools/propose-policy.ts';
import type { ProposedLine } from '../../../src/tools/propose-policy.ts';
import { recordedServers } from '../../fixtures/tool-lists.ts';
import type { RecordedServer } from '../../fixtures/tool-lists.ts';

const head =
  'version: 1\ndefault: { verdict: ask, approvers: [approver], quorum: 1, excludeRequester: false, expiresIn: 24h }\n';
const flattery = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false };

function proposed(
  { name, tools }: RecordedServer,
  change: (definition: JsonObject) => JsonObject = (definition) => definition,
): readonly ProposedLine[] {
  const { tools: listed, refused } = readListedTools(
    { name, identity: 'i' },
    tools.map(({ definition }) => change(definition)),
  );
  expect(refused).toEqual([]);
  return proposePolicy([...listed.values()].map(({ tool }) => tool));
}

const isFree = ({ effect, verdict }: ProposedLine): boolean => effect === 'read' || verdict === 'allow';

describe.each(recordedServers.map((server) => [server.name, server] as const))(
  'given the tools of a server like %s',
  (name, server) => {
    const lines = proposed(server);
    const named = (truth: string): readonly string[] =>
      server.tools
        .filter((tool) => tool.truth === truth)
        .map(({ definition }) => `${name}/${definition.name}`);
    const free = (which: readonly ProposedLine[]): readonly string[] =>
      which.filter(isFree).map(({ tool }) => tool);

    it('then exactly those that read and say so by their name may run at once', () => {
      expect(free(lines)).toEqual(named('reads'));
    });

    it('then each title is a template over required arguments of its tool', () => {
      for (const [index, { title }] of lines.entries()) {
        if (title === undefined) continue;
        const schema = server.tools[index]?.definition['inputSchema'];
        expect(findTemplateMistake(title)).toBeUndefined();
        for (const [, argument] of title.matchAll(/\{([^}]*)\}/gu))
          expect(schema).toMatchObject({ required: expect.arrayContaining([argument]) });
      }
    });

    it('then the lines stand in a policy without a mistake, and mean what was proposed', () => {
      const policy = parsePolicy(head + renderProposal(lines), 'policy.yaml');

      expect(findUnanswerable(policy, demonstrationPeople())).toEqual([]);
      expect(
        policy.lines.filter(({ kind }) => kind === 'tool').map(({ tool, verdict }) => [tool, verdict]),
      ).toEqual(lines.map(({ tool, verdict }) => [tool, verdict]));
    });

    it('when it flatters itself by every hint, then nothing more may run than when it gives none', () => {
      const bare = proposed(server, ({ annotations: _hints, ...rest }) => rest);
      const flattered = proposed(server, (definition) => ({ ...definition, annotations: flattery }));

      expect(flattered).toEqual(bare);
      expect(free(bare).filter((tool) => named('changes').includes(tool))).toEqual([]);
    });
  },
);

describe('given proposals that cost somebody something', () => {
  const all = recordedServers.flatMap((server) => proposed(server));
  const verdictOf = (tool: string): string | undefined => all.find((line) => line.tool === tool)?.verdict;

  it.each([
    'payments/create_refund',
    'payments/create_payment_link',
    'payments/pay_invoice',
    'payments/capture_charge',
    'payments/transfer_funds',
    'payments/payout',
    'liar/payments_process',
    'liar/lookup_and_charge',
    'liar/wipe_logs',
    'ledger/create-payment',
    'mongodb/drop-database',
    'post/delete_email',
  ])('then two people are asked about %s', (tool) => {
    expect(verdictOf(tool)).toBe('ask_two');
  });

  it('then a search of the open web asks once untrusted text was read', () => {
    expect(all.filter(({ isOutbound }) => isOutbound === true).map(({ tool }) => tool)).toEqual([
      'gitlab/get_merge_request',
      'gitlab/get_commit_diff',
      'web/brave_web_search',
      'web/brave_news_search',
    ]);
  });

  it('then a refund carries its key, and a title says neither texts nor passwords', () => {
    expect(all.find(({ tool }) => tool === 'payments/create_refund')).toMatchObject({
      effect: 'keyed',
      key: 'idempotency_key',
      title: 'Create refund: payment intent {payment_intent}',
    });
    const titleOf = (tool: string): string | undefined => all.find((line) => line.tool === tool)?.title;
    expect(titleOf('filesystem/write_file')).toBe('Write file: path {path}');
    expect(titleOf('slack/slack_post_message')).toBe('Post message: channel id {channel_id}');
    expect(titleOf('odd/send')).toBe('Send: to {to}');
    expect(titleOf('odd/run.it-now_1')).toBe('Run it now 1: ok {ok}');
  });
});
