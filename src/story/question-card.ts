/** Questions of those who decide: a card in the thread that takes the answer, and both on every copy of the approval. */
import type { Card, CardField } from '../chat/card.ts';
import { makeVisible } from '../core/visible-text.ts';
import type { ApprovalState, Question, RunState } from '../runs/run-state.ts';
import type { Reader, StoryItem, StoryWords } from './story-item.ts';

export function questionFields(
  approval: ApprovalState,
  reader: Reader,
  words: StoryWords,
): readonly CardField[] {
  return approval.questions.flatMap((question): readonly CardField[] => {
    const { by, text, answer, agentAnswer } = question;
    return [
      { label: `${words.nameOf(by)} asked`, value: visible(text), form: 'plain' },
      // What the agent says comes out of the thread, so it stays with those who read there.
      ...(agentAnswer !== undefined && reader.mayReadThread
        ? [{ label: 'Agent answered', value: visible(agentAnswer.text), form: 'claim' as const }]
        : []),
      ...(answer !== undefined
        ? [
            {
              label: `${words.nameOf(answer.by)} answered`,
              value: visible(answer.text),
              form: 'plain' as const,
            },
          ]
        : []),
    ];
  });
}

export function questionItems(
  state: RunState,
  { words }: { readonly words: StoryWords },
): readonly StoryItem[] {
  return [...state.approvals.values()].flatMap((approval) =>
    approval.questions.map((question): StoryItem => {
      const card = questionCard(approval, question, words);
      const id = `${state.id}/${approval.id}/${question.id}`;
      return { id, kind: 'card', by: 'bot', at: question.mark.stamp.at, text: card.fallback, card };
    }),
  );
}

function questionCard(approval: ApprovalState, question: Question, words: StoryWords): Card {
  const asker = words.nameOf(question.by);
  const title = `${asker} asks about: ${makeVisible(approval.title)}`;
  const isOpen = approval.state === 'pending' && question.answer === undefined;
  const outcome = outcomeOf(approval, question, words);
  const agent: readonly CardField[] =
    question.agentAnswer === undefined
      ? []
      : [{ label: 'Agent answers', value: visible(question.agentAnswer.text), form: 'claim' }];
  return {
    kind: 'notice',
    title,
    badge: isOpen ? `for ${words.nameOf(approval.requester)}` : 'settled',
    lines: [],
    fields: [{ label: 'Question', value: visible(question.text), form: 'plain' }, ...agent],
    ...(outcome !== undefined && { outcome }),
    actions: isOpen
      ? [
          {
            id: `v1:${approval.id}:answer:${question.id}`,
            label: 'Answer…',
            style: 'primary',
            asks: {
              kind: 'text',
              label: 'Your answer (everybody who decides reads it on the card)',
              isRequired: true,
              picks: [],
            },
          },
        ]
      : [],
    fallback: [
      `${title}: ${visible(question.text)}`,
      ...agent.map((field) => `${field.label}: ${field.value}`),
      outcome ??
        `${words.nameOf(approval.requester)}, your answer here goes on every copy of the card. Nothing is decided meanwhile.`,
    ].join('\n'),
  };
}

function outcomeOf(approval: ApprovalState, { answer }: Question, words: StoryWords): string | undefined {
  if (answer !== undefined)
    return `${words.nameOf(answer.by)} answered at ${words.time(answer.mark.stamp.at)}: ${visible(answer.text)}`;
  return approval.state === 'pending' ? undefined : 'It was settled before anybody answered.';
}

function visible(text: string): string {
  return makeVisible(text, { keepLineBreaks: true });
}
