/** What may be told in a channel: kept there or in open ones; found, corrected and forgotten. */
import { useState } from 'preact/hooks';
import type { ForgettingJson, MemoryJson } from '../shapes.ts';
import { ActionRow } from './action-row.tsx';
import { AskForm } from './ask-form.tsx';
import { saveFile } from './browser.ts';
import { Moment } from './moment.tsx';
import { Link, useNavigation, useScrollPlace, useTitle } from './navigation.tsx';
import { EmptyNote, ProblemNote, WaitNote } from './notes.tsx';
import { resources } from './resources.ts';
import type { List, Resource } from './resources.ts';
import { useNames, useResource, useSession } from './session.tsx';
import { ShowMore } from './show-more.tsx';
import { withVisibleOrder } from './visible-order.ts';

const views = [
  { view: 'here', label: 'kept here' },
  { view: 'mine', label: 'kept by me' },
  { view: 'workspace', label: 'all that may be told here' },
  { view: 'held', label: 'held' },
] as const;

export function MemoryPage(props: {
  readonly channel?: string;
  readonly view?: string;
  readonly q?: string;
  readonly history?: string;
}) {
  const { me } = useSession();
  const channel = props.channel ?? me.channels[0]?.id;
  useTitle('Memory');
  if (channel === undefined)
    return (
      <EmptyNote title="You are in no channel yet.">
        <p>What is remembered belongs to channels. An operator adds people to them in people.yaml.</p>
      </EmptyNote>
    );
  if (props.history !== undefined)
    return <MemoryHistory key={props.history} channel={channel} memory={props.history} />;
  return <ChannelMemory key={`${channel}/${props.q ?? ''}`} {...props} channel={channel} />;
}

function ChannelMemory(props: { readonly channel: string; readonly view?: string; readonly q?: string }) {
  const { channel, view = 'here', q } = props;
  const { me } = useSession();
  const list = resources.memories(channel, { view, ...(q !== undefined && { q }) });
  const loaded = useResource(list);
  const box = useScrollPlace(loaded.value !== undefined, 'top');
  return (
    <section class="page is-wide">
      <div class="page-head">
        <h1 tabIndex={-1}>Memory</h1>
      </div>
      <div class="page-body" ref={box}>
        <nav class="filter" aria-label="Channels">
          {me.channels.map(({ id, name }) => (
            <Link key={id} to={{ page: 'memory', channel: id }} isCurrent={id === channel}>
              # {name}
            </Link>
          ))}
        </nav>
        <Search channel={channel} q={q} />
        <nav class="filter" aria-label="Which memories">
          {views.map((entry) => (
            <Link
              key={entry.view}
              to={{ page: 'memory', channel, view: entry.view }}
              isCurrent={q === undefined && entry.view === view}
            >
              {entry.label}
            </Link>
          ))}
        </nav>
        {loaded.value === undefined ? <WaitNote of={loaded} what="what is remembered" /> : null}
        {loaded.value?.items.length === 0 ? <Nothing q={q} view={view} /> : null}
        <ul class="memories">
          {loaded.value?.items.map((memory) => (
            <MemoryEntry key={memory.id} memory={memory} channel={channel} shownBy={list} />
          ))}
        </ul>
        <ShowMore list={list} next={loaded.value?.next} />
        {q === undefined && (loaded.value?.items.length ?? 0) > 0 ? (
          <SaveAll channel={channel} view={view} />
        ) : null}
      </div>
    </section>
  );
}

function Nothing(props: { readonly q: string | undefined; readonly view: string }) {
  if (props.q === undefined && props.view === 'held')
    return (
      <EmptyNote title="Nothing is held here.">
        <p>
          What a run would remember by itself after it has read content that nobody vouches for waits here,
          and in its thread, until somebody keeps or drops it.
        </p>
      </EmptyNote>
    );
  return props.q === undefined ? (
    <EmptyNote title="Nothing is remembered here yet.">
      <p>Say «remember that refunds over 100 need a photo» in a thread, and it will be.</p>
    </EmptyNote>
  ) : (
    <EmptyNote title="Nothing that may be told here fits these words.">
      <p>Try other words, or look at all that may be told here.</p>
    </EmptyNote>
  );
}

