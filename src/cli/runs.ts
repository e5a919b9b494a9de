/** `countersign runs list | feedback | show | stop | pause | resume | leave | retry`. */
import { z } from 'zod';
import { AppError } from '../core/errors.ts';
import { asActorId, asRunId, runStream } from '../core/ids.ts';
import { redactorOf } from '../guardrails-setup.ts';
import { mayNotOperate, mayOperate } from '../gate/may-operate.ts';
import { operateRun } from '../runs/operate-run.ts';
import type { Operation } from '../runs/operate-run.ts';
import { recordStop } from '../runs/record-stop.ts';
import { createRunsBeside } from '../runs/runs-beside.ts';
import { personOf, readSetup, say, sayTable } from './command-setup.ts';

const status = z.enum(['queued', 'running', 'waiting', 'done', 'failed', 'stopped', 'parked']);

export async function listRuns(options: {
  readonly status?: string;
  readonly limit: string;
  readonly json: boolean;
}): Promise<void> {
  const wanted = options.status === undefined ? undefined : status.safeParse(options.status);
  if (wanted?.success === false)
    throw new AppError('config.invalid', `--status: give one of ${status.options.join(', ')}.`);
  const limit = Math.min(1000, Math.max(1, Number.parseInt(options.limit, 10) || 30));
  const rows = await readSetup().withStore((store) =>
    store.runs.list({ limit, ...(wanted !== undefined && { status: wanted.data }) }),
  );
  if (options.json) say(JSON.stringify(rows, undefined, 2));
  else if (rows.length === 0) say('There are no runs like that.');
  else
    sayTable(
      rows.map((row) => [
        row.id,
        row.status,
        row.workflow,
        row.startedBy,
        new Date(row.startedAt).toISOString(),
        row.waitingFor ?? row.title,
      ]),
    );
}

/** Answers that people rated, youngest first: for evaluation. */
export async function listFeedback(options: {
  readonly limit: string;
  readonly json: boolean;
}): Promise<void> {
  const limit = Math.min(10_000, Math.max(1, Number.parseInt(options.limit, 10) || 1_000));
  const rows = await readSetup().withStore((store) => store.runs.list({ limit }));
  const rated = rows.flatMap(({ id, workflow, startedBy, startedAt, title, reply, feedback }) =>
    feedback === undefined
      ? []
      : [
          {
            run: id,
            workflow,
            startedBy,
            startedAt: new Date(startedAt).toISOString(),
            ...feedback,
            title,
            reply,
          },
        ],
  );
  if (options.json) say(JSON.stringify(rated, undefined, 2));
  else if (rated.length === 0) say(`Nobody has rated an answer in the last ${String(limit)} runs.`);
  else {
    sayTable(
      rated.map(({ run, good, bad, workflow, startedAt, title }) => [
        run,
        `+${String(good)} -${String(bad)}`,
        workflow,
        startedAt,
        title,
      ]),
    );
    const sum = (key: 'good' | 'bad'): string =>
      String(rated.reduce((total, entry) => total + entry[key], 0));
    say(`${sum('good')} helpful, ${sum('bad')} not helpful, over ${String(rated.length)} runs.`);
  }
}

export async function showRun(id: string, options: { readonly json: boolean }): Promise<void> {
  await readSetup().withStore(async (store) => {
    const row = await store.runs.find(asRunId(id));
    if (row === undefined) throw new AppError('config.invalid', `There is no run ${id}.`);
    const commits = await store.ledger.read(runStream(row.id));
    if (options.json) {
      say(JSON.stringify({ run: row, ledger: commits }, undefined, 2));
      return;
    }
    say(
      `${row.id}  ${row.workflow}  ${row.status}${row.waitingFor === undefined ? '' : `, waiting for ${row.waitingFor}`}`,
    );
    say(`asked by ${row.startedBy} in ${row.thread}: ${row.title}`);
    let number = 0;
    const lines = commits.flatMap((commit) =>
      commit.events.map((event) => {
        number += 1;
        return [
          `#${String(number)}`,
          `commit ${String(commit.seq)}`,
          commit.landedAt.toISOString(),
          commit.by,
          event.kind,
        ];
      }),
    );
    sayTable(lines);
  });
}

interface AsPerson {
  readonly as: string;
  readonly reason: string;
}

/** Records the stop in the ledger; a running bot sees it at its next sweep and ends the run. */
export async function stopRun(id: string, options: AsPerson): Promise<void> {
  const setup = readSetup();
  const person = personOf(setup, options.as);
  const people = setup.people();
  const policy = setup.policy();
  await setup.withStore(async (store) => {
    const { clock } = setup;
    const done = await recordStop(
      {
        ledger: store.ledger,
        clock,
        whyNot: (state) =>
          mayOperate(state, person, policy, people) ? undefined : mayNotOperate(state, people),
      },
      asRunId(id),
      asActorId(person.id),
      redactorOf(setup.config)(options.reason),
    );
    switch (done.kind) {
      case 'refused':
        throw new AppError('config.invalid', done.text);
      case 'not-found':
        throw new AppError('config.invalid', `There is no run ${id}.`);
      case 'over':
        say(`${id} is over already: ${done.status}.`);
        return;
      case 'stopped':
        say(`${id} is stopped in the ledger; a running bot ends it within five seconds.`);
        return;
      default:
        done satisfies never;
    }
  });
}

/** Lets everything that stands still try again what failed: the bot takes it up at its next sweep. */
export async function retryParked(options: AsPerson & { readonly workflow?: string }): Promise<void> {
  const { workflow } = options;
  const ids = await readSetup().withStore(async ({ runs }) => {
    const rows = await runs.list({
      status: 'parked',
      limit: 1_000,
      ...(workflow !== undefined && { workflow }),
    });
    return rows.map(({ id }) => id);
  });
  if (ids.length === 0) {
    say(workflow === undefined ? 'No run is parked.' : `No run of ${workflow} is parked.`);
    return;
  }
  let refused = 0;
  for (const id of ids)
    try {
      await operate(id, { kind: 'retry' }, options);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'config.invalid') throw error;
      refused += 1;
      say(`${id}: ${error.message}`);
    }
  say(`${String(ids.length - refused)} of ${String(ids.length)} parked runs try again.`);
  if (refused > 0) process.exitCode = 1;
}

/** Pauses a run, lets it go on or try again; a running bot sees it at its next sweep. */
export async function operate(id: string, operation: Operation, options: AsPerson): Promise<void> {
  const setup = readSetup();
  const person = personOf(setup, options.as);
  const people = setup.people();
  const policy = setup.policy();
  await setup.withStore(async (store) => {
    const runs = createRunsBeside({ ledger: store.ledger, clock: setup.clock, isPending: true });
    const run = await runs.open(asRunId(id));
    if (run === undefined) throw new AppError('config.invalid', `There is no run ${id}.`);
    if (!mayOperate(run.state(), person, policy, people)) {
      runs.close(run);
      throw new AppError('config.invalid', mayNotOperate(run.state(), people));
    }
    runs.leaveToSweep(run);
    const by = { by: asActorId(person.id), reason: redactorOf(setup.config)(options.reason) };
    const done = await operateRun(run, operation, by, () => undefined);
    runs.close(run);
    if (done.kind === 'refused') throw new AppError('config.invalid', done.text);
    say(done.text);
  });
}
