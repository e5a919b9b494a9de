/** Things to try, each one press away: it is said in its channel and its thread opens. */
import { useState } from 'preact/hooks';
import type { MeJson } from '../shapes.ts';
import { useNavigation } from './navigation.tsx';
import { ProblemNote } from './notes.tsx';
import { startThread } from './send-message.ts';
import { useSession } from './session.tsx';

type Suggestion = MeJson['suggestions'][number];

export function Suggestions(props: {
  readonly suggestions: readonly Suggestion[];
  readonly prefix?: string;
}) {
  const session = useSession();
  const { go } = useNavigation();
  const [sending, setSending] = useState<string>();
  const [problem, setProblem] = useState<string>();

  const say = async ({ channel, text }: Suggestion): Promise<void> => {
    setSending(text);
    setProblem(undefined);
    const answer = await startThread(session, channel, { text, files: [] });
    setSending(undefined);
    if (answer.kind === 'ok') go({ page: 'thread', thread: answer.value.thread });
    else setProblem(answer.problem.detail);
  };
  return (
    <>
      <ul class="suggestions">
        {props.suggestions.map((suggestion) => (
          <li key={suggestion.text}>
            <button
              type="button"
              class="suggestion"
              disabled={sending !== undefined}
              onClick={() => void say(suggestion)}
            >
              <span>
                {props.prefix}
                {suggestion.text}
              </span>
              <small class="quiet">
                {sending === suggestion.text ? 'Sending.' : `in #${suggestion.channel}`}
              </small>
            </button>
          </li>
        ))}
      </ul>
      {problem === undefined ? null : <ProblemNote text={problem} />}
    </>
  );
}
