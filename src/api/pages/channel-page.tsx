/** A channel: its threads, newest first, and where a new one starts. */
import { useState } from 'preact/hooks';
import type { KeptFileJson, ThreadSummaryJson } from '../shapes.ts';
import { CommandAnswer, useCommands } from './command-answer.tsx';
import { Composer } from './composer.tsx';
import { Moment } from './moment.tsx';
import { Link, useNavigation, useScrollPlace, useTitle } from './navigation.tsx';
import { WaitNote } from './notes.tsx';
import { resources } from './resources.ts';
import { startThread } from './send-message.ts';
import { useNames, useResource, useSession } from './session.tsx';
import { ShowMore } from './show-more.tsx';
import { Suggestions } from './suggestions.tsx';
import { threadStatusWords } from './thread-state.ts';
import { withVisibleOrder } from './visible-order.ts';

export function ChannelPage(props: { readonly channel: string }) {
  const session = useSession();
  const { me } = session;
  const { go } = useNavigation();
  const list = resources.threads(props.channel);
  const loaded = useResource(list);
  const channel = me.channels.find(({ id }) => id === props.channel);
  const name = channel?.name ?? props.channel;
  const threads = loaded.value?.items ?? [];
  const [isBusy, setIsBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const box = useScrollPlace(loaded.value !== undefined, 'top');
  const commands = useCommands(props.channel);
  useTitle(`#${name}`);

  const send = async (text: string, files: readonly KeptFileJson[]): Promise<boolean> => {
    setIsBusy(true);
    setProblem(undefined);
    if (await commands.answers(text, files)) {
      setIsBusy(false);
      return true;
    }
    const answer = await startThread(session, props.channel, { text, files });
    setIsBusy(false);
    if (answer.kind === 'ok') go({ page: 'thread', thread: answer.value.thread });
    else setProblem(answer.problem.detail);
    return answer.kind === 'ok';
  };

  return (
    <section class="page">
      <div class="page-head">
        <h1 tabIndex={-1}># {name}</h1>
        {channel?.isPrivate === true ? <span class="badge">private</span> : null}
      </div>
      <div class="page-body" ref={box}>
        {loaded.value === undefined ? (
          <WaitNote of={loaded} what="the threads" />
        ) : (
          <>
            {threads.length === 0 ? <Welcome isFirst /> : null}
            <ol class="threads">
              {threads.map((thread) => (
                <ThreadRow key={thread.id} thread={thread} />
              ))}
            </ol>
            <ShowMore list={list} next={loaded.value.next} />
            {threads.length > 0 && threads.length < 4 ? <Welcome isFirst={false} /> : null}
          </>
        )}
      </div>
      <CommandAnswer of={commands} />
      {loaded.value === undefined && loaded.problem !== undefined ? null : (
        <Composer
          place={props.channel}
          channel={props.channel}
          label={`Ask in #${name}`}
          hint="Each message here starts a thread. Enter sends, Shift+Enter starts a new line."
          isBusy={isBusy}
          problem={problem}
          hasFocusFirst
          onSend={send}
        />
      )}
    </section>
  );
}

function Welcome(props: { readonly isFirst: boolean }) {
  const { me } = useSession();
  return (
    <div class="welcome">
      {props.isFirst ? (
        <>
          <h2>Ask for something. It is done with a countersignature.</h2>
          <p>
            Write what you need as you would to a colleague. The agent looks things up by itself. Before it
            does anything that matters, it asks a person, shows exactly what would run, and waits.
          </p>
          <p>Every step is kept in a ledger that anybody here can check.</p>
        </>
      ) : null}
      {me.suggestions.length === 0 ? null : (
        <>
          <h2 class="small-head">Try one</h2>
          <Suggestions suggestions={me.suggestions.slice(0, 3)} />
        </>
      )}
    </div>
  );
}

function ThreadRow(props: { readonly thread: ThreadSummaryJson }) {
  const { thread } = props;
  const nameOf = useNames();
  return (
    <li>
      <Link class="thread-row" to={{ page: 'thread', thread: thread.id }}>
        <span class="thread-title">{withVisibleOrder(thread.title)}</span>
        <span class="thread-facts quiet">
          {nameOf(thread.startedBy)} · <Moment at={thread.at} />
          {thread.status === undefined ? null : (
            <>
              {' · '}
              <span class={`status is-${thread.status}`}>{threadStatusWords(thread.status)}</span>
            </>
          )}
        </span>
      </Link>
    </li>
  );
}
