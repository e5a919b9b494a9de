/** One run: its state and its whole ledger, checked in this browser. */
import { useEffect, useState } from 'preact/hooks';
import type { CommitJson } from '../shapes.ts';
import { verifyChain } from './chain.ts';
import type { ChainVerdict } from './chain.ts';
import { CommitView } from './commit-view.tsx';
import { numberEvents } from './ledger-words.ts';
import { Link, useNavigation, useScrollPlace, useTitle } from './navigation.tsx';
import { EmptyNote, WaitNote } from './notes.tsx';
import { resources } from './resources.ts';
import { RunFacts } from './run-panel.tsx';
import { useResource } from './session.tsx';
import { StopRun } from './stop-run.tsx';
import { TryAgain } from './try-again.tsx';
import { withVisibleOrder } from './visible-order.ts';

export function RunPage(props: { readonly run: string }) {
  const loaded = useResource(resources.run(props.run));
  const ledger = useResource(resources.ledger(props.run));
  const run = loaded.value;
  const commits = ledger.value?.items;
  const { hash } = useNavigation();
  const box = useScrollPlace(run !== undefined && commits !== undefined, 'top');
  const title = withVisibleOrder(run?.title ?? run?.workflow ?? 'Run');
  useTitle(title);
  const events = numberEvents(commits ?? []);
  return (
    <section class="page is-wide">
      <div class="page-head">
        <p class="crumb">
          <Link to={{ page: 'runs' }}>Runs</Link>
        </p>
        <h1 tabIndex={-1}>{title}</h1>
        {run === undefined ? null : <Link to={{ page: 'thread', thread: run.thread }}>Open the thread</Link>}
      </div>
      <div class="page-body" ref={box}>
        {run === undefined ? (
          <WaitNote of={loaded} what="the run" />
        ) : (
          <>
            <RunFacts run={run} />
            <TryAgain run={run} />
            <StopRun run={run} />
          </>
        )}
        <h2>Ledger</h2>
        {commits === undefined ? <WaitNote of={ledger} what="the ledger" /> : <Verdict commits={commits} />}
        {commits?.length === 0 ? (
          <EmptyNote title="Nothing is written yet.">
            <p>Each step of the run is written here before it takes effect.</p>
          </EmptyNote>
        ) : null}
        <ol class="commits">
          {commits?.map((commit) => (
            <li key={commit.seq}>
              <CommitView
                commit={commit}
                events={events.filter(({ seq }) => seq === commit.seq)}
                target={hash}
              />
            </li>
          ))}
        </ol>
      </div>
    </section>
  );
}

function Verdict(props: { readonly commits: readonly CommitJson[] }) {
  const { commits } = props;
  const [verdict, setVerdict] = useState<ChainVerdict>();
  useEffect(() => {
    let isCurrent = true;
    // Lib types promise `subtle` always; without https it is missing.
    const subtle = crypto.subtle as SubtleCrypto | undefined;
    void verifyChain(commits, subtle).then((found) => {
      if (isCurrent) setVerdict(found);
    });
    return () => {
      isCurrent = false;
    };
  }, [commits]);
  if (verdict === undefined) return <p class="verdict quiet">Checking every hash in your browser.</p>;
  return (
    <p class={`verdict is-${verdict.kind}`} role="status">
      {verdictWords(verdict)}
    </p>
  );
}

function verdictWords(verdict: ChainVerdict): string {
  switch (verdict.kind) {
    case 'verified': {
      const bodies =
        verdict.bodies === 0 ? '' : ` Texts that match their promise: ${String(verdict.bodies)}.`;
      const erased = verdict.erased === 0 ? '' : ` Texts erased or not for you: ${String(verdict.erased)}.`;
      const commits =
        verdict.commits === 1 ? '1 commit follows' : `all ${String(verdict.commits)} commits follow`;
      return `✓ Chain verified in your browser: ${commits} from each other unaltered.${bodies}${erased}`;
    }
    case 'broken':
      return `✕ Chain not verified: commit ${String(verdict.seq)} does not add up. ${verdict.why}`;
    case 'unchecked':
      return `Chain not checked. ${verdict.why}`;
    default:
      return verdict satisfies never;
  }
}
