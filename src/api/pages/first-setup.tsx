/** While nobody is an operator: the code that the bot printed makes whoever enters it the first one. */
import { useEffect, useState } from 'preact/hooks';
import { createAccess } from './session.tsx';
import type { Access } from './session.tsx';

interface Made {
  readonly text: string;
  readonly token: string;
}

/** True while the bot still looks for its first operator. */
export function useIsUnset(): boolean {
  const [isUnset, setIsUnset] = useState(false);
  useEffect(() => {
    const look = async (): Promise<void> => {
      const answer = await askSetup<{ isOpen: boolean }>();
      setIsUnset(answer.kind === 'ok' && answer.value.isOpen);
    };
    void look();
  }, []);
  return isUnset;
}

export function FirstSetup(props: { readonly onAccess: (access: Access, isKept: boolean) => void }) {
  const [code, setCode] = useState('');
  const [name, setName] = useState('');
  const [isTrying, setIsTrying] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [made, setMade] = useState<Made>();

  const setUp = async (): Promise<void> => {
    setIsTrying(true);
    setProblem(undefined);
    const answer = await askSetup<Made>({ code, name });
    setIsTrying(false);
    if (answer.kind === 'ok') setMade(answer.value);
    else setProblem(answer.detail);
  };
  if (made !== undefined)
    return (
      <section aria-labelledby="first-heading" class="first-setup">
        <h2 id="first-heading">You are the first operator</h2>
        <p>Keep this token: it signs you in, and it is shown only now.</p>
        <p>
          <code>{made.token}</code>
        </p>
        <p class="quiet">{made.text}</p>
        <button
          type="button"
          class="button is-primary"
          onClick={() => {
            props.onAccess(createAccess(made.token), false);
          }}
        >
          I have kept it: go on
        </button>
      </section>
    );
  return (
    <section aria-labelledby="first-heading" class="first-setup">
      <h2 id="first-heading">Nobody is an operator yet</h2>
      <p>
        The bot printed a code when it started; <code>countersign people code</code> prints another. Enter it
        to become the first operator.
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void setUp();
        }}
      >
        <label for="setup-code">Code</label>
        <input
          id="setup-code"
          type="text"
          autocomplete="one-time-code"
          required
          maxLength={200}
          value={code}
          aria-invalid={problem !== undefined}
          aria-describedby="setup-words"
          onInput={(event) => {
            setCode(event.currentTarget.value);
          }}
        />
        <label for="setup-name">Your name, as others read it</label>
        <input
          id="setup-name"
          type="text"
          autocomplete="name"
          required
          maxLength={80}
          value={name}
          onInput={(event) => {
            setName(event.currentTarget.value);
          }}
        />
        <p id="setup-words" class={problem === undefined ? 'quiet' : 'bad-words'} role="status">
          {problem ?? 'It works once, for an hour.'}
        </p>
        <button
          type="submit"
          class="button is-primary"
          disabled={isTrying || code.trim() === '' || name.trim() === ''}
        >
          {isTrying ? 'Looking at the code' : 'Become the first operator'}
        </button>
      </form>
    </section>
  );
}

type SetupAnswer<T> =
  { readonly kind: 'ok'; readonly value: T } | { readonly kind: 'problem'; readonly detail: string };

async function askSetup<T>(body?: object): Promise<SetupAnswer<T>> {
  try {
    const response = await fetch(
      '/setup',
      body === undefined
        ? undefined
        : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
    );
    // The server answers with what this page asks for: both are of the same release.
    if (response.ok) return { kind: 'ok', value: (await response.json()) as T };
    const { detail } = (await response.json()) as { detail?: string };
    return { kind: 'problem', detail: detail ?? 'That did not work. Try again.' };
  } catch {
    return {
      kind: 'problem',
      detail: 'Countersign does not answer. Check that it runs and that you are connected.',
    };
  }
}
