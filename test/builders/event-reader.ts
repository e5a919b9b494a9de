/** Listens to `GET /events` as one person and keeps every byte that came. */
import { eventually } from './running-bot.ts';

export interface EventReader {
  text(): string;
  stop(): void;
}

export async function listen(url: string, person: string): Promise<EventReader> {
  const ender = new AbortController();
  const response = await fetch(`${url}/api/v1/events`, {
    headers: { authorization: `Bearer demo-${person}` },
    signal: ender.signal,
  });
  const { body } = response;
  if (response.status !== 200 || body === null) throw new Error(`no stream: ${String(response.status)}`);
  let text = '';
  const read = async (): Promise<void> => {
    for await (const chunk of body) text += Buffer.from(chunk).toString();
  };
  read().catch(() => undefined);
  await eventually(() => (text.includes(': connected') ? true : undefined));
  return {
    text: () => text,
    stop() {
      ender.abort();
    },
  };
}
