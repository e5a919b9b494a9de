/**
 * Policy and people as they are in force, read again from their files while the bot runs.
 *
 * Both are swapped together or neither: roles that a policy names and the persons who hold them always fit. A file
 * that has mistakes, or is gone, changes nothing: what was in force stays in force, operators are told what to mend,
 * and nobody is ever replaced by the demonstration's persons. A change is noticed by content, so that a file that
 * was only touched, or written in two steps, changes nothing either.
 */
import type { Config } from './config.ts';
import { describeError } from './core/errors.ts';
import { sha256OfParts } from './core/hash.ts';
import type { Logger } from './core/logger.ts';
import type { Policy } from './gate/policy.ts';
import { loadPeople, loadPolicy, parseSetup, readSetupTexts } from './load-setup.ts';
import type { People } from './people/person.ts';

export interface LiveSetup {
  policy(): Policy;
  people(): People;
  /** Looks at the files. True when something else is in force from now on. */
  look(): boolean;
  /** What is wrong with the files, while something older is in force. */
  problem(): string | undefined;
}

interface LiveSetupOptions {
  readonly config: Config;
  readonly logger: Logger;
}

/** Throws what is wrong with the files when there is nothing older to stay with. */
export function createLiveSetup({ config, logger }: LiveSetupOptions): LiveSetup {
  let seen = '';
  let problem: string | undefined;
  const first = readSetupTexts(config);
  let inForce = parseSetup(config, first);
  seen = keyOf(first);

  function keyOf({ people, policy }: ReturnType<typeof readSetupTexts>): string {
    return sha256OfParts([people ?? '', policy]);
  }

  function keepOld(why: string): false {
    // Told once for each state of the files, not at every look.
    if (problem !== why) logger.error('setup.refused', { why });
    problem = why;
    return false;
  }

  return {
    policy: () => inForce.policy,
    people: () => inForce.people,
    problem: () => problem,
    look() {
      let texts: ReturnType<typeof readSetupTexts>;
      try {
        texts = readSetupTexts(config);
      } catch (error) {
        seen = '';
        return keepOld(describeError(error));
      }
      const key = keyOf(texts);
      if (key === seen) return false;
      seen = key;
      try {
        inForce = parseSetup(config, texts);
      } catch (error) {
        return keepOld(describeError(error));
      }
      problem = undefined;
      logger.info('setup.changed', { policy: inForce.policy.digest, persons: inForce.people.persons.length });
      return true;
    },
  };
}

/** What is in force is somebody else's to say. */
function fixedSetup(policy: () => Policy, people: () => People): LiveSetup {
  return { policy, people, look: () => false, problem: () => undefined };
}

/** Policy and people from their files, as far as they are not given. */
export function setupFor(
  options: LiveSetupOptions,
  given: {
    readonly livePolicy?: () => Policy;
    readonly livePeople?: () => People;
    readonly policy?: Policy;
    readonly people?: People;
  },
): LiveSetup {
  const { livePolicy, livePeople } = given;
  if ([livePolicy, livePeople, given.policy, given.people].every((part) => part === undefined))
    return createLiveSetup(options);
  const people = livePeople?.() ?? given.people ?? loadPeople(options.config);
  const policy = livePolicy?.() ?? given.policy ?? loadPolicy(options.config, people);
  return fixedSetup(livePolicy ?? ((): Policy => policy), livePeople ?? ((): People => people));
}
