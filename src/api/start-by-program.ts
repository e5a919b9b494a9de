/**
 * What a program starts in somebody's name: its input as a restarted run reads it, what it sent as the thread shows it,
 * and the thread of its run.
 *
 * What a program writes is nobody's own word: it comes as a quote, so the run is tainted.
 */
import { sha256 } from '../core/hash.ts';
import type { ActorId, ChannelId, ThreadId } from '../core/ids.ts';
import { isJsonObject } from '../core/json.ts';
import type { JsonObject } from '../core/json.ts';
import type { Router, Taken } from '../router.ts';

/**
 * Opens the thread of a request in a channel of a chat platform: once per marker. Undefined for the console, whose
 * threads need no message to hang on. Throws `chat.unavailable` or `chat.refused`.
 */
export type OpenThread = (channel: ChannelId, title: string, marker: string) => Promise<ThreadId | undefined>;

export interface ProgramStart {
  /** The same one twice is one run. */
  readonly key: string;
  readonly channel: ChannelId;
  readonly by: ActorId;
  readonly workflow: string;
  readonly input: JsonObject;
  /** Of the thread, where it has one. */
  readonly title: string;
  /** The request's words. */
  readonly text: string;
  /** Who sent it and what, in full. */
  readonly sent: { readonly by: string; readonly payload: JsonObject };
}

/** Of the payload, as the agent and the thread see it; the workflow's input is taken from the whole. */
const shownCharacters = 4_000;

export async function startByProgram(
  options: { readonly router: Pick<Router, 'take'>; readonly openThread: OpenThread },
  { key, channel, by, workflow, input, title, text, sent }: ProgramStart,
): Promise<Taken> {
  const thread = await options.openThread(channel, title, sha256(key).slice(0, 24));
  return options.router.take({
    ...{ key, channel, by, text },
    ...(thread !== undefined && { thread }),
    quotes: [{ by: sent.by, text: shownPayload(sent.payload) }],
    start: { workflow, input },
  });
}

/** Through JSON, so that what is recorded is what a restarted run reads again. */
export function recordedInput(parsed: object): JsonObject {
  const input: unknown = JSON.parse(JSON.stringify(parsed));
  return isJsonObject(input) ? input : {};
}

function shownPayload(payload: JsonObject): string {
  const text = JSON.stringify(payload, undefined, 2);
  return text.length <= shownCharacters
    ? text
    : `${text.slice(0, shownCharacters)}\n… ${String(text.length - shownCharacters)} more characters`;
}
