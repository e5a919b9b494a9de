/** The demonstration's second look: arguments that talk like orders of somebody else are worth a person's look. */
import type { ModelAnswer, ModelRequest } from '../model.ts';

const orders = /\bi, the admin\b|\bignore (?:all|any|previous)\b|\bpre-?approved\b|\bdo not ask\b/iu;

export function reviewAnswer({ messages }: ModelRequest): ModelAnswer {
  const last = messages.at(-1);
  const text = last?.role === 'user' ? last.text : '';
  const shown = /"arguments": ("(?:[^"\\]|\\.)*")/u.exec(text)?.[1] ?? '""';
  const finding = orders.test(shown)
    ? { verdict: 'ask', warning: 'The arguments hold words that read like orders.' }
    : { verdict: 'fine' };
  const answer = JSON.stringify(finding);
  const usage = {
    inputTokens: Math.ceil(text.length / 4),
    cachedInputTokens: 0,
    outputTokens: Math.ceil(answer.length / 4),
  };
  return { text: answer, calls: [], stop: 'end', usage, model: 'demo' };
}
