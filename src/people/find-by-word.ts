/** Who is meant by a word: an id, a whole name, or a first name that only one bears. Pure. */
import type { Person } from './person.ts';

export function findByWord(persons: readonly Person[], word: string): Person | undefined {
  const wanted = word.trim().replace(/^@/u, '').toLowerCase();
  const exact = persons.find(({ id, name }) => id === wanted || name.toLowerCase() === wanted);
  const [only, ...others] = persons.filter(({ name }) => name.toLowerCase().split(/\s+/u)[0] === wanted);
  return exact ?? (others.length === 0 ? only : undefined);
}
