/** «Try again» for a run that stands still, with what came of it. Absent for every other run. */
import { useState } from 'preact/hooks';
import type { RunJson } from '../shapes.ts';
import { ProblemNote } from './notes.tsx';
import { resources } from './resources.ts';
import { useSession } from './session.tsx';

type Phase =
  { readonly kind: 'idle' | 'sending' | 'told' } | { readonly kind: 'refused'; readonly detail: string };

export function TryAgain(props: { readonly run: Pick<RunJson, 'id' | 'status' | 'title' | 'workflow'> }) {
  const { run } = props;
  const { client, cache } = useSession();
  const [phase, setPhase] = useState<Phase>({ kind: 'idle' });
  if (run.status !== 'parked' && phase.kind !== 'told') return null;

  const retry = async (): Promise<void> => {
    setPhase({ kind: 'sending' });
    const answer = await client.post(`/runs/${encodeURIComponent(run.id)}/retry`, {});
    if (answer.kind === 'problem') {
      setPhase({ kind: 'refused', detail: answer.problem.detail });
      return;
    }
    setPhase({ kind: 'told' });
    await cache.load(resources.run(run.id));
    cache.refresh((shown) => shown === resources.ledger(run.id).path);
  };
  if (phase.kind === 'told')
    return (
      <p class="quiet" role="status">
        It tries again.
      </p>
    );
  return (
    <div class="action-row">
      <button
        type="button"
        class="button"
        aria-label={`Try again: ${run.title ?? run.workflow}`}
        disabled={phase.kind === 'sending'}
        onClick={() => void retry()}
      >
        Try again
      </button>
      {phase.kind === 'refused' ? <ProblemNote text={phase.detail} /> : null}
    </div>
  );
}
