/**
 * Buttons, forms and slash commands, from the gateway or over HTTP: what was pressed is durable, or refused, before
 * the person reads an answer. Every answer is private.
 */
import type { InboundAccount, InboundSink, WorkflowCommand } from '../../src/chat/adapter.ts';
import type { FormNotes } from '../../src/chat/form-notes.ts';
import { pairInWords } from '../../src/chat/pair-words.ts';
import { firstCharacters } from '../../src/core/first-characters.ts';
import { inWrittenOrder } from '../../src/core/visible-text.ts';
import { hasLines, literal, quotedLines } from './literal.ts';
import type { Chosen } from './chosen.ts';
import { createFormPages, pagePrefix, readPageId } from './form-pages.ts';
import { actionModal, formOf, formText, workflowModal } from './modals.ts';
import { renderMarkdown } from './markdown.ts';
import { interactionSchema } from './payloads.ts';
import type {
  CommandInteraction,
  DiscordInteraction,
  FormInteraction,
  PressInteraction,
  SuggestInteraction,
} from './payloads.ts';
import { channelId, homeOfThread, threadId } from './places.ts';
import type { Posts } from './posts.ts';
import { createQuotes, quotedLine } from './quotes.ts';
import type { About } from './quotes.ts';
import { renderPrivateCard, renderPrivateText } from './render.ts';
import { splitMarkdown } from './split-markdown.ts';
import { fileName, readPrefix } from './render-card.ts';
import {
  answerWith,
  confirmedPrefix,
  confirmReply,
  failureText,
  inTime,
  modalReply,
  privately,
  sentence,
} from './replies.ts';
import type { FollowUp, InteractionReply, PrivateText, ReplyOptions } from './replies.ts';
import { commandName, learnCommand, moreName, requestOption } from './commands.ts';
import { sourceOf } from './history.ts';

export interface Interactions {
  /** The answer to an interaction; the same one when it arrives again. Undefined for what is not one of ours. */
  answer(payload: unknown): Promise<InteractionReply | undefined>;
}

export interface InteractionsOptions extends ReplyOptions {
  readonly formNotes: FormNotes | undefined;
  /** Those that have a command of their own. */
  readonly workflows: readonly WorkflowCommand[];
  readonly posts: Posts;
  readonly chosen: Chosen;
  /** What only its person has seen so far stands in the channel from here on, as the bot's message. */
  readonly redact: (text: string) => string;
  sink(): InboundSink;
  /** The bot's own account. */
  me(): string;
}

/** Replies kept so that an interaction delivered twice is answered alike and done once. */
const rememberedReplies = 2_000;
const mostCards = 5;
const tooOld = 'This form is from another time. Start again.';

