/** `countersign runs replay`: what today's workflow makes of a recorded run, without doing anything. */
import { replayRun } from '../agent/replay-run.ts';
import type { Replay } from '../agent/replay-run.ts';
import { knownWorkflows } from '../app-parts.ts';
import { AppError } from '../core/errors.ts';
import { asRunId, runStream } from '../core/ids.ts';
import { foldStream } from '../ledger/fold.ts';
import { foldRun } from '../runs/fold-run.ts';
import { emptyRun } from '../runs/run-state.ts';
import { readSetup, say } from './command-setup.ts';

export async function replay(id: string): Promise<void> {
  const commits = await readSetup().withStore((store) => store.ledger.read(runStream(asRunId(id))));
  if (commits.length === 0) throw new AppError('config.invalid', `There is no run ${id}.`);
  const state = foldStream(commits, emptyRun(asRunId(id)), foldRun);
  if (state.unknownKinds.length > 0)
    throw new AppError('ledger.unknown-event', `A newer version wrote ${state.unknownKinds.join(', ')}.`);
  const workflow = knownWorkflows().find(({ name }) => name === state.workflow);
  if (workflow === undefined)
    throw new AppError('workflow.unknown', `No workflow is named ${state.workflow} today.`);
  const input = workflow.input.safeParse(state.input);
  if (!input.success)
    throw new AppError('workflow.changed', `The recorded input does not fit: ${input.error.message}`);
  const done = await replayRun(state, (ctx) => workflow.run(ctx, input.data));
  say(`${id}  ${state.workflow}  ${state.status}: ${words[done.end]}`);
  for (const finding of done.findings) say(`  ${finding}`);
  if (done.unreached.length > 0) say(`  recorded and not reached: ${done.unreached.join(', ')}`);
  if (done.end === 'fault' || (done.end === 'goes-on' && state.status === 'done')) process.exitCode = 1;
}

const words: Readonly<Record<Replay['end'], string>> = {
  returned: "today's code goes through to its end over what is recorded",
  waits: "today's code waits where the run waits",
  'goes-on': "today's code would go on with something new",
  fault: "today's code would park this run",
};