/** What one memory says, and what it said before each correction. */
function MemoryHistory(props: { readonly channel: string; readonly memory: string }) {
  const { channel, memory } = props;
  const loaded = useResource(resources.memoryHistory(channel, memory));
  const box = useScrollPlace(loaded.value !== undefined, 'top');
  const chain = loaded.value?.memories ?? [];
  return (
    <section class="page is-wide">
      <div class="page-head">
        <h1 tabIndex={-1}>History of a memory</h1>
      </div>
      <div class="page-body" ref={box}>
        <p>
          <Link to={{ page: 'memory', channel }}>All that is remembered</Link>
        </p>
        {loaded.value === undefined ? <WaitNote of={loaded} what="its history" /> : null}
        <ol class="memories">
          {chain.map((entry, index) => (
            <li class="memory" key={entry.id}>
              <p class="quiet">
                <small>
                  {index === 0 ? 'It says' : 'Before that it said'}
                  {chain[index - 1] === undefined ? null : (
                    <>
                      {', until '}
                      <Moment at={chain[index - 1]?.at ?? ''} />
                    </>
                  )}
                </small>
              </p>
              <p class="memory-text">{withVisibleOrder(entry.text)}</p>
              <Provenance memory={entry} channel={channel} isInHistory />
            </li>
          ))}
        </ol>
        {chain.length === 1 ? <p class="quiet">Nobody has corrected it.</p> : null}
      </div>
    </section>
  );
}

function Search(props: { readonly channel: string; readonly q: string | undefined }) {
  const { go } = useNavigation();
  const [text, setText] = useState(props.q ?? '');
  return (
    <form
      class="search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        const q = text.trim();
        go({ page: 'memory', channel: props.channel, ...(q !== '' && { q }) });
      }}
    >
      <input
        type="search"
        aria-label="Find a memory"
        placeholder="Find a memory"
        maxLength={1000}
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
        }}
      />
      <button type="submit" class="button">
        Find
      </button>
    </form>
  );
}

type Phase =
  | { readonly kind: 'idle' | 'correcting' | 'sending' }
  | { readonly kind: 'forgetting'; readonly what: ForgettingJson }
  | { readonly kind: 'refused'; readonly detail: string };

function MemoryEntry(props: {
  readonly memory: MemoryJson;
  readonly channel: string;
  readonly shownBy: Resource<unknown>;
}) {
  const { memory, channel } = props;
  const { client, cache } = useSession();
  const [phase, setPhase] = useState<Phase>({ kind: 'idle' });
  const base = `/channels/${encodeURIComponent(channel)}/memories/${encodeURIComponent(memory.id)}`;
  const idle = (): void => {
    setPhase({ kind: 'idle' });
  };

  const change = async (verb: 'correct' | 'forget', body: object): Promise<void> => {
    setPhase({ kind: 'sending' });
    const answer = await client.post(`${base}/${verb}`, body);
    if (answer.kind === 'problem') setPhase({ kind: 'refused', detail: answer.problem.detail });
    else idle();
    cache.refresh((shown) => shown.includes('/memories?'));
  };
  const look = async (): Promise<void> => {
    const answer = await client.get<ForgettingJson>(`${base}/forgetting`);
    if (answer.kind === 'problem') setPhase({ kind: 'refused', detail: answer.problem.detail });
    else setPhase({ kind: 'forgetting', what: answer.value });
  };

  return (
    <li class="memory">
      <p class="memory-text">{withVisibleOrder(memory.text)}</p>
      <Provenance memory={memory} channel={channel} />
      {memory.held === undefined ? null : <ActionRow actions={memory.held.actions} shownBy={props.shownBy} />}
      {phase.kind === 'correcting' ? (
        <AskForm
          asks={{ kind: 'text', label: 'What is right?', isRequired: true, picks: [memory.text] }}
          label="Correct"
          isDanger={false}
          onCancel={idle}
          onAnswer={(text) => void change('correct', { text })}
        />
      ) : null}
      {phase.kind === 'forgetting' ? (
        <AskForm
          asks={{ kind: 'confirm', question: forgettingWords(phase.what) }}
          label="Forget for good"
          isDanger
          onCancel={idle}
          onAnswer={() => void change('forget', {})}
        />
      ) : null}
      {phase.kind === 'idle' || phase.kind === 'sending' || phase.kind === 'refused' ? (
        <div class="buttons">
          {memory.mayCorrect ? (
            <button
              type="button"
              class="button is-plain"
              disabled={phase.kind === 'sending'}
              onClick={() => {
                setPhase({ kind: 'correcting' });
              }}
            >
              Correct…
            </button>
          ) : null}
          {memory.mayForget ? (
            <button
              type="button"
              class="button is-plain"
              disabled={phase.kind === 'sending'}
              onClick={() => void look()}
            >
              Forget…
            </button>
          ) : null}
        </div>
      ) : null}
      {phase.kind === 'refused' ? <ProblemNote text={phase.detail} /> : null}
    </li>
  );
}

