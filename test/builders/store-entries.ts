/** Commits, rows and messages as a store gets them; a test names the fields it is about. */
import {
  asActorId,
  asApprovalId,
  asChannelId,
  asPassageId,
  asThreadId,
  newMemoryId,
  newNonce,
  newRunId,
} from '../../src/core/ids.ts';
import type { RunId } from '../../src/core/ids.ts';
import type { InboxMessage, Start } from '../../src/chat/store.ts';
import type { KnownDocument, Passage } from '../../src/context/passage-row.ts';
import { commitHash, noPrev, sealBody } from '../../src/ledger/commit.ts';
import type { CommitDraft } from '../../src/ledger/commit.ts';
import type { RowWrite } from '../../src/ledger/store.ts';
import type { Memory } from '../../src/memory/memory-row.ts';
import type { ApprovalRow, RunRow } from '../../src/runs/store.ts';

export function aDraft(
  fields: Partial<CommitDraft> & { readonly texts?: Readonly<Record<string, string>> } = {},
): CommitDraft {
  const { texts = {}, ...given } = fields;
  const sealed = Object.entries(texts).map(([name, text]) => [name, sealBody(name, text)] as const);
  const head = {
    stream: `run/${newRunId()}`,
    seq: 0,
    by: 'ana',
    writer: newNonce(),
    events: [
      {
        kind: 'message.received',
        v: 1,
        data: Object.fromEntries(sealed.map(([name, { reference }]) => [name, reference])),
      },
    ],
    prev: noPrev,
    ...given,
  };
  return {
    ...head,
    hash: commitHash(head),
    bodies: Object.fromEntries(sealed.map(([name, { body }]) => [name, body])),
    pending: false,
    ...given,
  };
}

export function aRunRow(fields: Partial<RunRow> = {}): RunRow {
  return {
    id: newRunId(),
    seq: 0,
    status: 'queued',
    workflow: 'assistant',
    thread: asThreadId('console:finance/t1'),
    channel: asChannelId('console:finance'),
    startedBy: asActorId('ana'),
    startedAt: 1_000,
    title: 'refund',
    usdSpent: 0,
    tokens: 0,
    ...fields,
  };
}

export function anApprovalRow(fields: Partial<ApprovalRow> = {}): ApprovalRow {
  return {
    id: asApprovalId(`apr_${newNonce()}`),
    run: newRunId(),
    state: 'pending',
    requestedAt: 1_000,
    tool: 'billing/refund',
    requester: asActorId('ana'),
    ...fields,
  };
}

export function writeOfRun(row: RunRow): RowWrite {
  return { table: 'runs', key: row.id, seq: row.seq, row };
}

export function writeOfApproval(row: ApprovalRow, seq = 0): RowWrite {
  return { table: 'approvals', key: row.id, seq, row };
}

export function anInboxMessage(fields: Partial<InboxMessage> = {}): InboxMessage {
  return {
    key: `console:ana/${newNonce()}`,
    thread: asThreadId(`console:finance/${newNonce()}`),
    channel: asChannelId('console:finance'),
    by: asActorId('ana'),
    text: 'refund invoice 1042',
    sentAt: 1_000,
    ...fields,
  };
}

/** What the router prepares for a message: a run's first commit and its row. */
export function aStart(message: InboxMessage, run: RunId = newRunId()): Start {
  const row = aRunRow({ id: run, thread: message.thread, channel: message.channel, title: message.text });
  return {
    run,
    draft: aDraft({ stream: `run/${run}`, texts: { b1: message.text } }),
    rows: [writeOfRun(row)],
  };
}

/** Kept in an open channel of the workspace `console`, unless said otherwise. */
export function aMemory(fields: Partial<Memory> = {}): Memory {
  const channel = fields.channel ?? asChannelId('console:finance');
  return {
    id: newMemoryId(),
    kind: 'fact',
    text: 'Refunds need a photo.',
    workspace: 'console',
    channel,
    scope: 'workspace',
    author: asActorId('ana'),
    source: { channel, around: '' },
    createdAt: 1_000,
    validFrom: 1_000,
    ...fields,
  };
}

export function aPassage(fields: Partial<Passage> = {}): Passage {
  return {
    id: asPassageId(`pas_${newNonce()}`),
    workspace: 'console',
    channel: asChannelId('console:library'),
    scope: 'workspace',
    source: 'handbook.md',
    title: 'Handbook',
    heading: 'Refunds',
    position: 0,
    text: 'Damaged goods need a photo.',
    around: '',
    link: 'handbook.md#refunds',
    createdAt: 1_000,
    ...fields,
  };
}

export function aDocument(fields: Partial<KnownDocument> = {}): KnownDocument {
  return {
    workspace: 'console',
    channel: asChannelId('console:library'),
    scope: 'workspace',
    source: 'handbook.md',
    root: 'handbook.md',
    title: 'Handbook',
    hash: 'h1',
    syncedAt: 1_000,
    isTrusted: true,
    ...fields,
  };
}
