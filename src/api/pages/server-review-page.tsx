/** One tool server under review: what its tools are, what changed, and the lines of policy they propose. */
import { useState } from 'preact/hooks';
import type { ServerReviewJson } from '../look/look-shapes.ts';
import { AskForm } from './ask-form.tsx';
import { JustNow, useJustNow } from './just-now.tsx';
import { Link, useScrollPlace, useTitle } from './navigation.tsx';
import { EmptyNote, ProblemNote, WaitNote } from './notes.tsx';
import { resources } from './resources.ts';
import { useResource, useSession } from './session.tsx';
import { effectWords, verdictWords } from './tool-words.ts';

type Tool = ServerReviewJson['tools'][number];

export function ServerReviewPage(props: { readonly server: string }) {
  const loaded = useResource(resources.serverReview(props.server));
  const box = useScrollPlace(loaded.value !== undefined, 'top');
  useTitle(`Review ${props.server}`);
  const { value } = loaded;
  return (
    <section class="page is-wide">
      <div class="page-head">
        <h1 tabIndex={-1}>Review {props.server}</h1>
        <Link to={{ page: 'tools' }}>All tools</Link>
      </div>
      <div class="page-body" ref={box}>
        {value === undefined ? (
          <WaitNote of={loaded} what={`what ${props.server} lists`} />
        ) : (
          <Review key={value.listing} review={value} />
        )}
      </div>
    </section>
  );
}

function Review(props: { readonly review: ServerReviewJson }) {
  const { review } = props;
  const [words, setWords] = useState('');
  const just = useJustNow();
  const drifted = review.tools.filter(({ drift }) => drift !== undefined);
  const later = review.tools.filter(({ drift, isNew }) => drift === undefined && isNew && review.isReviewed);
  const others = review.tools.filter((tool) => !drifted.includes(tool) && !later.includes(tool));
  const isWanted = (tool: Tool): boolean =>
    `${tool.name} ${tool.description}`.toLowerCase().includes(words.trim().toLowerCase());
  const shown = {
    drifted: drifted.filter(isWanted),
    later: later.filter(isWanted),
    others: others.filter(isWanted),
  };
  return (
    <>
      <p class="lead">{standing(review, drifted.length, later.length)}</p>
      {review.gone.length === 0 ? null : <p class="note">Listed no more: {review.gone.join(', ')}.</p>}
      {review.refused.map((line) => (
        <p class="note" key={line}>
          Refused: {line}
        </p>
      ))}
      <JustNow texts={just.texts} />
      {review.isReviewed && drifted.length + later.length === 0 ? null : (
        <AcceptServer review={review} onAccepted={just.say} />
      )}
      {review.tools.length === 0 ? (
        <EmptyNote title="It lists no tools.">
          <p>
            Look at its own log, or at what <code>mcp.json</code> starts.
          </p>
        </EmptyNote>
      ) : (
        <>
          <Lines review={review} />
          {review.tools.length > 8 ? (
            <input
              class="tool-filter"
              type="search"
              aria-label="Find a tool"
              placeholder="Find a tool"
              value={words}
              onInput={(event) => {
                setWords(event.currentTarget.value);
              }}
            />
          ) : null}
          <ToolList title="Changed since they were accepted" tools={shown.drifted} />
          <ToolList title="New since the review" tools={shown.later} />
          <ToolList
            title={drifted.length + later.length === 0 ? 'Tools' : 'As they were'}
            tools={shown.others}
          />
          {shown.drifted.length + shown.later.length + shown.others.length === 0 ? (
            <p class="quiet" role="status">
              No tool here is named like that.
            </p>
          ) : null}
        </>
      )}
    </>
  );
}

function standing({ server, isReviewed, tools }: ServerReviewJson, drifted: number, later: number): string {
  const count = tools.length === 1 ? '1 tool' : `${String(tools.length)} tools`;
  if (drifted > 0)
    return `${drifted === 1 ? '1 tool is' : `${String(drifted)} tools are`} not what was accepted, and set aside until an operator looks.`;
  if (isReviewed && later > 0)
    return `${later === 1 ? '1 tool came' : `${String(later)} tools came`} after ${server} was reviewed: each call asks until an operator accepts what is new.`;
  return isReviewed
    ? `${server} is reviewed. It lists ${count}, as they were accepted.`
    : `${server} is connected but not reviewed: every call asks until an operator accepts its ${count}.`;
}

type Phase =
  { readonly kind: 'idle' | 'asking' | 'sending' } | { readonly kind: 'refused'; readonly detail: string };

