/**
 * What adapters hand in: a message becomes a run, a press is settled, a command is answered. Accounts become persons
 * here; whoever is not in `people.yaml` is told so, privately, and nothing runs.
 */
import type { InboundAccount, InboundSink, PrivateAnswer } from '../chat/adapter.ts';
import type { ChatStore } from '../chat/store.ts';
import { answerCommand } from '../commands/index.ts';
import type { CommandServices } from '../commands/command.ts';
import type { People, Person } from '../people/person.ts';
import type { Router } from '../router.ts';
import type { Backend } from './create-backend.ts';

export interface ChatSinkOptions {
  readonly backend: Backend;
  readonly router: Router;
  readonly chat: ChatStore;
  readonly commands: CommandServices;
  people(): People;
}

export function createChatSink(options: ChatSinkOptions): InboundSink {
  const { backend, router } = options;

  function personOf(from: InboundAccount): Person | undefined {
    return options.people().findByAccount(from.platform, from.account);
  }

  return {
    async message({ key, from, channel, thread, text }) {
      const person = personOf(from);
      if (person === undefined) return unknownPerson(from);
      const taken = await router.take({ key, channel, thread, by: person.id, text });
      return taken.isWaiting
        ? { text: 'I am still on the first question here; I will take this one next.', isRefusal: false }
        : undefined;
    },
    async press({ from, action, text }) {
      const person = personOf(from);
      if (person === undefined) return unknownPerson(from);
      const done = await backend.press(person, from.platform, action, text);
      return done.kind === 'refused'
        ? { text: done.detail, isRefusal: true }
        : { text: done.text, isRefusal: false };
    },
    findAction: (action) => backend.findAction(action),
    async isAddressed(thread, from) {
      const person = personOf(from);
      const known = person === undefined ? undefined : await options.chat.findThread(thread);
      return known !== undefined && known.startedBy === person?.id;
    },
    async command(from, text, channel) {
      const person = personOf(from);
      if (person === undefined) return { text: unknownPerson(from).text, cards: [] };
      return answerCommand(options.commands, { person, surface: from.platform, channel, text });
    },
  };
}

function unknownPerson(from: InboundAccount): PrivateAnswer {
  return {
    text: `I do not know you yet, so I may not act for you. An operator can add this account to people.yaml: ${from.platform} ${from.account}.`,
    isRefusal: true,
  };
}
