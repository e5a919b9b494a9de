/** «Ask a question…» on a card, and «Answer…» on the question in the thread. */
import type { ApprovalId } from '../core/ids.ts';
import type { Questions } from '../gate/questions.ts';
import type { People, Person } from '../people/person.ts';
import { outcomeText } from '../story/approval-card.ts';
import type { StoryWords } from '../story/story-item.ts';
import type { ApiBackend } from './backend.ts';
import { notFound, refusal } from './refusal.ts';
import type { RunViews } from './run-views.ts';
import { refuseVote } from './vote-texts.ts';

export interface QuestionPresses {
  ask(
    person: Person,
    id: ApprovalId,
    how: { readonly text: string; readonly surface: string },
  ): ReturnType<ApiBackend['act']>;
  answer(
    person: Person,
    id: ApprovalId,
    how: { readonly question: string; readonly text: string; readonly surface: string },
  ): ReturnType<ApiBackend['act']>;
}

export function createQuestionPresses(options: {
  readonly questions: Questions;
  readonly views: RunViews;
  readonly words: StoryWords;
  people(): People;
}): QuestionPresses {
  const { questions, views, words } = options;

  return {
    async ask(person, id, { text, surface }) {
      if (text.trim() === '') return refusal(422, 'question.empty', 'Write what you want to know.');
      const done = await questions.ask(id, { person, text, surface });
      if (done === undefined) return notFound('approval');
      const { answer, state } = done;
      switch (answer.kind) {
        case 'asked': {
          const requester = words.nameOf(state.requester);
          return {
            kind: 'done',
            text: `Asked in the thread. ${requester} is the one to answer; the answer shows on the card. Nothing is decided meanwhile.`,
            run: state.id,
          };
        }
        case 'too-many':
          return refusal(
            409,
            'question.too-many',
            'Ten questions were asked about this. Decide, or deny it and say what is missing.',
          );
        case 'refused': {
          const view = await views.viewOf(state, id, person);
          const settled = view === undefined ? undefined : outcomeText(view);
          return refuseVote(answer.vote, state, id, { people: options.people(), words, person, settled });
        }
        default:
          return answer satisfies never;
      }
    },

    async answer(person, id, { question, text, surface }) {
      if (text.trim() === '') return refusal(422, 'question.empty', 'Write your answer.');
      const done = await questions.answer(id, question, {
        person,
        text,
        // On a chat platform whoever can press the button reads the thread it stands in.
        mayAnswer: (state) => surface !== 'console' || views.mayRead(person, state.channel),
      });
      if (done === undefined) return notFound('approval');
      switch (done.kind) {
        case 'answered':
          return done.by === person.id
            ? { kind: 'done', text: 'Answered. Everybody who decides reads it on the card.' }
            : refusal(409, 'question.answered', `${words.nameOf(done.by)} has answered this before.`);
        case 'settled':
          return refusal(409, 'approval.settled', 'This was settled before.');
        case 'not-yours':
          return refusal(403, 'question.yours', 'You asked this. Somebody else answers it.');
        case 'unknown':
          return notFound('question');
        default:
          return done satisfies never;
      }
    },
  };
}
