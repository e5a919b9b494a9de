/** The reader's own digest: when it comes to him alone, one at once, and no more of it. */
import { useState } from 'preact/hooks';
import { MarkdownView } from './markdown-view.tsx';
import { Moment } from './moment.tsx';
import { Link } from './navigation.tsx';
import { ProblemNote, WaitNote } from './notes.tsx';
import { resources } from './resources.ts';
import { useResource, useSession } from './session.tsx';

const times = ['every weekday 9:00', 'daily 8:00', 'every monday 8:30'];

export function OwnDigest() {
  const { client, cache, me } = useSession();
  const loaded = useResource(resources.schedules());
  const [when, setWhen] = useState('');
  const [zone, setZone] = useState('');
  const [answer, setAnswer] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const [isSending, setIsSending] = useState(false);
  const room = `console:~${me.id}`;
  const known = loaded.value;
  const own = known?.items.find(({ name, by }) => name === `digest-of-${me.id}` && by === me.id);

  const say = async (words: string): Promise<void> => {
    setIsSending(true);
    const done = await client.post<{ readonly text: string }>('/commands', {
      channel: room,
      text: `digest ${words}`,
    });
    setProblem(done.kind === 'problem' ? done.problem.detail : undefined);
    setAnswer(done.kind === 'ok' ? done.value.text : undefined);
    await cache.load(resources.schedules());
    setIsSending(false);
  };
  return (
    <section class="overview-part" id="digest" aria-labelledby="digest-head">
      <h2 id="digest-head">Your digest</h2>
      {known === undefined ? (
        <WaitNote of={loaded} what="your digest" />
      ) : (
        <>
          <p>
            {own === undefined ? (
              'You get no digest of your own. It says what waits for you, what you asked for and what was decided, to you alone, and stays away when there is nothing to tell.'
            ) : own.isPaused || own.next[0] === undefined ? (
              <>
                Your digest rests. <Link to={{ page: 'schedules' }}>Let it come again</Link> with the
                schedules.
              </>
            ) : (
              <>
                Your digest comes next <Moment at={own.next[0]} /> ({own.zone}), when there is something to
                tell.
              </>
            )}
          </p>
          <form
            class="notice-form"
            aria-label="Your digest"
            onSubmit={(event) => {
              event.preventDefault();
              const place = zone.trim() === '' ? '' : ` zone ${zone.trim()}`;
              void say(`${when.trim()}${place}`);
            }}
          >
            <label>
              When
              <input
                type="text"
                required
                maxLength={100}
                list="digest-times"
                placeholder={times[0]}
                value={when}
                onInput={(event) => {
                  setWhen(event.currentTarget.value);
                }}
              />
              <datalist id="digest-times">
                {times.map((time) => (
                  <option key={time} value={time} />
                ))}
              </datalist>
            </label>
            <label>
              In the time of
              <input
                type="text"
                maxLength={64}
                placeholder={own?.zone ?? known.zone}
                value={zone}
                onInput={(event) => {
                  setZone(event.currentTarget.value);
                }}
              />
            </label>
            <div class="buttons">
              <button type="submit" class="button" disabled={isSending || when.trim() === ''}>
                {own === undefined ? 'Turn it on' : 'Change when it comes'}
              </button>
              <button
                type="button"
                class="button is-plain"
                disabled={isSending}
                onClick={() => void say('now')}
              >
                Send it now
              </button>
              {own === undefined ? null : (
                <button
                  type="button"
                  class="button is-plain"
                  disabled={isSending}
                  onClick={() => void say('off')}
                >
                  Turn it off
                </button>
              )}
            </div>
          </form>
          <p class="quiet">
            <small>
              It comes to your direct messages where an account of yours takes them, else to{' '}
              <Link to={{ page: 'channel', channel: room }}>only-you</Link>, where nobody else reads.
            </small>
          </p>
        </>
      )}
      {answer === undefined ? null : (
        <div role="status">
          <MarkdownView text={answer} />
        </div>
      )}
      {problem === undefined ? null : <ProblemNote text={problem} />}
    </section>
  );
}
