/** Says something as the reader: shown at once, then replaced by what the thread has. */
import { now, randomId } from './browser.ts';
import type { Answer } from './client.ts';
import { resources } from './resources.ts';
import type { Outgoing } from './resources.ts';
import type { Access } from './session.tsx';

interface Taken {
  readonly thread: string;
  readonly run?: string;
}

/** Starts a thread in a channel. */
export async function startThread(access: Access, channel: string, text: string): Promise<Answer<Taken>> {
  const own = outgoing(text, []);
  const answer = await access.client.post<Taken>('/messages', { channel, text, id: own.id });
  if (answer.kind === 'ok') {
    const sent: Outgoing = { ...own, state: 'sent' };
    access.cache.change(resources.outgoing(answer.value.thread), (all = []) => [...all, sent]);
    access.cache.refresh((path) => path === resources.threads(channel).path);
  }
  return answer;
}

/** Says more in a thread, or says again what did not arrive: the same id twice is one message. */
export async function sendInThread(
  access: Access,
  place: { readonly channel: string; readonly thread: string; readonly shown: readonly string[] },
  said: string | Outgoing,
): Promise<void> {
  const own: Outgoing =
    typeof said === 'string' ? outgoing(said, place.shown) : { ...said, state: 'sending' };
  const list = resources.outgoing(place.thread);
  const put = (state: Outgoing['state']): void => {
    access.cache.change(list, (all = []) => [...all.filter(({ id }) => id !== own.id), { ...own, state }]);
  };
  put('sending');
  const { channel, thread } = place;
  const answer = await access.client.post<Taken>('/messages', {
    channel,
    thread,
    text: own.text,
    id: own.id,
  });
  if (answer.kind === 'problem') {
    put('failed');
    return;
  }
  put('sent');
  await access.cache.load(resources.thread(thread));
}

function outgoing(text: string, after: readonly string[]): Outgoing {
  return { id: randomId(), text, at: now().toISOString(), state: 'sending', after };
}
