/**
 * Runs a workflow of today over what a run has recorded, without doing anything: shows what a deploy would meet.
 *
 * Recorded steps answer as always. The first thing that would be new is a finding and ends the replay there; so does a
 * step that no longer fits what is recorded.
 */
import { describeError } from '../core/errors.ts';
import type { Clock } from '../core/clock.ts';
import { answerOf, decisionServer } from '../gate/ask-decision.ts';
import type { Gate } from '../gate/gate.ts';
import type { OpenRun } from '../runs/open-runs.ts';
import type { CallState, RunState } from '../runs/run-state.ts';
import { isUndo } from '../runs/undo-state.ts';
import { createPass } from '../runs/step-control.ts';
import type { StepControl } from '../runs/step-control.ts';
import type { AgentTask } from './agent-task.ts';
import { createDurableContext } from './durable-context.ts';
import type { DurableContext } from './durable-context.ts';
import { defaultLimits } from './limits.ts';

export interface Replay {
  /** How far today's code gets: to its end, to a step that waits as recorded, to something new, or to a fault. */
  readonly end: 'returned' | 'waits' | 'goes-on' | 'fault';
  /** What would be new, or what does not fit. */
  readonly findings: readonly string[];
  /** Recorded steps that today's code did not reach: removed, renamed, or within a race that is decided. */
  readonly unreached: readonly string[];
}

/** Something new would happen here. */
class GoesOn extends Error {}

export async function replayRun(
  state: RunState,
  workflow: (ctx: DurableContext) => Promise<void>,
  /** Hears what an agent would be given, where one is at work or would begin. */
  onAgent: (task: AgentTask) => void = () => undefined,
): Promise<Replay> {
  const findings: string[] = [];
  const entered = new Set<string>();
  const goOn = (what: string): never => {
    findings.push(what);
    throw new GoesOn(what);
  };
  const run = recordedRun(state, goOn);
  const pass = createPass(() => state);
  const at = lastMoment(state);
  const clock: Clock = {
    now: () => at,
    monotonicMs: () => 0,
    after: () => ({ cancel: () => undefined }),
    every: () => ({ cancel: () => undefined }),
  };
  const nothing = (): Promise<void> => Promise.resolve();
  const context = createDurableContext(
    {
      gate: recordedGate(state, goOn),
      agent: {
        summarise: nothing,
        run(_run, control, task) {
          onAgent(task);
          return state.turns.has(task.key)
            ? forEver(control)
            : goOn(`step "${task.key}" would start an agent`);
        },
      },
      findPerson: (word) => goOn(`«${word}» would be looked up`),
      askDecision: async (_run, control, { key }) => {
        const entry = [...state.calls.values()].find(
          ({ call }) => call.server === decisionServer && call.step === key,
        );
        if (entry === undefined) return goOn(`step "${key}" would ask for a decision`);
        if (entry.result === undefined) return forEver(control);
        const approval = entry.approval === undefined ? undefined : state.approvals.get(entry.approval);
        return answerOf(entry, approval, (id) => id);
      },
      approvePlan: (_run, control, { key }) =>
        [...state.calls.values()].some(({ call }) => call.server === decisionServer && call.step === key)
          ? forEver(control)
          : goOn(`step "${key}" would ask about a plan`),
      keepsMemories: true,
      approvalHealth: () => goOn('figures would be made'),
      activity: () => goOn('a summary would be made'),
      copyCard: nothing,
      startDirectly: () => goOn('something would be sent directly'),
      children: { start: nothing, bringEnd: nothing, stopAll: nothing },
      signals: {
        publish: () => goOn('a signal would be sent'),
        bringEarlier: nothing,
        sweep: nothing,
      },
      limits: () => defaultLimits,
      clock,
      nameOf: (person) => person,
      onStep: (key) => void entered.add(key),
      insteadOfCode: (key) => goOn(`step "${key}" would run its code`),
    },
    run,
    pass,
  );
  const end = await endOf(workflow(context), pass.quiet, findings);
  const called = [...state.calls.values()].map(({ call }) => call.step);
  const recorded = new Set([...state.steps.keys(), ...state.waits.keys(), ...called]);
  return {
    end,
    findings,
    unreached: [...recorded].filter((key) => !entered.has(key) && !isUndo(state, key)),
  };
}

async function endOf(work: Promise<void>, quiet: Promise<void>, findings: string[]): Promise<Replay['end']> {
  try {
    return await Promise.race([
      work.then(() => (findings.length === 0 ? ('returned' as const) : ('goes-on' as const))),
      quiet.then(() => (findings.length === 0 ? ('waits' as const) : ('goes-on' as const))),
    ]);
  } catch (error) {
    if (error instanceof GoesOn || findings.length > 0) return 'goes-on';
    findings.push(describeError(error));
    return 'fault';
  }
}

/** A run whose ledger takes nothing more. */
function recordedRun(state: RunState, goOn: (what: string) => never): OpenRun {
  return {
    id: state.id,
    state: () => state,
    lease: undefined,
    stream: {
      name: `run/${state.id}`,
      state: () => state,
      seq: () => 0,
      append({ events }) {
        // The code of a step did not run: what threw in its place has said so.
        if (events.every(({ kind }) => kind === 'step.missed' || kind === 'step.failed')) throw new GoesOn();
        const what = events.map(({ kind, data }) => {
          const key = data['key'];
          return typeof key === 'string' ? `${kind} "${key}"` : kind;
        });
        goOn(`would record ${what.join(', ')}`);
      },
      durable: () => Promise.resolve(),
      catchUp: () => Promise.resolve(),
      isDirty: () => false,
      isBroken: () => false,
    },
  };
}

function recordedGate(state: RunState, goOn: (what: string) => never): Pick<Gate, 'submit'> {
  const lastOf = (entry: CallState | undefined): CallState | undefined =>
    entry?.supersededBy === undefined ? entry : lastOf(state.calls.get(entry.supersededBy));
  return {
    submit: (_run, control, proposals) =>
      Promise.all(
        proposals.map(async ({ id, step, tool }) => {
          const entry = lastOf(state.calls.get(id));
          if (entry === undefined) return goOn(`step "${step}" would propose ${tool}`);
          return entry.result ?? forEver(control);
        }),
      ),
  };
}

/** A step that waits as it is recorded. */
function forEver(control: StepControl): Promise<never> {
  return control.work(() => control.waitFor<never>(() => undefined));
}

/** Nothing falls due in a replay that had not when the run last moved. */
function lastMoment(state: RunState): Date {
  const marks = [
    state.requested,
    state.finished,
    ...[...state.steps.values(), ...state.waits.values()].map(({ mark }) => mark),
    ...[...state.waits.values()].map(({ end }) => end?.mark),
  ];
  return new Date(Math.max(0, ...marks.map((mark) => mark?.stamp.at.getTime() ?? 0)));
}
