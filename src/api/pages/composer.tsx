/** Where one writes. Enter sends, Shift+Enter starts a new line; what is not sent stays as a draft in this tab. */
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { tabStore } from './browser.ts';

export function Composer(props: {
  /** Names the draft. */
  readonly place: string;
  readonly label: string;
  readonly hint?: string;
  readonly problem?: string | undefined;
  readonly isBusy?: boolean;
  readonly hasFocusFirst?: boolean;
  /** Answers false when the words were not taken: they come back to be sent again. */
  readonly onSend: (text: string) => Promise<boolean>;
}) {
  const { place, label, isBusy = false, onSend } = props;
  const draftKey = `draft.${place}`;
  const [text, setText] = useState(() => tabStore.read(draftKey) ?? '');
  const id = useId();
  const box = useRef<HTMLTextAreaElement>(null);
  // Before the box is seen: letters typed at first sight must not go astray on a slow machine.
  useLayoutEffect(() => {
    setText(tabStore.read(draftKey) ?? '');
    if (props.hasFocusFirst === true && matchMedia('(hover: hover)').matches)
      box.current?.focus({ preventScroll: true });
  }, [draftKey]);

  const write = (next: string): void => {
    setText(next);
    tabStore.write(draftKey, next === '' ? undefined : next);
  };
  const send = async (): Promise<void> => {
    if (isBusy || text.trim() === '') return;
    write('');
    box.current?.focus();
    if (!(await onSend(text.trim())) && box.current?.value === '') write(text);
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      {props.problem === undefined ? null : (
        <p class="note is-problem" role="alert">
          {props.problem}
        </p>
      )}
      <div class="composer-box">
        <label class="for-ears" for={id}>
          {label}
        </label>
        <textarea
          id={id}
          ref={box}
          rows={1}
          maxLength={40_000}
          placeholder={label}
          value={text}
          onInput={(event) => {
            write(event.currentTarget.value);
          }}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            void send();
          }}
        />
        <button type="submit" class="button is-primary" disabled={isBusy || text.trim() === ''}>
          Send
        </button>
      </div>
      <p class={props.hint === undefined ? 'for-ears' : 'composer-hint quiet'}>
        {props.hint ?? 'Enter sends, Shift+Enter starts a new line.'}
      </p>
    </form>
  );
}
