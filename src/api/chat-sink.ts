/**
 * What adapters hand in: a message becomes a run, a press is settled, a command is answered. Accounts become persons
 * here; whoever is not in `people.yaml` is told so, privately, and nothing runs.
 */
import type { InboundAccount, InboundSink, PrivateAnswer } from '../chat/adapter.ts';
import type { ChatStore } from '../chat/store.ts';
import type { ActorId } from '../core/ids.ts';
import { answerCommand, commands } from '../commands/index.ts';
import type { AccountLinks } from '../gate/account-links.ts';
import type { SuggestsInput } from '../commands/suggest-input.ts';
import { suggestFor } from '../commands/suggestions.ts';
import type { CommandServices } from '../commands/command.ts';
import type { People, Person } from '../people/person.ts';
import { isLearnRequest } from '../learning/learn-request.ts';
import { turnTexts } from '../router.ts';
import type { Router } from '../router.ts';
import { findStart } from '../triggers/find-start.ts';
import type { Trigger } from '../triggers/parse-triggers.ts';
import type { Workflow } from '../workflow-kit.ts';
import type { Backend } from './create-backend.ts';

export interface ChatSinkOptions {
  readonly backend: Backend;
  readonly router: Router;
  readonly chat: ChatStore;
  readonly commands: CommandServices;
  people(): People;
  /** Looks up the person's roles by groups; `people` knows them afterwards. */
  refreshRoles(persons: readonly ActorId[]): Promise<void>;
  readonly links: AccountLinks;
  readonly workflows: readonly Workflow[];
  readonly triggers: readonly Trigger[];
  /** What a field of a workflow's command could be. */
  readonly suggestInput: SuggestsInput;
  /** What was learnt from messages follows them. */
  readonly listening: Pick<InboundSink, 'heard'>;
}

export function createChatSink(options: ChatSinkOptions): InboundSink {
  const { backend, router } = options;
  const desk = options.commands.peopleDesk;

  async function personOf(from: InboundAccount): Promise<Person | undefined> {
    const known = options.people().findByAccount(from.platform, from.account);
    // Also for an unknown account: another process may have linked it meanwhile, or taken a link back.
    await options.refreshRoles(known === undefined ? [] : [known.id]);
    return options.people().findByAccount(from.platform, from.account);
  }

  /** An account that nobody knows yet may only say whose it is, by a code. */
  async function answerStranger(from: InboundAccount, text: string): Promise<string> {
    const [name = '', ...rest] = text.trim().split(/\s+/u);
    const typed = rest.join(' ');
    if (typed !== '' && name.toLowerCase() === 'link')
      return options.links.confirm(options.people(), from, rest[0] ?? '');
    if (typed !== '' && name.toLowerCase() === 'setup') return (await desk.setUp(from, typed)).text;
    return unknownPerson(from).text;
  }

  function unknownPerson(from: InboundAccount): PrivateAnswer {
    const account = `${from.platform} ${from.account}`;
    const fix = desk.needsOperator()
      ? `Nobody is an operator yet. Whoever runs the bot finds a code in its output: \`/countersign setup <code> <your name>\` makes this account (${account}) the first one.`
      : `An operator can add this account: \`/countersign people add <id> ${account} name <name>\`, or in people.yaml.`;
    return { text: `I do not know you yet, so I may not act for you. ${fix}`, isRefusal: true };
  }

  return {
    async message({ key, from, channel, thread, text, quotes, files }) {
      const person = await personOf(from);
      if (person === undefined) return unknownPerson(from);
      if (isLearnRequest(text))
        return { text: await options.commands.knowledge.learnHere(channel, thread), isRefusal: false };
      const taken = await router.take({
        key,
        channel,
        thread,
        by: person.id,
        text,
        ...(quotes !== undefined && quotes.length > 0 && { quotes }),
        ...(files !== undefined && files.length > 0 && { files }),
      });
      return taken.turn === 'now'
        ? undefined
        : { text: turnTexts[taken.turn], isRefusal: taken.turn === 'never' };
    },
    async notice(notice) {
      const start = findStart(options.triggers, options.workflows, notice);
      const person = start === undefined ? undefined : await personOf(notice.from);
      if (start === undefined || person === undefined) return;
      const { key, channel, thread, text, quotes, files } = notice;
      await router.take({
        ...{ key, channel, thread, by: person.id, text, start },
        ...(quotes !== undefined && { quotes }),
        ...(files !== undefined && files.length > 0 && { files }),
      });
    },
    heard: (heard) => options.listening.heard(heard),
    async press({ from, action, text, fields }) {
      const person = await personOf(from);
      if (person === undefined) return unknownPerson(from);
      const done = await backend.press(person, from.platform, action, { text, fields });
      return done.kind === 'refused'
        ? { text: done.detail, isRefusal: true }
        : { text: done.text, isRefusal: false };
    },
    findAction: (action) => backend.findAction(action),
    findCard: (action, channel) => backend.findCard(action, channel),
    async findForm(from, action) {
      const person = await personOf(from);
      return person === undefined ? undefined : backend.findForm(person, action);
    },
    async isAddressed(thread, from) {
      const person = options.people().findByAccount(from.platform, from.account);
      const known = person === undefined ? undefined : await options.chat.findThread(thread);
      return known !== undefined && known.startedBy === person?.id;
    },
    async stopThread(from, thread) {
      const person = await personOf(from);
      if (person === undefined) return unknownPerson(from);
      const run = (await options.chat.findThread(thread))?.activeRun;
      if (run === undefined) return { text: 'Nothing is at work here any more.', isRefusal: true };
      const done = await backend.press(person, from.platform, `v1:${run}:stop`, {});
      return done.kind === 'refused'
        ? { text: done.detail, isRefusal: true }
        : { text: done.text, isRefusal: false };
    },
    async command(from, text, channel, thread, places) {
      const person = await personOf(from);
      if (person === undefined) {
        return { text: await answerStranger(from, text), cards: [] };
      }
      return answerCommand(options.commands, {
        ...{ person, surface: from.platform, channel, text },
        ...(thread !== undefined && { thread }),
        ...(places !== undefined && { places }),
      });
    },
    async suggest(from, name, typed, channel) {
      const person = options.people().findByAccount(from.platform, from.account);
      if (person === undefined) return [];
      const command = commands.find((entry) => entry.name === name);
      return suggestFor(command, options.commands, { person, channel, typed });
    },
    async suggestInput(from, asked, typed, channel) {
      const person = options.people().findByAccount(from.platform, from.account);
      if (person === undefined) return [];
      return options.suggestInput({ ...asked, person: person.id, channel, typed });
    },
  };
}
