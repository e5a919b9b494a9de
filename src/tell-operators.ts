/** Tells people something directly, on the platforms that work: operators what only they can mend, others what is theirs. */
import type { ChatAdapter } from './chat/adapter.ts';
import { describeError } from './core/errors.ts';
import { sha256 } from './core/hash.ts';
import type { Logger } from './core/logger.ts';
import { accountsOn } from './people/accounts-on.ts';
import type { People, Person } from './people/person.ts';

export interface TellOperatorsOptions {
  readonly logger: Logger;
  adapters(): readonly ChatAdapter[];
  people(): People;
}

/** One message per operator, on the first platform that takes it. Never throws. */
export async function tellOperators(
  options: TellOperatorsOptions,
  text: string,
  except?: string,
): Promise<void> {
  for (const person of options.people().expand(['operator']))
    if (person.id !== except) await tellPerson(options, person, text);
}

/** One message, by the first of his accounts that takes it; false when none does. Never throws. */
export async function tellPerson(
  options: TellOperatorsOptions,
  person: Person,
  text: string,
): Promise<boolean> {
  return (await tellDirectly(options, person, undefined, text)).isTold;
}

/** The same, on one platform first; names those that did not take it. */
export async function tellDirectly(
  options: TellOperatorsOptions,
  person: Person,
  surface: string | undefined,
  text: string,
): Promise<{ readonly isTold: boolean; readonly refused: readonly string[] }> {
  const refused: string[] = [];
  const order = options
    .adapters()
    .toSorted((a, b) => Number(b.name === surface) - Number(a.name === surface));
  for (const adapter of order) {
    if (adapter.sayDirectly === undefined) continue;
    for (const account of accountsOn(person, adapter.name)) {
      try {
        await adapter.sayDirectly(account, text, sha256(`${person.id} ${text}`).slice(0, 24));
        return { isTold: true, refused };
      } catch (error) {
        options.logger.warn('person.not-told', { platform: adapter.name, why: describeError(error) });
        refused.push(adapter.name);
      }
    }
  }
  return { isTold: false, refused };
}
