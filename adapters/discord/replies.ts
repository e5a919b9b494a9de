/**
 * Answers to interactions. The first one must reach Discord within three seconds; whatever takes longer is announced
 * and follows. The token of an interaction lives for fifteen minutes; what it does not carry any more the bot says with
 * its own token, to the same person alone.
 */
import type { CardAction } from '../../src/chat/card.ts';
import { pause } from '../../src/core/clock.ts';
import type { Clock } from '../../src/core/clock.ts';
import { AppError, describeError } from '../../src/core/errors.ts';
import type { Logger } from '../../src/core/logger.ts';
import { firstCharacters } from '../../src/core/first-characters.ts';
import { flags, limits, pingNobody } from './components.ts';
import { literalWithMoments } from './literal.ts';
import type { MessageForm, MessageForms } from './message-form.ts';
import type { Modal } from './modals.ts';
import type { Posts } from './posts.ts';
import { isRefusal, refusals } from './rest.ts';
import type { DiscordRest, RestRequest } from './rest.ts';

export interface InteractionReply {
  /** What Discord reads first, as the callback's body. */
  readonly body: { readonly type: 4 | 5 | 6 | 7 | 8 | 9; readonly data?: object };
  /** What follows once Discord has that. Runs once, never throws. */
  after?(): Promise<void>;
}

/** A private sentence, and messages that follow it. */
export interface PrivateText {
  readonly text: string;
  /** Buttons below the sentence. */
  readonly buttons?: readonly { readonly label: string; readonly id: string }[];
  readonly more?: readonly FollowUp[];
}

/** A message that follows an answer, in the form that its channel takes. */
export type FollowUp = (form: MessageForm) => RestRequest;

export interface InteractionToken {
  readonly id: string;
  readonly application_id: string;
  readonly token: string;
  readonly channel_id?: string | undefined;
  readonly member?: { readonly user: { readonly id: string } } | undefined;
  readonly user?: { readonly id: string } | undefined;
}

export interface ReplyOptions {
  readonly rest: DiscordRest;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly forms: MessageForms;
  readonly posts: Pick<Posts, 'sendDirectly'>;
}

/** Together they leave most of a second for the way to Discord. */
const answerWithinMs = 1_500;
const lookWithinMs = 800;
const followUpDelaysMs = [0, 300, 1_000, 3_000];
/** In front of an action whose question was answered with yes. */
export const confirmedPrefix = 'ok:';

export function privately(text: string, components: readonly object[] = []): InteractionReply {
  return { body: { type: 4, data: privateData(text, components) } };
}

/** The literal form of a sentence from the application, with dates in the reader's zone. */
export function sentence(text: string): string {
  return literalWithMoments(text);
}

export function modalReply(modal: Modal): InteractionReply {
  return { body: { type: 9, data: modal } };
}

/** «Are you sure», with a button that says what it does. */
export function confirmReply(action: CardAction, question: string): InteractionReply {
  const button = {
    type: 2,
    style: 4,
    label: firstCharacters(action.label, limits.label),
    custom_id: `${confirmedPrefix}${action.id}`,
  };
  return privately(sentence(question), [{ type: 1, components: [button] }]);
}

/** Answers privately with what `work` resolves to: at once when it is quick, else announced and edited in. */
export async function answerWith(
  interaction: InteractionToken,
  options: ReplyOptions,
  work: Promise<PrivateText>,
  how: 'new' | 'replace' = 'new',
): Promise<InteractionReply> {
  const safe = work.catch((error: unknown): PrivateText => ({
    text: sentence(failureText(error, options.logger)),
  }));
  const first = await Promise.race([safe, pause(options.clock, answerWithinMs)]);
  if (first === undefined) {
    const { rest } = options;
    return {
      body: how === 'new' ? { type: 5, data: { flags: flags.ephemeral } } : { type: 6 },
      async after() {
        const late = await safe;
        const original = `${webhook(interaction)}/messages/@original` as const;
        const edit = { body: editData(late), auth: false };
        if (!(await follow(options, () => rest.send('PATCH', original, edit))))
          await takeOver(interaction, options, () => edit, 0);
        await sendMore(interaction, options, late.more ?? []);
      },
    };
  }
  const { text, more = [] } = first;
  return {
    body: how === 'new' ? privately(text, buttonRows(first)).body : { type: 7, data: editData(first) },
    ...(more.length > 0 && { after: () => sendMore(interaction, options, more) }),
  };
}

