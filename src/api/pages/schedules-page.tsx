/** What starts by itself: made, looked at, paused, skipped, started now, changed and deleted by hand. */
import { useState } from 'preact/hooks';
import type { ScheduleJson, SchedulesJson } from '../shapes.ts';
import { AskForm } from './ask-form.tsx';
import { Moment } from './moment.tsx';
import { Link, useScrollPlace, useTitle } from './navigation.tsx';
import { EmptyNote, ProblemNote, WaitNote } from './notes.tsx';
import { placeWords } from './place-words.ts';
import { resources } from './resources.ts';
import { useNames, useResource, useSession } from './session.tsx';
import { withVisibleOrder } from './visible-order.ts';

/** What this browser knows; any other IANA name can be typed. */
const zones = Intl.supportedValuesOf('timeZone');
const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const wordings = ['every weekday 9:00', 'every monday 8:30', 'daily 18:00', 'every 2 hours'];

export function SchedulesPage() {
  useTitle('Schedules');
  const loaded = useResource(resources.schedules());
  const box = useScrollPlace(loaded.value !== undefined, 'top');
  const [isMaking, setIsMaking] = useState(false);
  const known = loaded.value;
  return (
    <section class="page is-wide">
      <div class="page-head">
        <h1 tabIndex={-1}>Schedules</h1>
        {known === undefined || isMaking ? null : (
          <button
            type="button"
            class="button"
            onClick={() => {
              setIsMaking(true);
            }}
          >
            Make a schedule
          </button>
        )}
      </div>
      <div class="page-body" ref={box}>
        {known === undefined ? <WaitNote of={loaded} what="the schedules" /> : null}
        {known !== undefined && isMaking ? (
          <MakeForm
            known={known}
            onEnd={() => {
              setIsMaking(false);
            }}
          />
        ) : null}
        {known?.items.length === 0 && !isMaking ? (
          <EmptyNote title="Nothing is scheduled.">
            <p>A digest of what waits, every weekday at nine, is a good first one.</p>
          </EmptyNote>
        ) : null}
        <ul class="memories">
          {known?.items.map((schedule) => (
            <Entry key={schedule.name} schedule={schedule} />
          ))}
        </ul>
      </div>
    </section>
  );
}

function MakeForm(props: { readonly known: SchedulesJson; readonly onEnd: () => void }) {
  const { known, onEnd } = props;
  const { me, client, cache } = useSession();
  const first = known.workflows.find(({ name }) => name === 'daily-digest') ?? known.workflows[0];
  const [when, setWhen] = useState('');
  const [workflow, setWorkflow] = useState(first?.name ?? '');
  // What goes to the reader alone goes to his platform, where he has one.
  const rooms = me.channels.filter(({ id }) => !id.startsWith('console:~'));
  const [channel, setChannel] = useState(rooms[0]?.id ?? `direct:${me.id}`);
  const [text, setText] = useState('');
  const [missed, setMissed] = useState('once');
  const [zone, setZone] = useState(known.zone);
  const [isSending, setIsSending] = useState(false);
  const [problem, setProblem] = useState<string>();

  const send = async (): Promise<void> => {
    setIsSending(true);
    const answer = await client.post('/schedules', {
      ...{ when: when.trim(), workflow, channel, missed },
      ...(zone.trim() !== '' && { zone: zone.trim() }),
      ...(text.trim() !== '' && { text: text.trim() }),
    });
    setIsSending(false);
    if (answer.kind === 'problem') {
      setProblem(answer.problem.detail);
      return;
    }
    cache.refresh((shown) => shown === '/schedules');
    onEnd();
  };
  return (
    <form
      class="ask-form schedule-form"
      aria-label="Make a schedule"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onEnd();
      }}
    >
      <label>
        When
        <input
          type="text"
          required
          maxLength={200}
          list="wordings"
          placeholder={wordings[0]}
          value={when}
          onInput={(event) => {
            setWhen(event.currentTarget.value);
          }}
        />
        <datalist id="wordings">
          {wordings.map((wording) => (
            <option key={wording} value={wording} />
          ))}
        </datalist>
      </label>
      <label>
        What
        <select
          value={workflow}
          onChange={(event) => {
            setWorkflow(event.currentTarget.value);
          }}
        >
          {known.workflows.map(({ name, title }) => (
            <option key={name} value={name}>
              {title}
            </option>
          ))}
        </select>
      </label>
      <label>
        Where
        <select
          value={channel}
          onChange={(event) => {
            setChannel(event.currentTarget.value);
          }}
        >
          {rooms.map(({ id, name }) => (
            <option key={id} value={id}>
              #{name}
            </option>
          ))}
          <option value={`direct:${me.id}`}>to me alone, directly</option>
        </select>
      </label>
      <label>
        Zone
        <input
          type="text"
          maxLength={64}
          list="zones"
          autocomplete="off"
          spellcheck={false}
          placeholder={known.zone}
          value={zone}
          onInput={(event) => {
            setZone(event.currentTarget.value);
          }}
        />
        <datalist id="zones">
          {zones.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
      </label>
      <label>
        <span>
          Words for it <span class="quiet">(optional)</span>
        </span>
        <input
          type="text"
          maxLength={2000}
          placeholder="which invoices are overdue?"
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value);
          }}
        />
      </label>
      <label>
        What it missed
        <select
          value={missed}
          onChange={(event) => {
            setMissed(event.currentTarget.value);
          }}
        >
          <option value="once">starts once, late</option>
          <option value="skip">is left out</option>
          <option value="each">is caught up, each moment</option>
        </select>
      </label>
      <p class="quiet">
        <small>
          Times are those of {zone.trim() === '' ? known.zone : zone.trim()}. You see the next moments and
          confirm. Its runs are your requests, so you cannot approve what they ask for.
        </small>
      </p>
      {problem === undefined ? null : <ProblemNote text={problem} />}
      <div class="buttons">
        <button type="submit" class="button is-primary" disabled={isSending || when.trim() === ''}>
          Show the next moments
        </button>
        <button type="button" class="button is-plain" onClick={onEnd}>
          Cancel
        </button>
      </div>
    </form>
  );
}

