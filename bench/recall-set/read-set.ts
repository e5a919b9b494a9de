/** The development set: texts with their channels, and questions with the texts that answer them. */
import { asChannelId } from '../../src/core/ids.ts';
import type { ChannelId } from '../../src/core/ids.ts';
import { createDice, makePassages, makeTalks } from './generate.ts';
import { pages } from './handbook.ts';
import { talks } from './talks.ts';

export interface Text {
  readonly id: string;
  readonly channel: string;
  readonly text: string;
  /** What it is found by: the text, and for a passage its title and heading as well. */
  readonly searched: string;
  readonly around: string;
  /** Of passages only. */
  readonly title?: string;
  readonly heading?: string;
}

export interface Question {
  readonly text: string;
  /** The channel where it is asked. */
  readonly asker: string;
  readonly answers: readonly string[];
  readonly isByHand: boolean;
}

export const workspace = 'console';
const privateChannels: readonly string[] = ['board', 'deals'];
const openChannels = ['general', 'finance', 'ops'] as const;
/** Of the made texts, each that many-th is asked about. */
const askedTalks = 3;
const askedPassages = 5;

export const isPrivate = (channel: string): boolean => privateChannels.includes(channel);
export const channelOf = (channel: string): ChannelId => asChannelId(`${workspace}:${channel}`);

export function readSet(): { readonly texts: readonly Text[]; readonly questions: readonly Question[] } {
  const dice = createDice(3);
  const texts: Text[] = [];
  const questions: Question[] = [];
  /** Asked where it was said, or in an open channel: of private talk the latter must find nothing. */
  const asker = (channel: string): string => (dice.below(2) === 0 ? channel : dice.of(openChannels));

  function addTalk(channel: string, turns: readonly string[]): readonly string[] {
    const first = texts.length;
    return turns.map((turn, at) => {
      const id = `mem_${String(first + at)}`;
      const around = [turns[at - 2], turns[at - 1], turns[at + 1]].map((other) => other ?? '').join(' ');
      texts.push({ id, channel, text: turn, searched: turn, around });
      return id;
    });
  }
  function addPassage(passage: Pick<Required<Text>, 'title' | 'heading' | 'text'>): string {
    const id = `pas_${String(texts.length)}`;
    const { title, heading, text } = passage;
    texts.push({
      ...{ id, channel: 'general', text, title, heading },
      ...{ searched: `${title} ${heading} ${text}`, around: '' },
    });
    return id;
  }

  for (const { channel, turns, questions: asked } of talks) {
    const answer = turns.findIndex((turn) => turn.includes(': !'));
    const ids = addTalk(
      channel,
      turns.map((turn) => turn.replace(': !', ': ')),
    );
    for (const text of asked)
      questions.push({ text, asker: asker(channel), answers: [ids[answer] ?? ''], isByHand: true });
  }
  for (const { questions: asked, ...page } of pages) {
    const id = addPassage(page);
    for (const text of asked)
      questions.push({ text, asker: dice.of(openChannels), answers: [id], isByHand: true });
  }
  for (const [index, { channel, turns, answer, question }] of makeTalks().entries()) {
    const ids = addTalk(channel, turns);
    if (index % askedTalks === 0)
      questions.push({
        ...{ text: question, asker: asker(channel), answers: [ids[answer] ?? ''], isByHand: false },
      });
  }
  for (const [index, { question, ...passage }] of makePassages().entries()) {
    const id = addPassage(passage);
    if (index % askedPassages === 0)
      questions.push({ text: question, asker: dice.of(openChannels), answers: [id], isByHand: false });
  }
  return { texts, questions };
}