/** What is needed before anything can be answered; `late` when it takes too long for a form to follow. */
export async function inTime<T>(
  { clock }: Pick<ReplyOptions, 'clock'>,
  work: Promise<T>,
): Promise<T | 'late'> {
  return Promise.race([work, pause(clock, lookWithinMs).then(() => 'late' as const)]);
}

async function sendMore(
  interaction: InteractionToken,
  options: ReplyOptions,
  more: readonly FollowUp[],
): Promise<void> {
  const { forms, rest } = options;
  for (const [index, request] of more.entries()) {
    const isThere = await follow(options, () =>
      forms.write(interaction.channel_id ?? '', (form) =>
        rest.send('POST', webhook(interaction), { ...request(form), auth: false }),
      ),
    );
    if (!isThere) await takeOver(interaction, options, request, index + 1);
  }
}

/** What no answer carries any more, in the person's direct messages. */
async function takeOver(
  interaction: InteractionToken,
  { posts, logger }: ReplyOptions,
  request: FollowUp,
  number: number,
): Promise<void> {
  const person = interaction.member?.user ?? interaction.user;
  if (person === undefined) return;
  try {
    await posts.sendDirectly(person.id, request, `a${String(number)}-${interaction.id}`);
  } catch (error) {
    logger.warn('follow-up.failed', { why: describeError(error) });
  }
}

/** False when it never arrived. Discord knows the token only once the first answer has arrived, which over HTTP is after we have answered. */
async function follow({ clock, logger }: ReplyOptions, send: () => Promise<unknown>): Promise<boolean> {
  for (const delay of followUpDelaysMs) {
    await pause(clock, delay);
    try {
      await send();
      return true;
    } catch (error) {
      const isEarly = isRefusal(error, refusals.unknownWebhook, refusals.unknownMessage);
      // Read twice is better than waited for in vain: nothing is done by an answer.
      if (isEarly || (error instanceof AppError && error.isRetryable)) continue;
      logger.warn('follow-up.failed', { why: describeError(error) });
      return false;
    }
  }
  logger.warn('follow-up.failed', {
    why: 'Discord does not know the interaction (any more), or cannot be reached.',
  });
  return false;
}

function webhook({ application_id, token }: InteractionToken): `/webhooks/${string}` {
  return `/webhooks/${application_id}/${token}`;
}

function privateData(text: string, components: readonly object[]): object {
  return {
    flags: flags.ephemeral | flags.suppressEmbeds,
    content: firstCharacters(text === '' ? '…' : text, 2_000),
    allowed_mentions: pingNobody,
    ...(components.length > 0 && { components }),
  };
}

function buttonRows({ buttons = [] }: PrivateText): readonly object[] {
  if (buttons.length === 0) return [];
  const components = buttons.map(({ label, id }) => ({ type: 2, style: 1, label, custom_id: id }));
  return [{ type: 1, components }];
}

function editData(answer: PrivateText): object {
  const { text } = answer;
  return {
    content: firstCharacters(text === '' ? '…' : text, 2_000),
    components: buttonRows(answer),
    allowed_mentions: pingNobody,
  };
}

/** What a person reads about a fault; an operator finds the whole of it in the log. */
export function failureText(error: unknown, logger: Logger): string {
  logger.error('interaction.failed', { why: describeError(error) });
  return error instanceof AppError ? error.tell : 'Something went wrong here. An operator has been told.';
}
