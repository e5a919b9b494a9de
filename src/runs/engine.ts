/**
 * The durable engine: takes a run, replays its workflow over what is recorded, and goes on from there.
 *
 * Fold, decide, record the intent, act, record the result. A run that only waits is let go: it holds no memory,
 * no timer and no connection, and is taken up again by whoever appends what it waits for, or by the sweep.
 */
import type { Clock, Timer } from '../core/clock.ts';
import { AppError, describeError } from '../core/errors.ts';
import { botActor } from '../core/ids.ts';
import type { Origin } from '../core/fair-share.ts';
import type { RunId, WorkerId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import type { Logger } from '../core/logger.ts';
import { afterFailure } from './after-failure.ts';
import type { OpenRun, OpenRuns } from './open-runs.ts';
import { nextWakeAt } from './project-run.ts';
import { runEvent } from './run-events.ts';
import { isFinished, openDispatches } from './run-state.ts';
import { createPass } from './step-control.ts';
import type { Pass, StepControl } from './step-control.ts';
import type { RunState } from './run-state.ts';
import type { RunStore } from './store.ts';
import { endingOf, isUndo, openUndos } from './undo-state.ts';
import type { Failed } from './undo-state.ts';

/** A workflow as the engine runs it; `run` is called again from the top at each pass. */
export interface RunnableWorkflow {
  readonly name: string;
  run(run: OpenRun, control: StepControl, input: JsonObject): Promise<void>;
}

export interface Engine {
  /** Something was appended to this run, or it is new: goes on with it. The lease is taken in passing. */
  wake(run: OpenRun): void;
  /** Looks at a run in this process if it is being worked on; else takes it up. */
  wakeById(run: RunId): Promise<void>;
  /** Starts the sweep: takes up what is due, now and every five seconds. */
  start(): void;
  /** Hands back everything within a few seconds. */
  stop(): Promise<void>;
  /** Runs being worked on in this process. */
  active(): number;
  /** One round of the sweep: for tests with their own clock. */
  sweep(): Promise<void>;
}

export interface EngineOptions {
  readonly runs: OpenRuns;
  readonly store: RunStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly worker: WorkerId;
  readonly leaseMs: number;
  readonly maxActive: number;
  findWorkflow(name: string): RunnableWorkflow | undefined;
  /** Settles what time has settled: expiries, lost outcomes. Runs before each pass. */
  beforePass(run: OpenRun): Promise<void>;
  /** Takes back, through the gate, what the run registered for that; parks the run when something fails. */
  undo(run: OpenRun, control: StepControl): Promise<void>;
  /** Ends what is still open when a run ends; resolves when no call of it is on its way any more. */
  settleOpenEnds(run: OpenRun): Promise<void>;
  /** A run is over and durable. */
  onFinished(run: OpenRun): void;
}

const sweepEveryMs = 5_000;
/** A third of a lease: two renewals may come late on a busy machine before a run is lost to others. */
const renewShare = 1 / 3;
const unknownKindPatienceMs = 5 * 60_000;

/** Why a pass was cut off; never shown. */
const restart = new Error('The run is looked at again from the start.');

interface Drive {
  readonly run: OpenRun;
  pass: Pass | undefined;
  isAgain: boolean;
  /** The pass at work takes back what the run did. */
  isEnding: boolean;
  done: Promise<void>;
}

export function createEngine(options: EngineOptions): Engine & { moved(run: RunId): void } {
  const { runs, store, clock, logger, worker } = options;
  const drives = new Map<RunId, Drive>();
  let timers: Timer[] = [];
  let isStopping = false;
  /** More is due than there is room for: whoever's turn it is, gets the next place. */
  let isCrowded = false;
  /** Runs left for want of room, ever. */
  let leftCount = 0;
  let claiming: Promise<void> | undefined;
  const leaving = new Set<Promise<void>>();

  function wake(run: OpenRun): void {
    const drive = drives.get(run.id);
    if (drive !== undefined) {
      const { stopped, parked } = run.state();
      if (parked !== undefined || (stopped !== undefined && !drive.isEnding)) {
        drive.isAgain = true;
        drive.pass?.abort(restart);
      } else if (drive.pass?.notify() !== true) {
        drive.isAgain = true;
      }
      return;
    }
    if (isFinished(run.state())) return;
    if (isStopping || isCrowded || drives.size >= options.maxActive) leaveDue(run);
    else begin(run);
  }

  function giveBack(run: OpenRun, wakeAt: number | undefined): Promise<void> {
    return store.release(worker, run.id, run.stream.seq() - 1, wakeAt);
  }

  /** There is no room for it here: it is due at once for whoever has some. */
  function leaveDue(run: OpenRun): void {
    isCrowded = true;
    leftCount += 1;
    run.lease = { worker, lastsMs: 0 };
    const left = giveBack(run, clock.now().getTime())
      .catch(logFailure('lease.failed'))
      .finally(() => leaving.delete(left));
    leaving.add(left);
  }

  function begin(run: OpenRun): void {
    run.lease ??= { worker, lastsMs: options.leaseMs };
    const drive: Drive = { run, pass: undefined, isAgain: true, isEnding: false, done: Promise.resolve() };
    drives.set(run.id, drive);
    // The caller's hold ends with the caller; this one lasts as long as the work.
    drive.done = runs
      .open(run.id)
      .then((held) => (held === undefined ? undefined : workOn(drive, held)))
      .catch((error: unknown) => {
        logger.error('run.abandoned', { run: run.id, why: describeError(error) });
      })
      .finally(() => {
        if (drives.get(run.id) === drive) drives.delete(run.id);
        if (isCrowded) claimDue().catch(logFailure('sweep.failed'));
      });
  }

  async function workOn(drive: Drive, run: OpenRun): Promise<void> {
    try {
      while (drive.isAgain && !isStopping) {
        drive.isAgain = false;
        await onePass(drive, run);
        if (isFinished(run.state())) break;
      }
      await handBack(drive, run);
    } finally {
      runs.close(run);
    }
  }

  async function onePass(drive: Drive, run: OpenRun): Promise<void> {
    const state = run.state();
    if (isFinished(state)) return;
    if (state.unknownKinds.length > 0) {
      leaveToNewer(run);
      return;
    }
    const pass = createPass(run.state);
    drive.pass = pass;
    try {
      await options.beforePass(run);
      const ending = endingOf(run.state());
      const parked = run.state().parked;
      // What was held before it was stopped is held no more.
      if (parked !== undefined && (ending === undefined || parked.mark.number > ending.since.number)) {
        if (parked.until === undefined || parked.until > clock.now().getTime()) return;
        run.stream.append({ sort: 'fact', by: 'bot', events: [runEvent('run.resumed', { by: botActor })] });
      }
      if (ending !== undefined) {
        drive.isEnding = true;
        await options.settleOpenEnds(run);
        if (hasUnanswered(run.state())) return;
      }
      const work =
        ending === undefined ? workflowOf(run).run(run, pass, run.state().input) : options.undo(run, pass);
      const ended = await Promise.race([
        work.then(() => 'returned' as const),
        pass.quiet.then(() => 'quiet' as const),
        aborted(pass.signal),
      ]);
      if (ended === 'returned') await finish(run);
      else if (ended === 'aborted') {
        work.catch(() => undefined);
        drive.isAgain = true;
      }
    } catch (error) {
      if (error === restart || pass.signal.aborted) drive.isAgain = true;
      else if ((await fail(run, error)) === 'again') drive.isAgain = true;
    } finally {
      drive.pass = undefined;
      drive.isEnding = false;
      pass.abort(restart);
    }
  }

  function workflowOf(run: OpenRun): RunnableWorkflow {
    const workflow = options.findWorkflow(run.state().workflow);
    if (workflow !== undefined) return workflow;
    throw new AppError(
      'workflow.unknown',
      `No workflow is named ${run.state().workflow}. Fix: restore its file, or stop this run.`,
    );
  }

  async function finish(run: OpenRun, failed?: Failed): Promise<void> {
    // Another process was through before, while this one stood still.
    if (isFinished(run.state())) return;
    const ending = failed ?? endingOf(run.state());
    if (ending !== undefined && openUndos(run.state()).length > 0) return;
    await options.settleOpenEnds(run);
    if (holdForOutcome(run, ending === undefined)) return;
    run.stream.append({
      sort: 'decision',
      by: 'bot',
      events: [
        ending?.status === 'failed'
          ? runEvent('run.finished', { status: 'failed', code: ending.code }, { tell: ending.tell })
          : runEvent('run.finished', { status: ending?.status ?? 'done' }),
      ],
    });
    await run.stream.durable();
    if (isFinished(run.state())) options.onFinished(run);
  }

  /**
   * No run ends over a call that was sent and may still be answered: it waits for its deadline. One that is through
   * while nobody knows what became of such a call waits for whoever says it: its step is gone, or lost a race.
   */
  function holdForOutcome(run: OpenRun, isThrough: boolean): boolean {
    const open = openDispatches(run.state());
    if (open.some(({ unknown }) => unknown === undefined)) return true;
    const [lost] = open;
    if (lost === undefined || !isThrough) return false;
    const { id, step, tool } = lost.call;
    run.stream.append({
      sort: 'decision',
      by: 'bot',
      events: [
        runEvent(
          'run.parked',
          { call: id },
          {
            why: `Call ${id} of step "${step}" has an unknown outcome, and the workflow does not wait for that step any more.`,
            tell: `Nobody knows whether ${tool} happened, and this workflow has no step "${step}" any more that would ask.`,
          },
        ),
      ],
    });
    return true;
  }

  async function fail(run: OpenRun, thrown: unknown): Promise<'again' | 'over'> {
    const error =
      thrown instanceof AppError
        ? thrown
        : new AppError('workflow.failed', describeError(thrown), { cause: thrown });
    logger.error('run.failed', { run: run.id, code: error.code, why: describeError(error) });
    const isEnding = endingOf(run.state()) !== undefined;
    const next = afterFailure(run.state(), error, clock.now().getTime());
    if (next.kind === 'end' && !isEnding && openUndos(run.state()).length === 0) {
      await finish(run, { status: 'failed', code: error.code, tell: error.tell });
      return 'over';
    }
    if (next.kind === 'end' && !isEnding) {
      const begun = runEvent('undo.begun', { code: error.code }, { tell: error.tell });
      run.stream.append({ sort: 'decision', by: 'bot', events: [begun] });
      return 'again';
    }
    const { times, until } = next.kind === 'end' ? { times: 1, until: undefined } : next;
    run.stream.append({
      sort: 'fact',
      by: 'bot',
      events: [
        runEvent(
          'run.parked',
          { times, ...(until !== undefined && { until }) },
          { why: describeError(error), tell: error.tell },
        ),
      ],
    });
    return 'over';
  }

  /** A newer version of this program wrote to the run: it is left to that version, for a while. */
  function leaveToNewer(run: OpenRun): void {
    const state = run.state();
    const since = state.requested?.stamp.at.getTime() ?? 0;
    logger.warn('run.left', { run: run.id, kinds: state.unknownKinds });
    if (state.parked !== undefined || clock.now().getTime() - since < unknownKindPatienceMs) return;
    const error = new AppError(
      'ledger.unknown-event',
      `This version does not know ${state.unknownKinds.join(', ')}. Fix: run the newer version.`,
    );
    run.stream.append({
      sort: 'fact',
      by: 'bot',
      events: [runEvent('run.parked', {}, { why: error.message, tell: error.tell })],
    });
  }

  async function handBack(drive: Drive, run: OpenRun): Promise<void> {
    // Work that was cut short is due at once for whoever comes next; a run that only waits is due when it says so.
    const isCutShort = drive.isAgain && isStopping;
    run.lease = isCutShort ? { worker, lastsMs: 0 } : undefined;
    if (run.stream.isDirty()) await run.stream.durable();
    else if (!isFinished(run.state()))
      await giveBack(run, isCutShort ? clock.now().getTime() : wakeAtOf(run));
    // Something came while the lease was handed back: take it up again.
    if (drive.isAgain && !isStopping && !isFinished(run.state())) {
      drives.delete(run.id);
      begin(run);
    }
  }

  function wakeAtOf(run: OpenRun): number | undefined {
    if (run.state().unknownKinds.length > 0) return clock.now().getTime() + 60_000;
    return nextWakeAt(run.state());
  }

  async function sweep(): Promise<void> {
    // Runs at work whose own moment has come: somebody in them waits for it.
    for (const { run } of drives.values()) {
      const wakeAt = nextWakeAt(run.state());
      if (wakeAt !== undefined && wakeAt <= clock.now().getTime()) wake(run);
    }
    await claimDue();
  }

  /** Fills what room there is with what is due, one claim after the other. */
  async function claimDue(): Promise<void> {
    while (claiming !== undefined) await claiming;
    claiming = claimNow().finally(() => {
      claiming = undefined;
    });
    await claiming;
  }

  async function claimNow(): Promise<void> {
    do {
      const room = options.maxActive - drives.size;
      if (room <= 0 || isStopping) return;
      const leftBefore = leftCount;
      await Promise.all(leaving);
      const atWork = [...drives.values()].map(({ run }) => originOf(run.state()));
      const due = await store.claimDue(worker, options.leaseMs, room, atWork);
      // One that cannot be read just now holds up no other: its lease runs out.
      await Promise.all(due.map((id) => takeUp(id).catch(logFailure('wake.failed'))));
      // What was left while this was under way may not have been seen.
      isCrowded = due.length === room || leftCount !== leftBefore;
    } while (isCrowded);
  }

  /** What this worker has claimed does not stand in line again. */
  async function takeUp(id: RunId): Promise<void> {
    const run = await runs.open(id);
    if (run === undefined) return;
    // Somebody here may have held it open while another process wrote to it, and died.
    try {
      await run.stream.catchUp();
      // Nothing is left to do, and it must not come due again after each lease.
      if (isFinished(run.state()) && !drives.has(id)) await giveBack(run, undefined);
      else if (drives.has(id) || isStopping) wake(run);
      else begin(run);
    } finally {
      runs.close(run);
    }
  }

  async function wakeById(id: RunId): Promise<void> {
    const run = await runs.open(id);
    if (run === undefined) return;
    wake(run);
    runs.close(run);
  }

  async function renewLeases(): Promise<void> {
    if (drives.size === 0) return;
    const lost = await store.renew(worker, [...drives.keys()], options.leaseMs);
    if (lost.length > 0) logger.warn('lease.lost', { runs: lost });
  }

  function logFailure(event: string): (error: unknown) => void {
    return (error) => {
      logger.error(event, { why: describeError(error) });
    };
  }

  return {
    wake,
    wakeById,
    sweep,
    active: () => drives.size,
    moved(id) {
      const drive = drives.get(id);
      if (drive === undefined) return;
      drive.isAgain = true;
      drive.pass?.abort(restart);
    },
    start() {
      sweep().catch(logFailure('sweep.failed'));
      timers = [
        clock.every(sweepEveryMs, () => {
          sweep().catch(logFailure('sweep.failed'));
        }),
        clock.every(options.leaseMs * renewShare, () => {
          renewLeases().catch(logFailure('lease.failed'));
        }),
      ];
    },
    async stop() {
      isStopping = true;
      for (const timer of timers) timer.cancel();
      for (const drive of drives.values()) drive.pass?.abort(restart);
      await Promise.all([...drives.values()].map((drive) => drive.done));
      await Promise.all(leaving);
    },
  };
}

/** True while a call of the workflow was sent and its deadline is not over: what it did is not taken back before. */
function hasUnanswered(state: RunState): boolean {
  return openDispatches(state).some(
    ({ unknown, call }) => unknown === undefined && !isUndo(state, call.step),
  );
}

const originOf = ({ thread, requester }: RunState): Origin => ({ thread, by: requester });

function aborted(signal: AbortSignal): Promise<'aborted'> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('aborted');
    else
      signal.addEventListener(
        'abort',
        () => {
          resolve('aborted');
        },
        { once: true },
      );
  });
}