function AcceptServer(props: {
  readonly review: ServerReviewJson;
  readonly onAccepted: (text: string) => void;
}) {
  const { server, listing, tools } = props.review;
  const { client, cache, me } = useSession();
  const [phase, setPhase] = useState<Phase>({ kind: 'idle' });
  const again = (): void => {
    setPhase({ kind: 'idle' });
    void cache.load(resources.serverReview(server));
  };
  const accept = async (): Promise<void> => {
    setPhase({ kind: 'sending' });
    const { path } = resources.serverReview(server);
    const answer = await client.post<{ readonly text: string }>(path, { listing });
    if (answer.kind === 'problem') {
      setPhase({ kind: 'refused', detail: answer.problem.detail });
      return;
    }
    props.onAccepted(answer.value.text);
    again();
    cache.refresh((shown) => shown === resources.tools().path);
  };
  return (
    <div class="action-row">
      {phase.kind === 'asking' ? (
        <AskForm
          asks={{
            kind: 'confirm',
            question: `All ${String(tools.length)} tools of ${server} are accepted as they are shown here, in your name. From then on policy.yaml alone decides over them; what it does not name asks.`,
          }}
          label="Accept these tools"
          isDanger={false}
          onCancel={() => {
            setPhase({ kind: 'idle' });
          }}
          onAnswer={() => void accept()}
        />
      ) : (
        <div class="buttons">
          <button
            type="button"
            class="button is-primary"
            disabled={phase.kind === 'sending'}
            onClick={() => {
              setPhase({ kind: 'asking' });
            }}
          >
            Accept these tools…
          </button>
          <span class="quiet">
            or <code>{`countersign tools review ${server} --as ${me.id} --yes`}</code>
          </span>
        </div>
      )}
      {phase.kind === 'refused' ? (
        <ProblemNote text={phase.detail}>
          <div class="buttons">
            <button type="button" class="button" onClick={again}>
              Look again
            </button>
          </div>
        </ProblemNote>
      ) : null}
    </div>
  );
}

function Lines(props: { readonly review: ServerReviewJson }) {
  const [said, setSaid] = useState('');
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(props.review.lines);
      setSaid('Copied. Put what you agree with into policy.yaml.');
    } catch {
      setSaid('The browser does not let me copy. Select the lines and copy them by hand.');
    }
  };
  return (
    <section class="overview-part">
      <h2>Proposed lines for policy.yaml</h2>
      <p class="quiet">
        From names, schemas and hints, where a hint can only make a line stricter. Nothing takes effect before
        it stands in the file; check it with <code>countersign policy check</code>.
      </p>
      <div class="buttons">
        <button type="button" class="button" onClick={() => void copy()}>
          Copy the lines
        </button>
        <span class="quiet" role="status">
          {said}
        </span>
      </div>
      <pre class="long-text" tabIndex={0} aria-label="Proposed lines">
        {props.review.lines}
      </pre>
    </section>
  );
}

function ToolList(props: { readonly title: string; readonly tools: readonly Tool[] }) {
  if (props.tools.length === 0) return null;
  return (
    <section class="overview-part">
      <h2>
        {props.title} <span class="quiet">{props.tools.length}</span>
      </h2>
      <ul class="review-tools">
        {props.tools.map((tool) => (
          <ToolEntry key={tool.name} tool={tool} />
        ))}
      </ul>
    </section>
  );
}

function ToolEntry(props: { readonly tool: Tool }) {
  const { tool } = props;
  const { proposed, now } = tool;
  return (
    <li class="review-tool">
      <h3>{tool.name}</h3>
      <p class="review-words">
        {tool.description === '' ? 'It says nothing about itself.' : tool.description}
      </p>
      {tool.warnings.length === 0 ? null : <p class="bad-words">Its text {tool.warnings.join('; ')}.</p>}
      {tool.drift === undefined ? null : <p class="bad-words">{tool.drift}</p>}
      {tool.changes.map(({ where, pieces }) => (
        <div class="difference" key={where}>
          <h4>{where}</h4>
          <p>
            {pieces.map(({ kind, text }) =>
              kind === 'removed' ? (
                <del>{text}</del>
              ) : kind === 'added' ? (
                <ins>{text}</ins>
              ) : (
                <span class="quiet">{text}</span>
              ),
            )}
          </p>
        </div>
      ))}
      <p>
        Proposed: <span title={effectWords(proposed.effect)}>{proposed.effect}</span>,{' '}
        {verdictWords(proposed.verdict)}
        {proposed.key === undefined ? null : (
          <>
            , key <code>{proposed.key}</code>
          </>
        )}
        {proposed.title === undefined ? null : <>, titled «{proposed.title}»</>}.{' '}
        <span class="quiet">
          {proposed.because.join('; ')}. In force now: {now.effect}, {verdictWords(now.verdict)}.
        </span>
      </p>
      <Definition text={tool.definition} />
    </li>
  );
}

/** The whole definition, made only when somebody opens it: lists of tools are long. */
function Definition(props: { readonly text: string }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <details
      onToggle={(event) => {
        setIsOpen(event.currentTarget.open);
      }}
    >
      <summary>Definition, {props.text.length.toLocaleString('en')} characters</summary>
      {isOpen ? (
        <pre class="long-text" tabIndex={0}>
          {props.text}
        </pre>
      ) : null}
    </details>
  );
}
