/** Where one writes. Enter sends, Shift+Enter starts a new line; what is not sent stays as a draft in this tab. */
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { KeptFileJson } from '../shapes.ts';
import { AttachButton, AttachmentList, useAttachments } from './attachments.tsx';
import { tabStore } from './browser.ts';
import { CompletionList, useCompletions } from './completions.tsx';

export function Composer(props: {
  /** Names the draft. */
  readonly place: string;
  readonly channel: string;
  readonly label: string;
  readonly hint?: string;
  readonly problem?: string | undefined;
  readonly isBusy?: boolean;
  readonly hasFocusFirst?: boolean;
  /** Answers false when the words were not taken: they come back to be sent again. */
  readonly onSend: (text: string, files: readonly KeptFileJson[]) => Promise<boolean>;
}) {
  const { place, label, isBusy = false, onSend } = props;
  const draftKey = `draft.${place}`;
  const attachments = useAttachments();
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
  const completions = useCompletions(props.channel, text, write);
  const send = async (): Promise<void> => {
    if (isBusy || attachments.isKeeping || text.trim() === '') return;
    write('');
    box.current?.focus();
    const isTaken = await onSend(text.trim(), attachments.kept);
    if (isTaken) attachments.clear();
    else if (box.current?.value === '') write(text);
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
      onDragOver={(event) => {
        if (event.dataTransfer?.types.includes('Files') === true) event.preventDefault();
      }}
      onDrop={(event) => {
        const files = event.dataTransfer?.files;
        if (files === undefined || files.length === 0) return;
        event.preventDefault();
        attachments.add(files);
      }}
    >
      {props.problem === undefined ? null : (
        <p class="note is-problem" role="alert">
          {props.problem}
        </p>
      )}
      <AttachmentList attachments={attachments} />
      <CompletionList of={completions} />
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
          autocomplete="off"
          aria-autocomplete="list"
          {...(completions.items.length > 0 && { 'aria-controls': completions.listId })}
          {...(completions.chosen >= 0 && {
            'aria-activedescendant': completions.optionId(completions.chosen),
          })}
          value={text}
          onInput={(event) => {
            write(event.currentTarget.value);
          }}
          onPaste={(event) => {
            const files = event.clipboardData?.files;
            if (files === undefined || files.length === 0) return;
            event.preventDefault();
            attachments.add(files);
          }}
          onKeyDown={(event) => {
            if (!event.isComposing && completions.takesKey(event)) {
              event.preventDefault();
              return;
            }
            if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            void send();
          }}
        />
        <AttachButton attachments={attachments} />
        <button
          type="submit"
          class="button is-primary"
          disabled={isBusy || attachments.isKeeping || text.trim() === ''}
        >
          Send
        </button>
      </div>
      <p class={props.hint === undefined ? 'for-ears' : 'composer-hint quiet'}>
        {props.hint ?? 'Enter sends, Shift+Enter starts a new line.'}
      </p>
    </form>
  );
}