export function createInteractions(options: InteractionsOptions): Interactions {
  const { logger, posts, rest, redact } = options;
  const pages = createFormPages(options);
  const replies = new Map<string, Promise<InteractionReply>>();
  const quotes = createQuotes(options);

  async function route(interaction: DiscordInteraction): Promise<InteractionReply> {
    const user = interaction.member?.user ?? interaction.user;
    if (user === undefined || user.bot === true || user.system === true)
      return privately('Only people decide here.');
    const from: InboundAccount = { platform: 'discord', account: user.id };
    const name = interaction.member?.nick ?? user.global_name ?? user.username ?? user.id;
    switch (interaction.type) {
      case 2:
        return command(interaction, from, name);
      case 3:
        return press(interaction, from);
      case 4:
        return suggest(interaction, from);
      case 5:
        return form(interaction, from, name);
      default:
        return interaction satisfies never;
    }
  }

  async function press(interaction: PressInteraction, from: InboundAccount): Promise<InteractionReply> {
    const { custom_id: id } = interaction.data;
    if (interaction.message.author.id !== options.me()) {
      logger.warn('press.ignored', { message: interaction.message.id, by: from.account });
      return privately('I did not post that button.');
    }
    if (id.startsWith(pagePrefix)) {
      const [page, action] = readPageId(id);
      return openPage(from, action, page);
    }
    if (id.startsWith(confirmedPrefix))
      return answerWith(interaction, options, settle(from, id.slice(confirmedPrefix.length)), 'replace');
    const isLong = id.startsWith(readPrefix);
    const offered = options.sink().findAction(isLong ? id.slice(readPrefix.length) : id);
    // A form can only be a first answer, so what the button asks for must be known soon.
    const action = await inTime(options, offered);
    if (action === 'late') return privately('That took too long here. Press it again in a moment.');
    if (isLong)
      return action === undefined
        ? privately('This is settled or has changed: look at the card again.')
        : confirmReply(action, `This is longer than its card. Have you read all of ${fileName}?`);
    if (action?.asks?.kind === 'confirm') return confirmReply(action, action.asks.question);
    if (action?.asks?.kind === 'form') return openPage(from, id, 0);
    const modal = action?.asks?.kind === 'text' ? actionModal(action, action.asks) : undefined;
    return modal === undefined ? answerWith(interaction, options, settle(from, id)) : modalReply(modal);
  }

  async function openPage(from: InboundAccount, action: string, page: number): Promise<InteractionReply> {
    const modal = await inTime(options, pages.open(from, action, page));
    if (modal === 'late') return privately('That took too long here. Press it again in a moment.');
    return modal === undefined
      ? privately('You cannot change this here: it is settled, others decide it, or it is too long.')
      : modalReply(modal);
  }

  async function settle(from: InboundAccount, action: string, text?: string): Promise<PrivateText> {
    const answer = await options.sink().press({ from, action, ...(text !== undefined && { text }) });
    return { text: sentence(answer.text) };
  }

  function form(interaction: FormInteraction, from: InboundAccount, name: string): Promise<InteractionReply> {
    const { custom_id: id, components } = interaction.data;
    const text = formText(components);
    if (id.startsWith(pagePrefix))
      return answerWith(interaction, options, pages.submit(from, id, components));
    if (id.startsWith(formOf.action))
      return answerWith(interaction, options, settle(from, id.slice(formOf.action.length), text));
    if (id.startsWith(formOf.workflow)) {
      const workflow = id.slice(formOf.workflow.length);
      const words = `/${workflow} ${text ?? ''}`.trim();
      return answerWith(interaction, options, request(interaction, from, name, words));
    }
    if (id.startsWith(formOf.quote)) {
      const asked = requestAbout(interaction, from, name, text ?? '', id.slice(formOf.quote.length));
      return answerWith(interaction, options, asked);
    }
    return Promise.resolve(privately(tooOld));
  }

  async function requestAbout(
    interaction: FormInteraction,
    from: InboundAccount,
    name: string,
    text: string,
    quoted: string,
  ): Promise<PrivateText> {
    const about = await quotes.take(quoted);
    if (about === undefined) return { text: tooOld };
    const answer = await request(interaction, from, name, text, about);
    await quotes.done(quoted);
    return answer;
  }

  function command(
    interaction: CommandInteraction,
    from: InboundAccount,
    name: string,
  ): Promise<InteractionReply> {
    const { name: called, options: given, type } = interaction.data;
    if (type === 3 && called === learnCommand) {
      options.chosen.remember(interaction);
      const source = sourceOf(
        interaction.guild_id,
        interaction.channel_id ?? '0',
        interaction.data.target_id ?? '0',
      );
      return answerWith(interaction, options, answerCommand(interaction, from, `learn ${source}`));
    }
    if (type === 3) return quotes.ask(interaction);
    if (type === 2) {
      const about = `waits <@${interaction.data.target_id ?? ''}>`;
      return answerWith(interaction, options, answerCommand(interaction, from, about));
    }
    if (called === commandName) {
      const [subcommand] = given;
      const details = subcommand?.options?.map(({ value }) => String(value ?? '')) ?? [];
      const name = subcommand?.name === moreName ? [] : [subcommand?.name ?? 'help'];
      const text = [...name, ...details].join(' ');
      return answerWith(interaction, options, answerCommand(interaction, from, text));
    }
    if (given.length === 0)
      return Promise.resolve(modalReply(workflowModal(called, { isRequired: !needsNothing(called) })));
    const words = given.map(({ name: key, value }) =>
      key === requestOption ? String(value ?? '') : pairInWords(key, String(value ?? '')),
    );
    return answerWith(
      interaction,
      options,
      request(interaction, from, name, `/${called} ${words.join(' ')}`.trim()),
    );
  }

  /** A workflow that needs nothing may be begun by its form as it is. */
  function needsNothing(called: string): boolean {
    const fields = options.workflows.find(({ name }) => name === called)?.fields ?? [];
    return fields.length > 0 && fields.every(({ isRequired }) => !isRequired);
  }

  /** What could follow a subcommand, while it is typed. An empty list is the answer to everything that fails. */
  async function suggest(interaction: SuggestInteraction, from: InboundAccount): Promise<InteractionReply> {
    const { name: called, options: given } = interaction.data;
    const [subcommand] = given;
    const isOwn = called === commandName;
    const focused = (isOwn ? subcommand?.options : given)?.find((option) => option.focused === true);
    const typed = String(focused?.value ?? '');
    const { channel } = placeOf(interaction);
    const offered = isOwn
      ? options.sink().suggest(from, subcommand?.name ?? '', typed, channel)
      : options.sink().suggestInput(from, { workflow: called, field: focused?.name ?? '' }, typed, channel);
    const found = await inTime(
      options,
      offered.catch(() => []),
    );
    const choices = (found === 'late' ? [] : found).map(({ value, label }) => ({
      name: firstCharacters(label, 100),
      value,
    }));
    return { body: { type: 8, data: { choices: choices.filter(({ value }) => value.length <= 100) } } };
  }

  async function answerCommand(
    interaction: CommandInteraction,
    from: InboundAccount,
    text: string,
  ): Promise<PrivateText> {
    const place = placeOf(interaction);
    const { text: answer, cards } = await options
      .sink()
      .command(
        from,
        text,
        place.channel,
        place.isThread ? threadId(interaction.guild_id, place.room) : undefined,
      );
    const left = cards.length - mostCards;
    const more = left > 0 ? `… and ${String(left)} more.` : '';
    const [first = '', ...rest] = splitMarkdown(
      [...renderMarkdown(answer).map(({ shown }) => shown), more].filter((block) => block !== ''),
    );
    return {
      text: first,
      more: [
        ...rest.map(
          (part): FollowUp =>
            () =>
              renderPrivateText(part),
        ),
        ...cards.slice(0, mostCards).map(
          (card): FollowUp =>
            (form) =>
              renderPrivateCard(card, form),
        ),
      ],
    };
  }

  /** A request by command: shown in the channel as its person's words, and its thread hangs on that. */
  async function request(
    interaction: DiscordInteraction,
    from: InboundAccount,
    name: string,
    text: string,
    about?: About,
  ): Promise<PrivateText> {
    const { guild_id: guild, id } = interaction;
    const { channel, room, isThread } = placeOf(interaction);
    const [by, said] = [literal(inWrittenOrder(name)), inWrittenOrder(redact(text))];
    const shown = [
      hasLines(said) ? `${by} asks:\n${quotedLines(said)}` : `${by} asks: ${literal(said)}`,
      ...(about === undefined ? [] : [quotedLine(about.quote, redact)]),
    ].join('\n');
    const announced = await posts.announce(room, shown, `i${id}`);
    const isOwnThread = !isThread && guild !== undefined;
    const thread = threadId(guild, isOwnThread ? announced : room);
    if (isOwnThread) posts.expectThread(thread, { channel: room, title: text });
    const key = `discord:${guild ?? 'dm'}/${room}/${id}`;
    const answer = await options.sink().message({
      ...{ key, from, channel, thread, text },
      ...(about !== undefined && { quotes: [about.quote] }),
      ...(about !== undefined && about.files.length > 0 && { files: about.files }),
    });
    if (answer?.isRefusal === true) await rest.send('DELETE', `/channels/${room}/messages/${announced}`);
    if (answer !== undefined) return { text: sentence(answer.text) };
    return { text: isOwnThread ? `I am on it: <#${announced}>` : 'I am on it.' };
  }

  return {
    answer(payload) {
      const parsed = interactionSchema.safeParse(payload);
      if (!parsed.success) return Promise.resolve(undefined);
      const interaction = parsed.data;
      const known = replies.get(interaction.id);
      // What follows an answer follows it once.
      if (known !== undefined) return known.then(({ body }) => ({ body }));
      const reply = route(interaction).catch((error: unknown) =>
        privately(sentence(failureText(error, logger))),
      );
      replies.set(interaction.id, reply);
      const oldest = replies.keys().next().value;
      if (replies.size > rememberedReplies && oldest !== undefined) replies.delete(oldest);
      return reply;
    },
  };
}

function placeOf({ guild_id: guild, channel, channel_id: room = '0' }: DiscordInteraction): {
  readonly channel: ReturnType<typeof channelId>;
  readonly room: string;
  readonly isThread: boolean;
} {
  const home = channel === undefined ? undefined : homeOfThread(channel);
  return { channel: channelId(guild, home ?? room), room, isThread: home !== undefined };
}
