/**
 * Saying something as a person. Words that are a command do what the command does and are not said: whoever types
 * `/countersign freeze` must not learn later that the bot took it for conversation.
 */
import { commandText, withoutFiles } from '../../commands/command-text.ts';
import { answered, defineWrite, refused } from '../route.ts';
import { messageInput } from '../shapes.ts';

export const messageRoutes = [
  defineWrite({
    path: '/messages',
    id: 'sendMessage',
    summary:
      'Says something as the caller. The same `id` twice is one message. `/countersign …` is not said: the command is carried out, once for each `id`, and its answer comes as `text`, for the caller alone, as from `POST /commands`; there is no `run`, and `thread` only where one was given. It takes no files, and its answer says so.',
    body: 'MessageInput',
    input: messageInput,
    answer: 'MessageOutput',
    problems: [403, 404, 409, 422],
    async handle({ backend, person, body }) {
      const { channel, thread } = body;
      const command = commandText(body.text);
      if (command !== undefined) {
        const done = await backend.command(person, {
          ...{ channel, text: command },
          ...(thread !== undefined && { thread }),
          ...(body.id !== undefined && { id: body.id }),
        });
        return done.kind === 'refused'
          ? refused(done)
          : answered({
              ...(thread !== undefined && { thread }),
              text: withoutFiles(done.text, body.files),
            });
      }
      const outcome = await backend.sendMessage(person, body);
      if (outcome.kind === 'refused') return refused(outcome);
      return answered({ thread: outcome.thread, run: outcome.run });
    },
  }),
];
