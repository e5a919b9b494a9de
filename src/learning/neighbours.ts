/** What stands around a message: it is found by that, too. Pure. */
import type { SaidMessage } from '../core/said-message.ts';

const characters = 240;

/** Of messages in the order in which they were said. */
export function aroundOf(messages: readonly SaidMessage[], at: number): string {
  const before = messages[at - 1]?.text.slice(-characters) ?? '';
  const after = messages[at + 1]?.text.slice(0, characters) ?? '';
  return [before, after].filter((part) => part !== '').join('\n');
}

/** What people say to have this bot learn something is nothing to learn. */
export function isLearnRequest(text: string): boolean {
  return /^learn (?:this|this thread|the thread)[.!]?$/iu.test(text.trim());
}
