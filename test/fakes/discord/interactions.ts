/** Interactions: a token each, three seconds for the first answer, fifteen minutes for what follows. */
import { ApiFault } from './api-fault.ts';
import type { FakeMessages, SentBody } from './messages.ts';
import type { FakeMessage, FakeState, Part } from './state.ts';
import { findModalFault } from './validate-components.ts';
import { ephemeralFlag } from './validate-message.ts';

export interface ShownForm {
  readonly custom_id: string;
  readonly title: string;
  readonly components: readonly Part[];
}

export interface FakeChoice {
  readonly name: string;
  readonly value: string;
}

/** What the person sees after pressing, submitting or calling. */
export type Outcome =
  | { readonly kind: 'said'; readonly message: FakeMessage; readonly isPrivate: boolean }
  | { readonly kind: 'form'; readonly form: ShownForm }
  | { readonly kind: 'updated'; readonly message: FakeMessage }
  | { readonly kind: 'thinking' }
  | { readonly kind: 'choices'; readonly choices: readonly FakeChoice[] }
  | { readonly kind: 'failed'; readonly why: string };

interface Open {
  readonly id: string;
  readonly token: string;
  readonly user: string;
  readonly channel: string;
  readonly at: number;
  /** The message whose button was pressed. */
  readonly on?: FakeMessage;
  readonly type: InteractionType;
  original?: FakeMessage;
  isAnswered: boolean;
  isExpired: boolean;
  settle(outcome: Outcome): void;
}

export interface Begun {
  readonly id: string;
  readonly token: string;
  readonly outcome: Promise<Outcome>;
}

/** 2 a command, 3 a button, 4 typing into an option, 5 a form. */
export type InteractionType = 2 | 3 | 4 | 5;

const firstAnswerMs = 3_000;
const tokenMs = 15 * 60_000;

export function createInteractions(state: FakeState, messages: FakeMessages) {
  const open = new Map<string, Open>();
  let latest: Open | undefined;

  function begin(user: string, channel: string, type: InteractionType, on?: FakeMessage): Begun {
    const id = state.newId();
    const token = `token-${id}`;
    const outcome = new Promise<Outcome>((resolve) => {
      const timer = setTimeout(() => {
        resolve({ kind: 'failed', why: 'no answer within three seconds' });
      }, firstAnswerMs);
      const entry: Open = {
        id,
        token,
        user,
        channel,
        at: Date.now(),
        type,
        ...(on !== undefined && { on }),
        isAnswered: false,
        isExpired: false,
        settle(result) {
          clearTimeout(timer);
          resolve(result);
        },
      };
      open.set(token, entry);
      latest = entry;
    });
    return { id, token, outcome };
  }

  function find(token: string): Open {
    const entry = open.get(token);
    const isOver = entry === undefined || entry.isExpired || Date.now() - entry.at > tokenMs;
    if (isOver) throw new ApiFault(404, 10015, 'Unknown Webhook');
    return entry;
  }

  /** The first answer; the bot's callback, or the body of its HTTP answer. */
  function callback(token: string, body: { readonly type?: unknown; readonly data?: unknown }): void {
    const entry = open.get(token);
    if (entry === undefined || Date.now() - entry.at > firstAnswerMs)
      throw new ApiFault(404, 10062, 'Unknown interaction');
    if (entry.isAnswered) throw new ApiFault(400, 40060, 'Interaction has already been acknowledged.');
    // Data was sent as JSON; each use below is validated as what it must be.
    const json = (body.data ?? {}) as SentBody['json'];
    const sent: SentBody = { json, files: [] };
    const outcome = first(entry, body.type, sent, body.data);
    entry.isAnswered = true;
    entry.settle(outcome);
  }

  function first(entry: Open, type: unknown, sent: SentBody, data: unknown): Outcome {
    const isPrivate = ((sent.json.flags ?? 0) & ephemeralFlag) !== 0;
    if ((entry.type === 4) !== (type === 8))
      throw new ApiFault(400, 50035, 'type 8 is for typing, and alone');
    switch (type) {
      case 4:
        entry.original = say(entry, sent, isPrivate);
        return { kind: 'said', message: entry.original, isPrivate };
      case 5:
        if (((sent.json.flags ?? 0) & ~ephemeralFlag) !== 0) throw new ApiFault(400, 50035, 'flags');
        return { kind: 'thinking' };
      case 6:
        if (entry.on === undefined) throw new ApiFault(400, 50035, 'type 6 needs a component');
        entry.original = entry.on;
        return { kind: 'thinking' };
      case 7:
        if (entry.on === undefined) throw new ApiFault(400, 50035, 'type 7 needs a component');
        entry.original = entry.on;
        return { kind: 'updated', message: messages.change(entry.on, sent, true) };
      case 8: {
        // Its only field is checked here, as the platform does.
        const { choices = [] } = data as { readonly choices?: readonly FakeChoice[] };
        const isFine = ({ name, value }: FakeChoice): boolean =>
          name.length >= 1 && name.length <= 100 && value.length >= 1 && value.length <= 100;
        if (choices.length > 25 || !choices.every(isFine)) throw new ApiFault(400, 50035, 'choices');
        return { kind: 'choices', choices };
      }
      case 9: {
        if (entry.type === 5) throw new ApiFault(400, 50035, 'a form cannot answer a form');
        // findModalFault refuses, two lines below, what is not a form.
        const modal = data as ShownForm;
        const fault = findModalFault({ ...modal });
        if (fault !== undefined) throw new ApiFault(400, 50035, `Invalid Form Body: ${fault}`);
        return { kind: 'form', form: modal };
      }
      default:
        throw new ApiFault(400, 50035, 'type');
    }
  }

  function say(entry: Open, sent: SentBody, isPrivate: boolean): FakeMessage {
    return messages.create({
      channel: entry.channel,
      author: state.bot,
      sent,
      isInteraction: true,
      ...(isPrivate && { onlyFor: entry.user }),
    });
  }

  return {
    begin,
    callback,
    followUp(token: string, sent: SentBody): FakeMessage {
      const entry = find(token);
      if (!entry.isAnswered) throw new ApiFault(404, 10015, 'Unknown Webhook');
      return say(entry, sent, ((sent.json.flags ?? 0) & ephemeralFlag) !== 0);
    },
    editOriginal(token: string, sent: SentBody): FakeMessage {
      const entry = find(token);
      if (!entry.isAnswered) throw new ApiFault(404, 10015, 'Unknown Webhook');
      if (entry.original !== undefined) return messages.change(entry.original, sent, true);
      entry.original = say(entry, sent, true);
      return entry.original;
    },
    /** Makes the latest token as old as after fifteen minutes. */
    expireLatest() {
      if (latest !== undefined) latest.isExpired = true;
    },
  };
}

export type FakeInteractions = ReturnType<typeof createInteractions>;
