/** Signing in with one's token. */
import { useState } from 'preact/hooks';
import type { MeJson } from '../shapes.ts';
import { FirstSetup, useIsUnset } from './first-setup.tsx';
import { createAccess } from './session.tsx';
import type { Access } from './session.tsx';
import { resources } from './resources.ts';

export function SignIn(props: { readonly onAccess: (access: Access, isKept: boolean) => void }) {
  const [token, setToken] = useState('');
  const [isKept, setIsKept] = useState(false);
  const [isTrying, setIsTrying] = useState(false);
  const [problem, setProblem] = useState<string>();
  const isUnset = useIsUnset();

  const signIn = async (): Promise<void> => {
    setIsTrying(true);
    setProblem(undefined);
    const access = createAccess(token.trim());
    const answer = await access.client.get<MeJson>(resources.me().path);
    setIsTrying(false);
    if (answer.kind === 'problem') {
      setProblem(
        answer.problem.status === 401
          ? 'No person has this token. Check it, or ask an operator.'
          : answer.problem.detail,
      );
      return;
    }
    access.cache.change(resources.me(), () => answer.value);
    props.onAccess(access, isKept);
  };
  return (
    <main class="sign-in">
      <h1>Countersign</h1>
      {isUnset && <FirstSetup onAccess={props.onAccess} />}
      <p>
        Sign in with your token. An operator gives it to you; it says who you are, so keep it to yourself.
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void signIn();
        }}
      >
        <label for="token">Token</label>
        <input
          id="token"
          type="password"
          autocomplete="current-password"
          required
          value={token}
          aria-invalid={problem !== undefined}
          aria-describedby="token-words"
          onInput={(event) => {
            setToken(event.currentTarget.value);
          }}
        />
        <p id="token-words" class={problem === undefined ? 'quiet' : 'bad-words'} role="status">
          {problem ?? 'It stays in this browser tab and is sent to this server only.'}
        </p>
        <label class="check">
          <input
            type="checkbox"
            checked={isKept}
            onChange={(event) => {
              setIsKept(event.currentTarget.checked);
            }}
          />
          <span>Stay signed in on this browser (only on a computer of your own)</span>
        </label>
        <button type="submit" class="button is-primary" disabled={isTrying || token.trim() === ''}>
          {isTrying ? 'Signing in' : 'Sign in'}
        </button>
      </form>
    </main>
  );
}
