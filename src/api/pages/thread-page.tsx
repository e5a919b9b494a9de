/** A thread: what was said, the cards to act on, the audit trail; beside it the run. */
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { ItemJson, ThreadJson } from '../shapes.ts';
import { CommandAnswer, useCommands } from './command-answer.tsx';
import { Composer } from './composer.tsx';
import { ItemView, Said } from './item-view.tsx';
import { MarkdownView } from './markdown-view.tsx';
import { MessageText } from './message-text.tsx';
import { Link, useScrollPlace, useTitle } from './navigation.tsx';
import { WaitNote } from './notes.tsx';
import { placeWords } from './place-words.ts';
import { restPlace } from './rest-place.ts';
import { resources } from './resources.ts';
import type { Outgoing, Streams } from './resources.ts';
import { RunPanel } from './run-panel.tsx';
import { sendInThread } from './send-message.ts';
import { useResource, useSession } from './session.tsx';
import { latestRun, runsOf, stillOutgoing } from './thread-state.ts';
import { withVisibleOrder } from './visible-order.ts';

export function ThreadPage(props: { readonly thread: string }) {
  const loaded = useResource(resources.thread(props.thread));
  const thread = loaded.value;
  const run = latestRun(thread?.items ?? []);
  return (
    <div class="with-side">
      {thread === undefined ? (
        <section class="page">
          <div class="page-head">
            <h1 tabIndex={-1}>Thread</h1>
          </div>
          <div class="page-body">
            <WaitNote of={loaded} what="the thread" />
          </div>
        </section>
      ) : (
        <ThreadColumn thread={thread} run={run} />
      )}
      <aside class="side" aria-label="The run">
        {run === undefined ? (
          <p class="quiet">When the agent works on this, its steps appear here.</p>
        ) : (
          <RunPanel run={run} others={runsOf(thread?.items ?? []).filter((other) => other !== run)} />
        )}
      </aside>
    </div>
  );
}

function ThreadColumn(props: { readonly thread: ThreadJson; readonly run: string | undefined }) {
  const { thread, run } = props;
  const session = useSession();
  const { me, cache } = session;
  const shownBy = resources.thread(thread.id);
  const commands = useCommands(thread.channel, thread.id);
  const { value: outgoing = [] } = useResource(resources.outgoing(thread.id));
  const { value: streams = {} } = useResource(resources.streams(thread.id));
  const own = stillOutgoing(outgoing, thread.items, me.id);
  const channel = me.channels.find(({ id }) => id === thread.channel);
  const title = titleOf(thread);
  const box = useScrollPlace(true, 'end');
  useFollowEnd(
    box,
    `${String(thread.items.length)}/${own.map(({ state }) => state).join()}/${lengthOf(streams)}`,
  );
  useTitle(title);
  useEffect(() => {
    cache.change(resources.outgoing(thread.id), (all) =>
      all === undefined || own.length === all.length ? all : own,
    );
  });

  const place = { channel: thread.channel, thread: thread.id, shown: thread.items.map(({ id }) => id) };
  return (
    <section class="page">
      <div class="page-head">
        <p class="crumb">
          <Link to={{ page: 'channel', channel: thread.channel }}>
            {channel === undefined ? placeWords(thread.channel) : `# ${channel.name}`}
          </Link>
          {run === undefined ? null : (
            <span class="only-narrow">
              {' · '}
              <Link to={{ page: 'run', run }}>The run</Link>
            </span>
          )}
        </p>
        <h1 class="is-thread-title" tabIndex={-1}>
          {title}
        </h1>
      </div>
      <div class="page-body" ref={box}>
        <div role="log" aria-live="polite" aria-label="Thread">
          <ol class="items">
            {thread.items.map((item, index) => (
              <li key={item.id}>
                <ItemView
                  item={item}
                  isFollowUp={isFollowUp(item, thread.items[index - 1])}
                  shownBy={shownBy}
                />
              </li>
            ))}
          </ol>
        </div>
        <Growing
          streams={streams}
          isFollowUp={thread.items.at(-1)?.by === 'bot' && thread.items.at(-1)?.kind !== 'audit'}
        />
        {own.map((message) => (
          <OwnMessage
            key={message.id}
            message={message}
            me={me.id}
            onAgain={() => void sendInThread(session, place, message)}
          />
        ))}
      </div>
      <CommandAnswer of={commands} />
      <Composer
        place={thread.id}
        channel={thread.channel}
        label="Reply in this thread"
        hasFocusFirst
        onSend={async (text, files) => {
          if (await commands.answers(text, files)) return true;
          // What fails stays in view with a way to try again.
          await sendInThread(session, place, { text, files });
          return true;
        }}
      />
    </section>
  );
}

/** Answers as they are written. Read aloud once finished, not at each piece. */
function Growing(props: { readonly streams: Streams; readonly isFollowUp: boolean }) {
  return (
    <>
      {Object.entries(props.streams).map(([run, text]) => (
        <div class="growing" key={run} aria-busy="true">
          <Said by="bot" isFollowUp={props.isFollowUp}>
            <MarkdownView text={text} />
          </Said>
        </div>
      ))}
    </>
  );
}

function OwnMessage(props: {
  readonly message: Outgoing;
  readonly me: string;
  readonly onAgain: () => void;
}) {
  const { message, me, onAgain } = props;
  return (
    <div class="is-outgoing">
      <Said
        by={me}
        at={message.at}
        isFollowUp={false}
        {...(message.state === 'sending' ? { note: 'Sending.' } : {})}
      >
        <MessageText text={message.text} />
        {message.files.length === 0 ? null : (
          <p class="quiet">attached: {message.files.map(({ name }) => name).join(', ')}</p>
        )}
        {message.state === 'failed' ? (
          <p class="note is-problem" role="alert">
            This was not sent.{' '}
            <button type="button" class="button is-plain" onClick={onAgain}>
              Try again
            </button>
          </p>
        ) : null}
      </Said>
    </div>
  );
}

/** Stays at the end while the reader is there; leaves a reader who scrolled up where he is. */
function useFollowEnd(box: { readonly current: HTMLDivElement | null }, version: string): void {
  const wasAtEnd = useRef(true);
  useEffect(() => {
    const { current } = box;
    if (current === null) return;
    const look = (): void => {
      wasAtEnd.current = current.scrollTop > restPlace(current) - 48;
    };
    look();
    current.addEventListener('scroll', look, { passive: true });
    return () => {
      current.removeEventListener('scroll', look);
    };
  }, []);
  const last = useRef(version);
  useLayoutEffect(() => {
    if (last.current === version) return;
    last.current = version;
    if (!wasAtEnd.current || box.current === null) return;
    // Never back up: who reads on below the head of a card stays there.
    box.current.scrollTop = Math.max(box.current.scrollTop, restPlace(box.current));
  }, [version]);
}

function isFollowUp(item: ItemJson, before: ItemJson | undefined): boolean {
  return before !== undefined && before.kind !== 'audit' && before.by === item.by;
}

function titleOf(thread: ThreadJson): string {
  const first = thread.items.find(({ kind }) => kind === 'message')?.text.split('\n')[0] ?? 'Thread';
  return withVisibleOrder(first.length > 160 ? `${first.slice(0, 159)}…` : first);
}

function lengthOf(streams: Streams): string {
  return String(Object.values(streams).reduce((sum, text) => sum + text.length, 0));
}
