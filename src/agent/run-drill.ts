/**
 * A drill as a run: its seeded call goes to people through the gate like any other, which sends nothing of it.
 */
import { sha256OfParts } from '../core/hash.ts';
import { asCallId } from '../core/ids.ts';
import type { Gate } from '../gate/gate.ts';
import { drillText } from '../runs/drill-text.ts';
import type { DrillSeed } from '../core/drill-seed.ts';
import type { OpenRun } from '../runs/open-runs.ts';
import { runEvent } from '../runs/run-events.ts';
import type { StepControl } from '../runs/step-control.ts';

const step = 'ask';

export async function runDrill(
  gate: Pick<Gate, 'submit'>,
  run: OpenRun,
  control: StepControl,
  seed: DrillSeed,
): Promise<void> {
  const { tool, args, claim } = seed;
  const id = asCallId(`call_${sha256OfParts([run.id, 'drill']).slice(0, 26)}`);
  await gate.submit(run, control, [{ id, step, tool, args, ...(claim !== undefined && { claim }) }]);
  const isSaid = run.state().said.some(({ key }) => key === step);
  if (isSaid) return;
  run.stream.append({
    sort: 'fact',
    by: 'bot',
    isKnown: (state) => state.said.some(({ key }) => key === step),
    events: [runEvent('message.posted', { key: step }, { text: ending(run, seed) })],
  });
}

/** Where nobody was asked, the policy decided: that is worth knowing, too. */
function ending(run: OpenRun, seed: DrillSeed): string {
  const { approvals, calls } = run.state();
  const [call] = calls.values();
  if (approvals.size > 0) return drillText(seed);
  const why = call?.result?.kind === 'not-run' && call.result.why !== 'drill' ? call.result.content : '';
  return call?.call.verdict === 'allow'
    ? `${drillText(seed)} Policy would have let it run without asking anybody.`
    : `${drillText(seed)} Nobody was asked. ${why}`.trim();
}
