/** Literals that users, stored data and other programs depend on. A red pin means: say so in the commit. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { errorTable } from '../../src/core/errors.ts';
import { newApprovalId, newRunId, newWorkerId } from '../../src/core/ids.ts';
import { approvalDigest } from '../../src/gate/approval-digest.ts';
import { commitHash, prevAfter } from '../../src/ledger/commit.ts';
import { effectClasses } from '../../src/tools/tool.ts';
import { verdicts } from '../../src/gate/policy.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('pins', () => {
  it('the digest approval/v1 is SHA-256 over length-prefixed fields in the order of its table', () => {
    const fields = [
      'approval/v1',
      'org_1',
      'run_1',
      'answer',
      'call_1',
      'identity',
      'billing/refund',
      'definition',
      'commitment',
      'keyed',
      '[{"approvers":["finance"],"excludeRequester":true,"quorum":1,"rule":"billing/refund"}]',
      'ana',
      'console:finance/t1',
      '1795305600000',
    ];
    const expected = sha256(fields.map((field) => `${String(Buffer.byteLength(field))}:${field}`).join(''));

    expect(
      approvalDigest({
        organisation: 'org_1',
        run: 'run_1',
        step: 'answer',
        call: 'call_1',
        serverIdentity: 'identity',
        tool: 'billing/refund',
        definitionHash: 'definition',
        argsCommitment: 'commitment',
        effect: 'keyed',
        requirements: [{ rule: 'billing/refund', approvers: ['finance'], quorum: 1, excludeRequester: true }],
        requester: 'ana',
        conversation: 'console:finance/t1',
        expiresAt: 1_795_305_600_000,
      }),
    ).toBe(expected);
    expect(expected).toBe('1ea388130c357bbd766406dfe5c5ccc649583ed16067bf88a79cae2419b498ba');
  });

  it('a commit is hashed over the canonical form of six fields, and the next one covers its moment', () => {
    const commit = {
      stream: 'run/run_1',
      seq: 0,
      by: 'ana',
      writer: 'nonce',
      events: [{ kind: 'a.done', v: 1, data: { b: 1, a: 'x' } }],
      prev: '0'.repeat(64),
    };
    const hash = sha256(
      '{"by":"ana","events":[{"data":{"a":"x","b":1},"kind":"a.done","v":1}],"prev":"' +
        '0'.repeat(64) +
        '","seq":0,"stream":"run/run_1","writer":"nonce"}',
    );

    expect(commitHash(commit)).toBe(hash);
    expect(prevAfter({ hash, landedAt: new Date('2026-11-22T10:00:00.123Z') })).toBe(
      sha256(`${hash}|2026-11-22T10:00:00.123Z`),
    );
  });

  it('ids begin with their kind', () => {
    expect(newRunId()).toMatch(/^run_[0-9a-z]{35}$/u);
    expect(newApprovalId()).toMatch(/^apr_[0-9a-z]{35}$/u);
    expect(newWorkerId()).toMatch(/^worker_\d+_[0-9a-z]{35}$/u);
  });

  it('verdicts and effect classes are ordered words', () => {
    expect(verdicts).toEqual(['allow', 'ask', 'ask_two', 'deny']);
    expect(effectClasses).toEqual(['read', 'keyed', 'probeable', 'opaque']);
  });

  it('error codes keep their names', () => {
    expect(Object.keys(errorTable).sort()).toEqual([
      'chat.parked',
      'chat.refused',
      'chat.unavailable',
      'config.invalid',
      'document.unreadable',
      'embedder.rejected',
      'embedder.unavailable',
      'ingress.overloaded',
      'internal',
      'json.refused',
      'ledger.tampered',
      'ledger.unknown-event',
      'memory.misplaced',
      'model.garbled',
      'model.overloaded',
      'model.refused',
      'model.rejected',
      'model.unavailable',
      'people.invalid',
      'policy.invalid',
      'step.failed',
      'store.corrupt',
      'store.unavailable',
      'tool-server.unreachable',
      'tool.arguments-invalid',
      'tool.unknown',
      'workflow.changed',
      'workflow.duplicate-key',
      'workflow.failed',
      'workflow.unknown',
    ]);
  });
});
