/** What the reader is told directly, and the hours in which nothing comes. */
import { useState } from 'preact/hooks';
import type { NoticesJson } from '../look/look-shapes.ts';
import { JustNow, useJustNow } from './just-now.tsx';
import { Moment } from './moment.tsx';
import { Link } from './navigation.tsx';
import { ProblemNote, WaitNote } from './notes.tsx';
import { resources } from './resources.ts';
import { useResource, useSession } from './session.tsx';

type Change = (wish: object) => Promise<void>;

export function OwnNotices() {
  const { client, cache } = useSession();
  const loaded = useResource(resources.notices());
  const just = useJustNow();
  const [problem, setProblem] = useState<string>();
  const [isSending, setIsSending] = useState(false);
  const change: Change = async (wish) => {
    setIsSending(true);
    const answer = await client.post<{ readonly text: string }>(resources.notices().path, wish);
    setProblem(answer.kind === 'problem' ? answer.problem.detail : undefined);
    if (answer.kind === 'ok') just.say(answer.value.text.replaceAll('`', ''));
    await cache.load(resources.notices());
    setIsSending(false);
  };
  const { value } = loaded;
  return (
    <section class="overview-part" id="notices" aria-labelledby="notices-head">
      <h2 id="notices-head">What you are told directly</h2>
      {value === undefined ? (
        <WaitNote of={loaded} what="what you are told" />
      ) : (
        <>
          {value.isReachable ? null : (
            <p class="note">
              I cannot write to you directly: no account of yours is on a chat platform that I am connected
              to. What is set here counts once one is; <code>/countersign link</code> joins one.
            </p>
          )}
          <p>{quietWords(value)}</p>
          <QuietForm
            key={JSON.stringify(value.quiet)}
            notices={value}
            change={change}
            isSending={isSending}
          />
          <Mutes notices={value} change={change} isSending={isSending} />
          <Runs
            title="You follow"
            none="You follow no run. «Follow» on a run's card, or /countersign follow, does."
            runs={value.follows}
            button="Stop following"
            onPress={(run) => change({ verb: 'mute-run', run })}
            isSending={isSending}
          />
          <Runs title="Muted" runs={value.muted} isSending={isSending} />
        </>
      )}
      <JustNow texts={just.texts.slice(-1)} />
      {problem === undefined ? null : <ProblemNote text={problem} />}
    </section>
  );
}

function quietWords({ quiet, isOnCall }: NoticesJson): string {
  if (quiet === undefined)
    return 'You have no quiet hours: what you follow, and what waits for your vote in threads that you do not read, is written to you at once.';
  const call = isOnCall ? ' You are on call: what waits for your vote comes at once.' : '';
  return `Quiet from ${quiet.from} to ${quiet.to} (${quiet.zone}): what comes up then is told after it, in one message.${call}`;
}

function QuietForm(props: {
  readonly notices: NoticesJson;
  readonly change: Change;
  readonly isSending: boolean;
}) {
  const { notices, change, isSending } = props;
  const [from, setFrom] = useState(notices.quiet?.from ?? '22:00');
  const [to, setTo] = useState(notices.quiet?.to ?? '07:00');
  const [zone, setZone] = useState(notices.quiet?.zone ?? notices.zone);
  return (
    <form
      class="notice-form"
      aria-label="Quiet hours"
      onSubmit={(event) => {
        event.preventDefault();
        void change({ verb: 'quiet', hours: `${from}-${to} ${zone.trim()}`.trim() });
      }}
    >
      <label>
        From
        <input
          type="time"
          required
          value={from}
          onInput={(event) => {
            setFrom(event.currentTarget.value);
          }}
        />
      </label>
      <label>
        To
        <input
          type="time"
          required
          value={to}
          onInput={(event) => {
            setTo(event.currentTarget.value);
          }}
        />
      </label>
      <label>
        Zone
        <input
          type="text"
          maxLength={60}
          value={zone}
          onInput={(event) => {
            setZone(event.currentTarget.value);
          }}
        />
      </label>
      <div class="buttons">
        <button type="submit" class="button" disabled={isSending}>
          {notices.quiet === undefined ? 'Set quiet hours' : 'Change quiet hours'}
        </button>
        {notices.quiet === undefined ? null : (
          <button
            type="button"
            class="button is-plain"
            disabled={isSending}
            onClick={() => void change({ verb: 'quiet', hours: 'off' })}
          >
            End quiet hours
          </button>
        )}
      </div>
    </form>
  );
}

const spans = [1, 3, 8, 24] as const;

function Mutes(props: {
  readonly notices: NoticesJson;
  readonly change: Change;
  readonly isSending: boolean;
}) {
  const { notices, change, isSending } = props;
  const isMuted = notices.mutedUntil !== undefined || notices.muted.length > 0;
  return (
    <>
      {notices.mutedUntil === undefined ? null : (
        <p>
          Nothing until <Moment at={notices.mutedUntil} />, then all of it in one message.
        </p>
      )}
      <div class="buttons" role="group" aria-label="Nothing for some hours">
        {spans.map((hours) => (
          <button
            type="button"
            class="button is-plain"
            key={hours}
            disabled={isSending}
            onClick={() => void change({ verb: 'mute-for', hours })}
          >
            {`Nothing for ${String(hours)} h`}
          </button>
        ))}
        {isMuted ? (
          <button
            type="button"
            class="button"
            disabled={isSending}
            onClick={() => void change({ verb: 'unmute' })}
          >
            Hear everything again
          </button>
        ) : null}
      </div>
    </>
  );
}

function Runs(props: {
  readonly title: string;
  readonly none?: string;
  readonly runs: NoticesJson['follows'];
  readonly button?: string;
  readonly onPress?: (run: string) => Promise<void>;
  readonly isSending: boolean;
}) {
  const { title, none, runs, button, onPress, isSending } = props;
  if (runs.length === 0) return none === undefined ? null : <p class="quiet">{none}</p>;
  return (
    <>
      <h3>{title}</h3>
      <ul class="notice-runs">
        {runs.map(({ run, title: words }) => (
          <li key={run}>
            <Link to={{ page: 'run', run }}>{words}</Link>{' '}
            {button === undefined || onPress === undefined ? null : (
              <button
                type="button"
                class="button is-plain"
                disabled={isSending}
                aria-label={`${button}: ${words}`}
                onClick={() => void onPress(run)}
              >
                {button}
              </button>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}
