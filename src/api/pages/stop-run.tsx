/** «Stop this run», with an optional reason. Absent once there is nothing to stop. */
import { useState } from 'preact/hooks';
import type { RunJson } from '../shapes.ts';
import { AskForm } from './ask-form.tsx';
import { ProblemNote } from './notes.tsx';
import { resources } from './resources.ts';
import { useSession } from './session.tsx';

type Phase =
  { readonly kind: 'idle' | 'asking' | 'sending' } | { readonly kind: 'refused'; readonly detail: string };

export function StopRun(props: { readonly run: RunJson }) {
  const { run } = props;
  const { client, cache } = useSession();
  const [phase, setPhase] = useState<Phase>({ kind: 'idle' });
  if (run.status === 'done' || run.status === 'failed' || run.status === 'stopped') return null;

  const stop = async (reason: string | undefined): Promise<void> => {
    setPhase({ kind: 'sending' });
    const path = `/runs/${encodeURIComponent(run.id)}/stop`;
    const answer = await client.post(path, reason === undefined ? {} : { reason });
    if (answer.kind === 'problem') setPhase({ kind: 'refused', detail: answer.problem.detail });
    else {
      await cache.load(resources.run(run.id));
      setPhase({ kind: 'idle' });
    }
    cache.refresh((shown) => shown === resources.ledger(run.id).path);
  };
  return (
    <div class="action-row">
      {phase.kind === 'asking' ? (
        <AskForm
          asks={{ kind: 'text', label: 'Why stop it?', isRequired: false, picks: [] }}
          label="Stop this run"
          isDanger
          onCancel={() => {
            setPhase({ kind: 'idle' });
          }}
          onAnswer={(text) => void stop(text)}
        />
      ) : (
        <button
          type="button"
          class="button is-danger"
          disabled={phase.kind === 'sending'}
          onClick={() => {
            setPhase({ kind: 'asking' });
          }}
        >
          Stop this run…
        </button>
      )}
      {phase.kind === 'refused' ? <ProblemNote text={phase.detail} /> : null}
    </div>
  );
}
