/** Whether everything that is needed works, in words. */
import { useScrollPlace, useTitle } from './navigation.tsx';
import { WaitNote } from './notes.tsx';
import { resources } from './resources.ts';
import { useResource } from './session.tsx';

const stateWords = { ok: 'ok', warning: 'look at this', failed: 'does not work' } as const;
const stateMarks = { ok: '✓', warning: '!', failed: '✕' } as const;

export function HealthPage() {
  const loaded = useResource(resources.health());
  const checks = loaded.value?.checks ?? [];
  const wrong = checks.filter(({ state }) => state !== 'ok').length;
  const box = useScrollPlace(loaded.value !== undefined, 'top');
  useTitle('Health');
  return (
    <section class="page">
      <div class="page-head">
        <h1 tabIndex={-1}>Health</h1>
      </div>
      <div class="page-body" ref={box}>
        {loaded.value === undefined ? (
          <WaitNote of={loaded} what="the checks" />
        ) : (
          <p class="lead" role="status">
            {wrong === 0
              ? 'Everything works.'
              : `${String(wrong)} of ${String(checks.length)} checks need a look.`}
          </p>
        )}
        <ul class="checks">
          {checks.map(({ name, state, detail }) => (
            <li key={name} class={`is-${state}`}>
              <span class="mark" aria-hidden="true">
                {stateMarks[state]}
              </span>
              <span>
                <strong>{name}</strong> <span class="check-state">{stateWords[state]}</span>
                <small class="quiet">{detail}</small>
              </span>
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}
