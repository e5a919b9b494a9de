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
export async function startThread(
  access: Access,
  channel: string,
  said: Pick<Outgoing, 'text' | 'files'>,
): Promise<Answer<Taken>> {
  const own = outgoing(said, []);
  const answer = await access.client.post<Taken>('/messages', { channel, ...bodyOf(own) });
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
  said: Pick<Outgoing, 'text' | 'files'> | Outgoing,
): Promise<void> {
  const own: Outgoing = 'id' in said ? { ...said, state: 'sending' } : outgoing(said, place.shown);
  const list = resources.outgoing(place.thread);
  const put = (state: Outgoing['state']): void => {
    access.cache.change(list, (all = []) => [...all.filter(({ id }) => id !== own.id), { ...own, state }]);
  };
  put('sending');
  const { channel, thread } = place;
  const answer = await access.client.post<Taken>('/messages', {
    channel,
    thread,
    ...bodyOf(own),
  });
  if (answer.kind === 'problem') {
    put('failed');
    return;
  }
  put('sent');
  await access.cache.load(resources.thread(thread));
}

function bodyOf({ id, text, files }: Outgoing): object {
  return { id, text, ...(files.length > 0 && { files: files.map((file) => file.id) }) };
}

function outgoing({ text, files }: Pick<Outgoing, 'text' | 'files'>, after: readonly string[]): Outgoing {
  return { id: randomId(), text, files, at: now().toISOString(), state: 'sending', after };
}
