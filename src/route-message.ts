/**
 * Which workflow a message starts, and with what input. Pure.
 *
 * A command first, then the openings that workflows name, the longest that fits; those with a `…` come last. A workflow
 * whose own reading says that the words are not meant for it leaves them to the next, in the end to the assistant.
 */
import type { JsonObject } from './core/json.ts';
import { fillInput, readInput } from './workflow-input.ts';
import type { Workflow } from './workflow-kit.ts';

export interface Routed {
  readonly workflow: string;
  readonly input: JsonObject;
}

export function route(workflows: readonly Workflow[], text: string): Routed {
  const words = text.trim();
  return (
    findCommand(workflows, words) ?? findOpening(workflows, words) ?? { workflow: 'assistant', input: {} }
  );
}

function findCommand(workflows: readonly Workflow[], words: string): Routed | undefined {
  const command = /^\/([a-z][a-z0-9-]*)(?:\s+|$)/iu.exec(words);
  if (command === null) return undefined;
  const called = workflows.find(
    ({ name, start }) => start.command === true && command[1]?.toLowerCase() === name,
  );
  if (called === undefined) return undefined;
  return {
    workflow: called.name,
    input: readInput(called.input, called.start.words, words.slice(command[0].length)),
  };
}

/** The openings of one workflow. */
export function openingsOf({ start: { mention = [] } }: Workflow): readonly string[] {
  return typeof mention === 'string' ? [mention] : mention;
}

const courtesy =
  /^(?:(?:hi|hey|hello|ok|okay|so|and|now)\b[\s,!.:]*(?=\S)|please\b[\s,]*(?=\S)|(?:can|could|would|will) you\b[\s,]*(?=\S)|(?:i|we)(?: need| want|'d like|’d like| would like) (?:you )?to\b\s*(?=\S)|let(?:'|’)?s\b\s*(?=\S))/iu;
const beginning =
  /^(?:start|begin|run|open|declare|raise|create|make|do|show|send|give|issue|file)\s+(?:(?:me|us)\s+)?(?:(?:an?|the|this|another|new)\s+)*/iu;
const questionWord = /^(?:what|who|whose|how|why|when|where|which|does|do|did|is|are|was|were|has|have)\b/iu;

/** The words as they came, without courtesy, and without «start a» or the like before a noun. */
function readingsOf(words: string): readonly string[] {
  const readings = [words];
  let rest = words;
  for (let cut = courtesy.exec(rest); cut !== null; cut = courtesy.exec(rest))
    rest = rest.slice(cut[0].length);
  if (rest !== words) readings.push(rest);
  const begun = rest.replace(beginning, '');
  if (begun !== rest && begun !== '') readings.push(begun);
  return readings;
}

interface Fit {
  readonly workflow: Workflow;
  readonly phrase: string;
  /** What the message began with. */
  readonly opening: string;
  readonly text: string;
}

function findOpening(workflows: readonly Workflow[], words: string): Routed | undefined {
  const readings = readingsOf(words);
  const fits = workflows
    .flatMap((workflow) => openingsOf(workflow).map((phrase) => ({ workflow, phrase })))
    .flatMap(({ workflow, phrase }) => fitPhrase(workflow, phrase, readings))
    .toSorted((left, right) => weight(right.phrase) - weight(left.phrase));
  for (const { workflow, opening, text } of fits) {
    const { name, input, start } = workflow;
    const read = start.words === undefined ? {} : start.words(text, opening);
    if (read !== undefined) return { workflow: name, input: fillInput(input, read, text) };
  }
  return undefined;
}

function weight(phrase: string): number {
  return phrase.length - (phrase.includes('…') ? 1_000 : 0);
}

function fitPhrase(workflow: Workflow, phrase: string, readings: readonly string[]): readonly Fit[] {
  const isLoose = phrase.includes('…');
  const pattern = phrase
    .replaceAll(/\s+/gu, String.raw`\s+`)
    .replaceAll('…', String.raw`\S+(?:\s+\S+){0,3}?`);
  // A check at the start has made sure that a phrase holds letters, digits, spaces, `-` and `…` only.
  const begins = new RegExp(String.raw`^${pattern}(?![\w-])`, 'iu');
  return readings.flatMap((reading) => {
    const opening = begins.exec(reading)?.[0];
    // «Who needs access?» asks, and «eli needs access» does not.
    if (opening === undefined || (phrase.startsWith('…') && questionWord.test(reading))) return [];
    return isLoose
      ? { workflow, phrase, opening: reading, text: reading }
      : { workflow, phrase, opening, text: reading.slice(opening.length) };
  });
}
