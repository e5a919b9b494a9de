/** Files on their way into a message: kept by the server as soon as they are chosen, dropped or pasted. */
import { useRef, useState } from 'preact/hooks';
import type { KeptFileJson } from '../shapes.ts';
import { randomId } from './browser.ts';
import { useSession } from './session.tsx';

export interface Attachment {
  readonly key: string;
  readonly name: string;
  readonly state: 'keeping' | 'kept' | 'refused';
  readonly kept?: KeptFileJson;
  /** Why it was refused. */
  readonly why?: string;
}

export interface Attachments {
  readonly all: readonly Attachment[];
  readonly kept: readonly KeptFileJson[];
  readonly isKeeping: boolean;
  add(files: Iterable<File>): void;
  remove(key: string): void;
  clear(): void;
}

const mostFiles = 5;
const mostBytes = 10 * 1024 * 1024;

export function useAttachments(): Attachments {
  const { client } = useSession();
  const [all, setAll] = useState<readonly Attachment[]>([]);
  // Several files chosen at once are counted one after the other.
  const count = useRef(0);
  count.current = all.filter(({ state }) => state !== 'refused').length;

  const put = (changed: Attachment): void => {
    setAll((known) =>
      known.some(({ key }) => key === changed.key)
        ? known.map((entry) => (entry.key === changed.key ? changed : entry))
        : [...known, changed],
    );
  };
  const keep = async (file: File): Promise<void> => {
    const entry = { key: randomId(), name: file.name === '' ? 'a file' : file.name };
    const why =
      count.current >= mostFiles ? `I read ${String(mostFiles)} files of a message.` : tooLargeWords(file);
    if (why !== undefined) {
      put({ ...entry, state: 'refused', why });
      return;
    }
    count.current += 1;
    put({ ...entry, state: 'keeping' });
    const answer = await client.postFile<KeptFileJson>(`/files?name=${encodeURIComponent(entry.name)}`, file);
    setAll((known) =>
      known.map((other) =>
        other.key !== entry.key
          ? other
          : answer.kind === 'ok'
            ? { ...entry, state: 'kept', kept: answer.value }
            : { ...entry, state: 'refused', why: answer.problem.detail },
      ),
    );
  };
  return {
    all,
    kept: all.flatMap(({ kept }) => kept ?? []),
    isKeeping: all.some(({ state }) => state === 'keeping'),
    add(files) {
      for (const file of files) void keep(file);
    },
    remove(key) {
      setAll((known) => known.filter((entry) => entry.key !== key));
    },
    clear() {
      setAll([]);
    },
  };
}

function tooLargeWords({ size }: File): string | undefined {
  if (size === 0) return 'It is empty.';
  return size > mostBytes ? 'It is larger than 10 MB.' : undefined;
}

export function AttachButton(props: { readonly attachments: Attachments }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        class="for-ears"
        type="file"
        multiple
        tabIndex={-1}
        aria-label="Files to attach"
        onChange={(event) => {
          props.attachments.add(event.currentTarget.files ?? []);
          // The same file may be chosen again.
          event.currentTarget.value = '';
        }}
      />
      <button
        type="button"
        class="button is-plain"
        title="Text, CSV, Markdown, HTML, PDF, DOCX and images, up to 10 MB each"
        onClick={() => input.current?.click()}
      >
        Attach
      </button>
    </>
  );
}

const stateWords = { keeping: 'is being kept', kept: 'attached', refused: 'not attached' } as const;

export function AttachmentList(props: { readonly attachments: Attachments }) {
  const { all, remove } = props.attachments;
  if (all.length === 0) return null;
  return (
    <ul class="attachments" aria-label="Attached files" aria-live="polite">
      {all.map(({ key, name, state, why }) => (
        <li key={key} class={state === 'refused' ? 'bad-words' : ''}>
          <span>
            {name}{' '}
            <span class="quiet">
              {why === undefined ? stateWords[state] : `${stateWords[state]}: ${why}`}
            </span>
          </span>
          <button
            type="button"
            class="more"
            aria-label={`Take ${name} away`}
            onClick={() => {
              remove(key);
            }}
          >
            Take away
          </button>
        </li>
      ))}
    </ul>
  );
}
