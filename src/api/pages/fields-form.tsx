/** The form over a call's arguments: read when it is opened, sent as what was typed in each field. Esc closes it. */
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { FormJson } from '../shapes.ts';
import { useSession } from './session.tsx';

type Opened =
  | { readonly kind: 'reading' }
  | { readonly kind: 'open'; readonly form: FormJson }
  | { readonly kind: 'refused'; readonly detail: string };

export function FieldsForm(props: {
  readonly action: string;
  readonly onCancel: () => void;
  readonly onAnswer: (fields: Readonly<Record<string, string>>) => void;
}) {
  const { action, onCancel, onAnswer } = props;
  const { client } = useSession();
  const [opened, setOpened] = useState<Opened>({ kind: 'reading' });
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({});
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    void client.get<FormJson>(`/actions/${encodeURIComponent(action)}/form`).then((answer) => {
      setOpened(
        answer.kind === 'ok'
          ? { kind: 'open', form: answer.value }
          : { kind: 'refused', detail: 'This cannot be changed here: it is settled, or others decide it.' },
      );
    });
  }, [action, client]);
  useEffect(() => {
    if (opened.kind === 'open') form.current?.querySelector<HTMLElement>('input, select, textarea')?.focus();
  }, [opened.kind]);

  if (opened.kind === 'reading') return <p class="quiet">Reading what stands now…</p>;
  if (opened.kind === 'refused') {
    return (
      <div class="note is-problem" role="status">
        <p>{opened.detail}</p>
        <button type="button" class="button is-plain" onClick={onCancel}>
          Close
        </button>
      </div>
    );
  }
  const { fields, note, submit } = opened.form;
  return (
    <form
      ref={form}
      class="ask-form"
      onSubmit={(event) => {
        event.preventDefault();
        onAnswer(typed);
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        onCancel();
      }}
    >
      {fields.map((field) => (
        <Field
          key={field.id}
          field={field}
          value={typed[field.id] ?? field.value}
          onType={(value) => {
            setTyped((before) => ({ ...before, [field.id]: value }));
          }}
        />
      ))}
      <p class="quiet">{note}</p>
      <div class="buttons">
        <button type="submit" class="button is-primary">
          {submit}
        </button>
        <button type="button" class="button is-plain" onClick={onCancel}>
          Cancel
        </button>
      </div>
    </form>
  );
}

function Field(props: {
  readonly field: FormJson['fields'][number];
  readonly value: string;
  readonly onType: (value: string) => void;
}) {
  const { field, value, onType } = props;
  const id = useId();
  const hintId = useId();
  const shared = {
    id,
    value,
    'aria-describedby': field.hint === undefined ? undefined : hintId,
    onInput: (event: Event) => {
      // Only inputs, selections and text areas below have this listener.
      onType((event.currentTarget as HTMLInputElement).value);
    },
  };
  return (
    <>
      <label for={id}>
        {field.label} {field.isRequired ? null : <span class="quiet">(optional)</span>}
      </label>
      {control(field, shared)}
      {field.hint === undefined ? null : (
        <p id={hintId} class="quiet">
          {field.hint}
        </p>
      )}
    </>
  );
}

function control(
  field: FormJson['fields'][number],
  shared: { readonly id: string; readonly value: string; readonly onInput: (event: Event) => void },
) {
  switch (field.kind) {
    case 'choice':
      return (
        <select {...shared}>
          {field.isRequired && field.value !== '' ? null : <option value="">nothing</option>}
          {field.options.map((option) => (
            <option value={option.value}>{option.label}</option>
          ))}
        </select>
      );
    case 'number':
      return <input {...shared} type="text" inputMode="decimal" autoComplete="off" />;
    case 'date':
      return <input {...shared} type="text" placeholder="2026-12-31" autoComplete="off" />;
    case 'text':
      return field.isLong ? (
        <textarea {...shared} rows={6} />
      ) : (
        <input {...shared} type="text" autoComplete="off" />
      );
    case 'list':
      return <textarea {...shared} rows={4} placeholder="one a line" />;
    case 'json':
      return <textarea {...shared} rows={6} spellcheck={false} class="code" />;
    default:
      return field satisfies never;
  }
}
