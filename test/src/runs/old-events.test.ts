import { readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { asRunId } from '../../../src/core/ids.ts';
import { foldStream } from '../../../src/ledger/fold.ts';
import { verifyStream } from '../../../src/ledger/verify.ts';
import { foldRun } from '../../../src/runs/fold-run.ts';
import { emptyRun } from '../../../src/runs/run-state.ts';
import type { RunState } from '../../../src/runs/run-state.ts';
import type { Commit } from '../../../src/ledger/commit.ts';
import { eventFixtures, readFixture as read } from '../../builders/event-fixture.ts';

/** One stream each: the first with the kinds of the first version, the others with what came later. */
const streams = readdirSync(eventFixtures)
  .filter((file) => file.startsWith('run-'))
  .map(read);
const commits = read('run-v1.jsonl');
const edited = read('run-edited-v1.jsonl');

/** Every kind and version ever written. Add to it, never take away. */
const everWritten = [
  'approval.copied v1',
  'approval.decided v1',
  'approval.edited v1',
  'approval.escalated v1',
  'approval.joined v1',
  'approval.previewed v1',
  'approval.reminded v1',
  'approval.requested v1',
  'approval.routed v1',
  'approval.unreached v1',
  'approval.voted v1',
  'body.erased v1',
  'call.judged v1',
  'call.refused v1',
  'call.reviewed v1',
  'context.assembled v1',
  'context.recalled v1',
  'drill.planted v1',
  'feedback.given v1',
  'file.read v1',
  'file.shown v1',
  'grant.applied v1',
  'grant.dropped v1',
  'memory.changed v1',
  'memory.held v1',
  'memory.settled v1',
  'message.posted v1',
  'message.received v1',
  'model.answered v1',
  'model.missed v1',
  'outcome.lost v1',
  'outcome.probed v1',
  'outcome.reminded v1',
  'outcome.settled v1',
  'question.answered v1',
  'question.asked v1',
  'question.copied v1',
  'run.finished v1',
  'run.parked v1',
  'run.requested v1',
  'run.resumed v1',
  'run.retired v1',
  'run.retried v1',
  'run.stopped v1',
  'run.tainted v1',
  'step.completed v1',
  'thread.summarised v1',
  'tool.completed v1',
  'tool.dispatched v1',
  'undo.begun v1',
  'undo.ended v1',
  'undo.failed v1',
  'undo.registered v1',
  'wait.opened v1',
];

describe('given a run that an earlier version wrote', () => {
  it('then its chain verifies and it holds every kind ever written', () => {
    expect(streams.map((stream) => verifyStream(stream))).toEqual(streams.map(() => undefined));
    const kinds = streams
      .flat()
      .flatMap((commit) => commit.events.map((event) => `${event.kind} v${String(event.v)}`));
    expect([...new Set(kinds)].sort()).toEqual(everWritten);
  });

  it('then what a step was told, and what a person did to a memory, are known', () => {
    const state = foldStream(read('run-memory-v1.jsonl'), emptyRun(asRunId('run_memory_v1')), foldRun);

    expect(state.unknownKinds).toEqual([]);
    expect(state.contexts.get('answer')?.items.map((item) => item.id)).toEqual(['mem_1', 'pas_1']);
    expect([...state.memoryChanges.values()].map(({ by, change }) => [by, change])).toEqual([
      ['ana', 'undone'],
    ]);
  });

  it('then what was held, and who kept it, is known', () => {
    const state = foldStream(read('run-held-v1.jsonl'), emptyRun(asRunId('run_held_v1')), foldRun);

    expect(state.unknownKinds).toEqual([]);
    expect(
      [...state.heldMemories].map(([call, { taintedBy, replaces, settled }]) => [
        call,
        taintedBy,
        replaces,
        settled?.how,
        settled?.by,
      ]),
    ).toEqual([['call_1', 'mail/read', 'Refunds over 100 need a photo.', 'kept', 'ben']]);
  });

  it('then the summary of its thread is there, until it was erased', () => {
    const fold = (name: string): RunState =>
      foldStream(
        read(`run-${name.replace('_', '-')}-v1.jsonl`),
        emptyRun(asRunId(`run_${name}_v1`)),
        foldRun,
      );

    expect(fold('summarised')).toMatchObject({
      unknownKinds: [],
      tokens: 900,
      summary: {
        text: 'Ana plans the fair in Hanover.',
        upTo: { run: 'run_before', at: 1_000 },
        by: ['ana', 'ben'],
        taintedBy: 'mail/read, earlier in this thread',
      },
    });
    const { summary, tokens, unknownKinds, isErased } = fold('summary_erased');
    expect([summary, tokens, unknownKinds, isErased]).toEqual([undefined, 900, [], undefined]);
  });

  it('then whoever had changed the rules is shut out', () => {
    const [first, ...rest] = read('run-authors-v1.jsonl');
    const id = asRunId(first?.stream.slice('run/'.length) ?? '');
    const state = foldStream(first === undefined ? [] : [first, ...rest], emptyRun(id), foldRun);

    expect(state.unknownKinds).toEqual([]);
    expect([...state.approvals.values()].map(({ shutOut }) => shutOut)).toEqual([
      [
        { person: 'ana', why: 'author' },
        { person: 'cho', why: 'author' },
      ],
    ]);
  });

  it('then a call that ran under a grant still names it', () => {
    const state = foldStream(read('run-granted-v1.jsonl'), emptyRun(asRunId('run_granted_v1')), foldRun);

    const [call] = state.calls.values();
    expect(state.unknownKinds).toEqual([]);
    expect(call).toMatchObject({
      grant: { id: 'grant_1', by: 'cho' },
      droppedGrant: 'grant_old',
      dispatches: [{ grant: 'grant_1' }],
    });
  });

  it('then the files that it showed are there', () => {
    const state = foldStream(read('run-shown-v1.jsonl'), emptyRun(asRunId('run_shown_v1')), foldRun);

    expect(state.unknownKinds).toEqual([]);
    expect(state.said.map(({ text, file }) => [text, file?.sort, file?.name])).toEqual([
      ['2 rows', 'csv', 'rows.csv'],
      ['As a picture:', 'chart', 'rows.png'],
    ]);
    expect(state.said[0]?.file?.content).toBe('status,n\r\nopen,2\r\n');
  });

  it('then stages keep their order and their votes', () => {
    const state = foldStream(read('run-staged-v1.jsonl'), emptyRun(asRunId('run_staged_v1')), foldRun);

    const [approval] = state.approvals.values();
    expect(state.unknownKinds).toEqual([]);
    expect(approval).toMatchObject({
      state: 'approved',
      requirements: [
        { approvers: ['finance'], stage: { number: 1, of: 2 } },
        { approvers: ['engineering'], stage: { number: 2, of: 2 } },
      ],
      votes: [{ by: 'ben' }, { by: 'cho' }],
    });
  });

  it('then what a probe said, who was told again and how an unknown outcome ended is known', () => {
    const state = foldStream(read('run-outcome-v1.jsonl'), emptyRun(asRunId('run_outcome_v1')), foldRun);

    const [call] = state.calls.values();
    expect(state.unknownKinds).toEqual([]);
    expect(call).toMatchObject({
      probe: { probe: 'books/paid', found: 'unsure', attempt: 1 },
      lost: [{ reminders: [{ afterMs: 3_600_000 }], end: { kind: 'person', by: 'ben', says: 'happened' } }],
      result: { kind: 'settled', happened: true },
    });
  });

  it('then where its card stands outside of its thread, and where it could not, is known', () => {
    const state = foldStream(read('run-routed-v1.jsonl'), emptyRun(asRunId('run_routed_v1')), foldRun);

    const [approval] = state.approvals.values();
    expect(state.unknownKinds).toEqual([]);
    expect(approval?.routes).toMatchObject([
      { thread: 'slack:T01/C2' },
      { thread: 'slack:T01/C9', unreached: {} },
      { thread: 'discord:dm/772004', person: 'dora' },
    ]);
  });

  it('then what stands on one card in direct messages is known, from both sides', () => {
    const first = foldStream(read('run-joined-v1.jsonl'), emptyRun(asRunId('run_joined_v1')), foldRun);
    const other = foldStream(read('run-on-another-v1.jsonl'), emptyRun(asRunId('run_on_v1')), foldRun);

    const [holder] = first.approvals.values();
    const [beside] = other.approvals.values();
    expect([...first.unknownKinds, ...other.unknownKinds]).toEqual([]);
    expect(holder?.joined).toHaveLength(2);
    expect(holder?.joined[0]).toMatchObject({ person: 'cho', approval: beside?.id, characters: 37 });
    expect(beside?.routes).toMatchObject([{ person: 'cho', on: { approval: holder?.id } }]);
  });

  it('then what a second model said about a call is known', () => {
    const state = foldStream(read('run-reviewed-v1.jsonl'), emptyRun(asRunId('run_reviewed_v1')), foldRun);

    const [call] = state.calls.values();
    expect(state.unknownKinds).toEqual([]);
    expect(call?.review).toMatchObject({ model: 'second', says: 'ask', isRaised: true });
    expect(call?.review?.warning).toContain('Not what Ana asked for');
    expect(state.tokens).toBeGreaterThanOrEqual(45);
  });

  it('then where its card stands as well is known', () => {
    const state = foldStream(read('run-copied-v1.jsonl'), emptyRun(asRunId('run_copied_v1')), foldRun);

    const [approval] = state.approvals.values();
    expect(state.unknownKinds).toEqual([]);
    expect(approval?.copies).toHaveLength(2);
    expect(approval?.copies[0]?.thread).toContain('console:finance/');
  });

  it('then where the cards of its questions stand as well is known', () => {
    const state = foldStream(
      read('run-questions-copied-v1.jsonl'),
      emptyRun(asRunId('run_questions_copied_v1')),
      foldRun,
    );

    expect(state.unknownKinds).toEqual([]);
    expect(state.questionCopies).toMatchObject([
      { item: expect.stringMatching(/^form_/u), thread: expect.stringContaining('console:finance/') },
    ]);
  });

  it('then who was reminded and who came to decide as well is known', () => {
    const state = foldStream(read('run-nudged-v1.jsonl'), emptyRun(asRunId('run_nudged_v1')), foldRun);

    const [approval] = state.approvals.values();
    expect(state.unknownKinds).toEqual([]);
    expect(approval?.nudges).toMatchObject([
      { afterMs: 7_200_000, to: ['engineering'] },
      { afterMs: 3_600_000 },
    ]);
    expect(approval?.requirements[0]?.escalate).toEqual([{ afterMs: 7_200_000, to: ['engineering'] }]);
  });

  it('then a drill is still known as one', () => {
    const state = foldStream(
      read('run-drill-v1.jsonl'),
      emptyRun(asRunId('run_1m8g4250v23xyw4f7dpakjasnhme2zkpee8')),
      foldRun,
    );

    const [call] = state.calls.values();
    expect(state.unknownKinds).toEqual([]);
    expect(state.drill).toMatchObject({ name: 'stranger', tool: 'books/pay', args: { to: 'unknown-ltd' } });
    expect(call).toMatchObject({ dispatches: [], result: { kind: 'not-run', why: 'drill' } });
  });

  it('then a question about a call keeps its answers', () => {
    const state = foldStream(read('run-questions-v1.jsonl'), emptyRun(asRunId('run_questions_v1')), foldRun);

    const [approval] = state.approvals.values();
    expect(state.unknownKinds).toEqual([]);
    expect(approval).toMatchObject({
      additions: 1,
      questions: [
        {
          by: 'ben',
          text: 'Is there a photo?',
          answer: { by: 'ana', text: 'Yes.' },
          agentAnswer: { text: 'In invoice 1042.' },
        },
      ],
    });
  });

  it('then what a call would change is as it was read last, and earlier votes know that they saw other values', () => {
    const state = foldStream(read('run-previewed-v1.jsonl'), emptyRun(asRunId('run_previewed_v1')), foldRun);

    const [approval] = state.approvals.values();
    expect(state.unknownKinds).toEqual([]);
    expect(approval).toMatchObject({
      additions: 1,
      preview: { kind: 'changes', changes: [{ name: 'paid', before: '200', after: '80' }] },
      votes: [
        { by: 'ben', seen: 1, effect: 'fresh' },
        { by: 'cho', seen: 1, effect: 'fresh' },
      ],
    });
  });

  it('then content from an earlier run of its thread still taints it', () => {
    const state = foldStream(read('run-tainted-v1.jsonl'), emptyRun(asRunId('run_tainted_v1')), foldRun);

    expect([state.unknownKinds, state.taintedBy]).toEqual([[], 'mail/search, earlier in this thread']);
  });

  it('then what people think of its answer is their last word', () => {
    const state = foldStream(read('run-feedback-v1.jsonl'), emptyRun(asRunId('run_feedback_v1')), foldRun);

    expect(state.unknownKinds).toEqual([]);
    expect([...state.feedback].map(([by, { rating }]) => [by, rating])).toEqual([
      ['ana', 'bad'],
      ['ben', 'good'],
    ]);
  });

  it('then files that came with messages are as they were read', () => {
    const state = foldStream(read('run-files-v1.jsonl'), emptyRun(asRunId('run_files_v1')), foldRun);

    expect(state.unknownKinds).toEqual([]);
    expect(state.files.map(({ file, read: found }) => [file.name, found])).toMatchObject([
      ['order.csv', { kind: 'text', text: 'Lamp,120', left: 3 }],
      ['photo.png', { kind: 'image', mediaType: 'image/png', base64: 'iVBORw==' }],
      ['movie.mp4', { kind: 'unreadable', why: 'this kind of file is not read' }],
    ]);
  });

  it('then a run that was parked over a lost call goes on once somebody said what became of it', () => {
    const parked = read('run-parked-call-v1.jsonl');
    const id = asRunId('run_parked_call_v1');
    const held = foldStream(parked.slice(0, 3), emptyRun(id), foldRun);

    expect(held.parked?.call).toMatch(/^call_/u);
    expect(foldStream(parked, emptyRun(id), foldRun)).toMatchObject({ status: 'done', unknownKinds: [] });
  });

  it('then what was taken back, and what a person left as it is, are known', () => {
    const ended = (file: string) => {
      const state = foldStream(read(file), emptyRun(asRunId('run_undo_v1')), foldRun);
      return [state.status, ...[...state.undos.values()].map(({ key, end }) => `${key} ${end?.how ?? ''}`)];
    };

    expect(ended('run-undo-left-v1.jsonl')).toEqual(['stopped', 'no-flight done', 'no-hotel left']);
    expect(ended('run-undo-failed-v1.jsonl')).toEqual(['failed', 'no-flight done', 'no-hotel done']);
  });

  it('then it folds to what it meant then', () => {
    const state = foldStream(commits, emptyRun(asRunId('run_fixture_v1')), foldRun);

    expect(state.unknownKinds).toEqual([]);
    expect(state).toMatchObject({
      status: 'stopped',
      workflow: 'assistant',
      requester: 'ana',
      text: 'do all of it',
      tokens: 120,
      usdSpent: 0.01,
      taintedBy: 'mail/search',
    });
    const results = [...state.calls.values()].map(({ call, result }) => [
      call.id,
      result?.kind,
      result?.content,
    ]);
    expect(results).toEqual([
      ['call_1', 'answered', 'Refunded, receipt R-1'],
      ['call_2', 'answered', 'a mail'],
      ['call_3', 'settled', 'Ben says that it happened.'],
      ['call_4', 'not-run', 'Policy does not allow it.'],
    ]);
    expect(
      [...state.approvals.values()].map(({ id, state: name, votes }) => [id, name, votes.length]),
    ).toEqual([
      ['apr_1', 'approved', 1],
      ['apr_2', 'approved', 1],
    ]);
    expect(state.said.map((said) => said.text)).toEqual(['All done.']);
    expect(state.messages.map((message) => message.text)).toEqual(['be quick']);
    expect(state.stopped).toMatchObject({ by: 'cho', reason: 'enough' });
  });

  it('then a call that a person changed folds to both versions, and to who may not decide it', () => {
    const state = foldStream(edited, emptyRun(asRunId('run_fixture_edited_v1')), foldRun);

    expect(state.unknownKinds).toEqual([]);
    const entry = [...state.calls.values()][0];
    expect(entry?.edits).toMatchObject([{ approval: 'apr_1', by: 'ben', before: '{"amount":120}' }]);
    expect(entry?.call.argsJson).toBe('{"amount":80}');
    expect(
      [...state.approvals.values()].map(({ id, state: name, shutOut, additions, votes }) => ({
        id,
        name,
        shutOut: shutOut.map(({ person, why }) => `${person} ${why}`),
        additions,
        seen: votes.map((vote) => vote.seen),
      })),
    ).toEqual([
      { id: 'apr_1', name: 'stale', shutOut: ['cho steerer'], additions: 1, seen: [0] },
      { id: 'apr_2', name: 'pending', shutOut: ['ben editor', 'cho steerer'], additions: 0, seen: [] },
    ]);
  });

  it('when a kind is unknown, then the run is left to others instead of being misread', () => {
    const [first] = commits;
    if (first === undefined) throw new Error('The fixture has commits.');
    const state = foldStream(
      [
        {
          ...first,
          events: [
            ...first.events,
            { kind: 'run.teleported', v: 1, data: {} },
            { kind: 'run.finished', v: 9, data: {} },
          ],
        },
      ],
      emptyRun(asRunId('r')),
      foldRun,
    );

    expect(state.unknownKinds).toEqual(['run.teleported v1', 'run.finished v9']);
    expect(state.status).toBe('queued');
  });
});

describe('given a ledger that somebody altered', () => {
  const alter = (at: number, change: (commit: Commit) => Commit): readonly Commit[] =>
    commits.map((commit, index) => (index === at ? change(commit) : commit));
  const kinds: readonly [string, (at: number) => readonly Commit[]][] = [
    [
      'an altered event',
      (at) =>
        alter(at, (commit) => ({
          ...commit,
          events: commit.events.map((event) => ({ ...event, data: { ...event.data, extra: 1 } })),
        })),
    ],
    ['another actor', (at) => alter(at, (commit) => ({ ...commit, by: 'mallory' }))],
    [
      'another time',
      (at) => alter(at, (commit) => ({ ...commit, landedAt: new Date(commit.landedAt.getTime() + 1) })),
    ],
    [
      'an altered text',
      (at) =>
        alter(at, (commit) => ({
          ...commit,
          bodies: Object.fromEntries(
            Object.entries(commit.bodies).map(([name, body]) => [name, { ...body, text: `${body.text}!` }]),
          ),
        })),
    ],
    ['a missing text', (at) => alter(at, (commit) => ({ ...commit, bodies: {} }))],
    ['a missing commit', (at) => commits.filter((_, index) => index !== at)],
    [
      'two commits exchanged',
      (at) =>
        commits.map((commit, index) =>
          index === at ? (commits[at + 1] ?? commit) : index === at + 1 ? (commits[at] ?? commit) : commit,
        ),
    ],
  ];
  for (const [name, tamper] of kinds) {
    it(`then ${name} is found at every place, and named`, () => {
      for (let at = 0; at < commits.length - 1; at += 1) {
        const hasTexts = Object.keys(commits[at]?.bodies ?? {}).length > 0;
        if (name.includes('text') && !hasTexts) continue;
        const fault = verifyStream(tamper(at));

        expect(fault).toBeDefined();
        expect(fault?.seq).toBe(name === 'another time' ? at + 1 : at);
      }
    });
  }
});