type Phase =
  | { readonly kind: 'idle' | 'sending' | 'changing' | 'deleting' }
  | { readonly kind: 'told' | 'refused'; readonly words: string; readonly run?: string };

function Entry(props: { readonly schedule: ScheduleJson }) {
  const { schedule } = props;
  const { client, cache } = useSession();
  const nameOf = useNames();
  const [phase, setPhase] = useState<Phase>({ kind: 'idle' });
  const { name, title, isPaused, next, mayKeep, origin, text } = schedule;
  const { place = placeWords(schedule.channel) } = schedule;
  const isDirect = schedule.channel.startsWith('direct:');

  const change = async (verb: string, when?: string): Promise<void> => {
    setPhase({ kind: 'sending' });
    const answer = await client.post<{ readonly text: string; readonly run?: string }>(
      `/schedules/${encodeURIComponent(name)}`,
      { verb, ...(when !== undefined && { when }) },
    );
    if (answer.kind === 'problem') setPhase({ kind: 'refused', words: answer.problem.detail });
    else {
      const { run } = answer.value;
      if (verb !== 'now') setPhase({ kind: 'idle' });
      else
        setPhase(
          run === undefined
            ? { kind: 'told', words: answer.value.text }
            : { kind: 'told', words: 'Started.', run },
        );
    }
    cache.refresh((shown) => shown === '/schedules');
  };
  const ask = (kind: 'changing' | 'deleting' | 'idle') => () => {
    setPhase({ kind });
  };

  const isBusy = phase.kind === 'sending';
  const button = (label: string, onClick: () => void) => (
    <button type="button" class="button is-plain" disabled={isBusy} onClick={onClick}>
      {label}
    </button>
  );
  return (
    <li class="memory">
      <h2 class="schedule-name">
        {title} <small class="quiet">{name}</small>
        {isPaused ? <small class="badge"> rests</small> : null}
      </h2>
      <p class="quiet">
        <small>
          {isDirect ? 'to you alone' : `in ${place}`} ·{' '}
          {origin === 'file' ? 'from a file' : nameOf(schedule.by)} · <code>{schedule.cron}</code> in{' '}
          {schedule.zone}
        </small>
      </p>
      {text === undefined ? null : <p class="memory-text">«{withVisibleOrder(text)}»</p>}
      {next.length === 0 ? (
        <p>It will not come again.</p>
      ) : (
        <p>
          {isPaused ? 'Would come ' : 'Comes '}
          {next.map((at, index) => (
            <>
              {index === 0 ? null : index === next.length - 1 ? ' and ' : ', '}
              <Moment at={at} />
            </>
          ))}
          {schedule.zone === ownZone ? '.' : ', in your own time.'}
        </p>
      )}
      {phase.kind === 'changing' ? (
        <AskForm
          asks={{ kind: 'text', label: 'When shall it come?', isRequired: true, picks: wordings }}
          label="Change the time"
          isDanger={false}
          onCancel={ask('idle')}
          onAnswer={(when) => void change('edit', when)}
        />
      ) : null}
      {phase.kind === 'deleting' ? (
        <AskForm
          asks={{
            kind: 'confirm',
            question: `Delete ${name}? Nothing of it comes any more; its runs stay as they are.`,
          }}
          label="Delete this schedule"
          isDanger
          onCancel={ask('idle')}
          onAnswer={() => void change('delete')}
        />
      ) : null}
      {mayKeep && phase.kind !== 'changing' && phase.kind !== 'deleting' ? (
        <div class="buttons">
          {isPaused ? (
            <button
              type="button"
              class="button is-primary"
              disabled={isBusy}
              onClick={() => void change('resume')}
            >
              Let it come
            </button>
          ) : (
            button('Pause', () => void change('pause'))
          )}
          {isPaused || next.length === 0 ? null : button('Skip the next', () => void change('skip'))}
          {button('Run now', () => void change('now'))}
          {origin === 'file' ? null : button('Change the time…', ask('changing'))}
          {origin === 'file' ? null : button('Delete…', ask('deleting'))}
        </div>
      ) : null}
      {phase.kind === 'refused' ? <ProblemNote text={phase.words} /> : null}
      {phase.kind === 'told' ? (
        <p role="status">
          {phase.words}{' '}
          {phase.run === undefined ? null : <Link to={{ page: 'run', run: phase.run }}>See its run</Link>}
        </p>
      ) : null}
    </li>
  );
}