function forgettingWords({ memories, vectors }: ForgettingJson): string {
  const earlier = memories.slice(1).map(({ text }) => `«${text}»`);
  const also = earlier.length === 0 ? '' : ` What it corrected goes too: ${earlier.join(', ')}.`;
  const made = vectors === 0 ? '' : vectors === 1 ? ' and its vector' : ` and ${String(vectors)} vectors`;
  return `This goes for good, with its place in the index${made}.${also} What was said in threads, and its record, stay.`;
}

const scopeWords = {
  thread: 'for one thread',
  person: 'for one person',
  channel: 'for this channel',
  workspace: 'for the workspace',
} as const;

function Provenance(props: {
  readonly memory: MemoryJson;
  readonly channel: string;
  readonly isInHistory?: boolean;
}) {
  const { memory, channel, isInHistory = false } = props;
  const nameOf = useNames();
  const { me } = useSession();
  const room = me.channels.find(({ id }) => id === memory.channel)?.name ?? memory.channel;
  return (
    <p class="quiet">
      <small>
        {memory.kind}, {scopeWords[memory.scope]} · {nameOf(memory.by)}, <Moment at={memory.at} />
        {memory.channel === channel ? null : ` · kept in #${room}`}
        {memory.corrects === undefined || isInHistory ? null : (
          <>
            {' '}
            · a correction, <Link to={{ page: 'memory', channel, history: memory.id }}>see what it was</Link>
          </>
        )}
        {memory.validUntil === undefined ? null : (
          <>
            {' '}
            · until <Moment at={memory.validUntil} />
          </>
        )}
        {memory.thread === undefined || memory.channel !== channel ? null : (
          <>
            {' '}
            · <Link to={{ page: 'thread', thread: memory.thread }}>where it was said</Link>
          </>
        )}
        {memory.taintedBy === undefined ? null : (
          <span class={memory.vouchedBy === undefined ? 'bad-words' : ''}>
            {' '}
            · written after reading {memory.taintedBy}
            {memory.vouchedBy === undefined
              ? ', which nobody vouches for'
              : `; ${nameOf(memory.vouchedBy)} vouches for it`}
          </span>
        )}
      </small>
    </p>
  );
}

/** Saves the whole list, not only what is shown. */
function SaveAll(props: { readonly channel: string; readonly view: string }) {
  const { client } = useSession();
  const [words, setWords] = useState('Save as a file');
  const save = async (): Promise<void> => {
    setWords('Reading all');
    const { path } = resources.memories(props.channel, { view: props.view });
    const all: MemoryJson[] = [];
    let cursor: string | undefined;
    do {
      const from = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const answer = await client.get<List<MemoryJson>>(path + from);
      if (answer.kind === 'problem') {
        setWords('That did not work. Try again');
        return;
      }
      all.push(...answer.value.items);
      cursor = answer.value.next;
    } while (cursor !== undefined);
    saveFile('memories.json', JSON.stringify(all, undefined, 2));
    setWords('Save as a file');
  };
  return (
    <button type="button" class="button is-plain" onClick={() => void save()}>
      {words}
    </button>
  );
}
