/** The small form that a button opens: a reason or answer with quick picks, or «are you sure». Esc closes it. */
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { ActionJson } from '../shapes.ts';
import { plainLabel } from './press.ts';

export function AskForm(props: {
  readonly asks: Exclude<NonNullable<ActionJson['asks']>, { readonly kind: 'form' }>;
  readonly label: string;
  readonly isDanger: boolean;
  readonly onCancel: () => void;
  readonly onAnswer: (text: string | undefined) => void;
}) {
  const { asks, onCancel, onAnswer } = props;
  const [text, setText] = useState('');
  const id = useId();
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    form.current?.querySelector<HTMLElement>('textarea, [data-first]')?.focus();
  }, []);

  const isRequired = asks.kind === 'text' && asks.isRequired;
  const submit = (): void => {
    const answer = text.trim();
    if (isRequired && answer === '') return;
    onAnswer(answer === '' ? undefined : answer);
  };
  return (
    <form
      ref={form}
      class="ask-form"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        onCancel();
      }}
    >
      {asks.kind === 'confirm' ? (
        <p id={id}>{asks.question}</p>
      ) : (
        <>
          <label for={id}>
            {asks.label} {isRequired ? null : <span class="quiet">(optional)</span>}
          </label>
          <textarea
            id={id}
            rows={2}
            maxLength={2000}
            value={text}
            required={isRequired}
            onInput={(event) => {
              setText(event.currentTarget.value);
            }}
            onKeyDown={(event) => {
              if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
              event.preventDefault();
              submit();
            }}
          />
          {asks.picks.length === 0 ? null : (
            <div class="picks" role="group" aria-label="Earlier reasons">
              {asks.picks.map((pick) => (
                <button
                  type="button"
                  class="pick"
                  aria-pressed={text === pick}
                  onClick={() => {
                    setText(pick);
                  }}
                >
                  {pick}
                </button>
              ))}
            </div>
          )}
        </>
      )}
      <div class="buttons">
        <button
          type="submit"
          class={`button ${props.isDanger ? 'is-danger' : 'is-primary'}`}
          disabled={isRequired && text.trim() === ''}
          aria-describedby={asks.kind === 'confirm' ? id : undefined}
        >
          {plainLabel(props.label)}
        </button>
        {/* On «are you sure» the harmless way out has the focus. */}
        <button type="button" class="button is-plain" data-first onClick={onCancel}>
          Cancel
        </button>
      </div>
    </form>
  );
}
