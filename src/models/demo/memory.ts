/** What the demonstration model does about memory: keeps on request, looks up on request, and answers from what is known. */
import { capital } from '../../core/capital.ts';
import type { ModelMessage, ModelRequest } from '../model.ts';
import type { NextStep } from './answer.ts';
import { fitCall } from './offered-tools.ts';
import type { OfferedTools } from './offered-tools.ts';

const remember =
  /^(?:please\s+|can you\s+|ok(?:ay)?,?\s+)?(?:remember|note for later|keep in mind)(?:\s+that)?[\s:,]+(.{4,})$/isu;
const forget = /^(?:please\s+)?forget\s+(?:the\s+)?(?:memory\s+)?`?(mem_[0-9a-z]+)`?\.?$/iu;
const ask =
  /^(?:what do (?:you|we) (?:know|remember) about|what did we (?:decide|say|agree)(?: about| on)?|what is known about|what have you remembered about|search memory for|do you remember)\s+(.+?)\??$/iu;

/** The next step about memory, or undefined when the request is about something else. */
export function findMemoryStep(messages: readonly ModelMessage[], tools: OfferedTools): NextStep | undefined {
  const at = messages.findLastIndex((message) => message.role === 'user');
  const request = messages[at];
  if (request?.role !== 'user') return undefined;
  const wish = readWish(request.text.trim());
  const fitted = wish === undefined ? undefined : fitCall(tools, wish);
  if (wish === undefined || fitted?.kind !== 'fits') return undefined;
  const answered = messages.slice(at + 1).find((message) => message.role === 'tool');
  if (answered?.role !== 'tool')
    return { kind: 'calls', text: wish.say, calls: [{ name: fitted.name, args: fitted.args }] };
  const { content = '', isError = true } = answered.results.at(-1) ?? {};
  return { kind: 'answer', text: tell(wish.tool, content, isError) };
}

/** An answer from what is known here, for a question that no rule understands. */
export function answerFromContext(context: ModelRequest['context']): string | undefined {
  const items = readItems(context ?? '').slice(0, 3);
  return items.length === 0 ? undefined : `What I know about that:\n${items.join('\n')}`;
}

/** Sentences that say of themselves that they last. */
const lasting =
  /^(?:from now on|we (?:have )?(?:decided|agreed)|we (?:always|never|no longer)|always|never|please always|please never|i prefer|[\p{L}]+ prefers|[\p{L}]+ (?:is|are) (?:now )?(?:responsible for|in charge of)|[\p{L}]+ (?:took|takes) over)\b/iu;

/** What of a conversation that is over lasts, by its own words; a memory that it contradicts is superseded. */
export function keepStep({ messages, context }: ModelRequest, tools: OfferedTools): NextStep {
  const said = messages.find((message) => message.role === 'user')?.text ?? '';
  const known = readMemories(context ?? '');
  const calls = (said.match(/[^.!?\n]+[.!]?/gu) ?? [])
    .map((sentence) => sentence.trim())
    .filter((sentence) => lasting.test(sentence))
    .flatMap((text) => {
      const old = known.find((memory) => isAboutTheSame(memory.text, text));
      if (old?.text === capital(text)) return [];
      const args = {
        text: capital(text),
        kind: kindOf(text),
        ...(old !== undefined && { supersedes: old.id }),
      };
      const fitted = fitCall(tools, { tool: 'memory/save', args });
      return fitted.kind === 'fits' ? [{ name: fitted.name, args: fitted.args }] : [];
    });
  return calls.length === 0 ? { kind: 'answer', text: '' } : { kind: 'calls', text: '', calls };
}

function kindOf(text: string): string {
  if (/decided|agreed/iu.test(text)) return 'decision';
  if (/prefer/iu.test(text)) return 'preference';
  return /responsible|in charge|over/iu.test(text) ? 'person' : 'procedure';
}

/** Two sentences that share most of their longer words, whatever numbers they name. */
function isAboutTheSame(one: string, other: string): boolean {
  const longer = (text: string): ReadonlySet<string> =>
    new Set(text.toLowerCase().match(/\p{L}{4,}/gu) ?? []);
  const [left, right] = [longer(one), longer(other)];
  const shared = [...left].filter((word) => right.has(word)).length;
  return shared > 0 && shared >= 0.7 * Math.max(left.size, right.size);
}

function readMemories(text: string): readonly { readonly id: string; readonly text: string }[] {
  return text.split(/^(?=\[\d+\] )/mu).flatMap((block) => {
    const id = /^\[\d+\] (mem_\S+) /u.exec(block)?.[1];
    const said = [...block.matchAll(/^> (.*)$/gmu)].map((match) => match[1] ?? '').join(' ');
    return id === undefined || said === '' ? [] : [{ id, text: said }];
  });
}

interface MemoryWish {
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly say: string;
}

function readWish(text: string): MemoryWish | undefined {
  const kept = remember.exec(text)?.[1];
  if (kept !== undefined)
    return { tool: 'memory/save', args: { text: capital(kept.trim()) }, say: 'I keep that.' };
  const id = forget.exec(text)?.[1];
  if (id !== undefined) return { tool: 'memory/forget', args: { id }, say: `I forget ${id}.` };
  const about = ask.exec(text)?.[1];
  if (about !== undefined)
    return { tool: 'memory/search', args: { query: about }, say: 'I look up what is known.' };
  return undefined;
}

function tell(tool: string, content: string, isError: boolean): string {
  if (isError) return content;
  if (tool !== 'memory/search') return content.startsWith('Remembered') ? 'I will remember that.' : content;
  const items = readItems(content);
  return items.length === 0 ? content : `What I know about that:\n${items.join('\n')}`;
}

/** Items as `render-items.ts` writes them: a line with number, id and source, then the quoted text. */
function readItems(text: string): readonly string[] {
  const items: string[] = [];
  for (const block of text.split(/^(?=\[\d+\] )/mu)) {
    const source = /^\[\d+\] \S+ \((.*)\)$/mu.exec(block)?.[1];
    const said = [...block.matchAll(/^> (.*)$/gmu)].map((match) => match[1] ?? '').join(' ');
    if (source !== undefined && said !== '') items.push(`- ${said} (${source})`);
  }
  return items;
}
