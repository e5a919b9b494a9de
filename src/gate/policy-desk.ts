/**
 * Changes of policy in chat: one operator wants one, another one agrees, and then it stands in `policy.yaml`.
 *
 * A change is checked like `countersign policy check` does, over the whole file as it would be, and shown with what it
 * would have decided otherwise. It is agreed to for exactly the file that it was made for. The agreement is durable
 * before the file is written; every process whose file is one that led to it writes it, however long it was away, and
 * before it listens to anybody. So a file that comes back with a restart or a restore brings no replaced rules back.
 * A file that people made since is theirs: what stands in it is taken up like any other change of it. Where the change
 * cannot stand, operators are told.
 */
import type { Clock } from '../core/clock.ts';
import { AppError, describeError } from '../core/errors.ts';
import { sha256 } from '../core/hash.ts';
import { newNonce } from '../core/ids.ts';
import type { Logger } from '../core/logger.ts';
import type { Redactor } from '../core/redact.ts';
import { findSuspicious } from '../core/visible-text.ts';
import type { EventDraft } from '../ledger/fold.ts';
import type { SmallStream } from '../ledger/small-stream.ts';
import type { People, Person } from '../people/person.ts';
import { changePolicyText, describeLineChange } from './edit-policy.ts';
import type { ChangedPolicy, PolicyChange } from './edit-policy.ts';
import { findUnanswerable } from './find-unanswerable.ts';
import { isOperator, reachableOperators } from './people-desk.ts';
import type { DeskAnswer } from './people-desk.ts';
import type { Policy } from './policy.ts';
import type { PolicyChangeState, WantedChange } from './policy-change-state.ts';

/** The operator's own `policy.yaml`; undefined while the shipped one is in force. */
export interface PolicyFile {
  readonly name: string;
  /** Throws when it cannot be read. */
  read(): string;
  /** When it was last written. Throws when it cannot be told. */
  writtenAt(): number;
  /** What would keep a text from being put there, as a sentence. */
  findWriteFault(): string | undefined;
  /** Puts a whole text in its place at once; throws what keeps it from that. */
  write(text: string): void;
}

export interface PolicyDeskOptions {
  /** The same that the gate reads. */
  readonly changes: SmallStream<PolicyChangeState>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly redact: Redactor;
  readonly file: PolicyFile | undefined;
  /** The machine that keeps it, for people. */
  readonly machine: string;
  /** Throws `policy.invalid` with every mistake. */
  parse(text: string): Policy;
  policy(): Policy;
  people(): People;
  /** Recorded calls under another policy, in words. */
  replay(policy: Policy): Promise<string>;
  /** Tells the operators, but one, in direct messages. */
  tell(text: string, except?: string): void;
  /** The file was written: it is to be looked at now. */
  onWritten(): Promise<void>;
}

export interface PolicyDesk {
  /** What waits for a second operator. */
  wanted(): Promise<readonly WantedChange[]>;
  propose(person: Person, change: PolicyChange): Promise<DeskAnswer>;
  settle(person: Person, id: string, isAgreed: boolean): Promise<DeskAnswer>;
  /**
   * Writes what was agreed to elsewhere, or while this process was away. True when it wrote. What operators must know is
   * told at the next call once there is somebody to tell them.
   */
  catchUp(when?: { readonly isStarting: true }): Promise<boolean>;
}

/** Other processes write it within seconds; whoever writes it later finds a file that came back. */
const writtenWithinMs = 60_000;
/** What fits on a card with its buttons, on every surface. */
const longestShown = 1_800;

export function createPolicyDesk(options: PolicyDeskOptions): PolicyDesk {
  const { clock, file, logger } = options;
  const stream = options.changes;
  /** What this process has said that it cannot write: tried again, and never said a second time. */
  const failed = new Set<string>();
  /** What operators are to read once the platforms are there. */
  const untold: string[] = [];

  /** Appends what `decide` wants and answers with what it said last. */
  async function change(
    by: string,
    decide: (state: PolicyChangeState) => DeskAnswer & { readonly event?: EventDraft },
  ): Promise<DeskAnswer> {
    let answer: DeskAnswer = no('');
    await stream.append(by, (state) => {
      const { event, ...said } = decide(state);
      answer = said;
      return event === undefined ? [] : [event];
    });
    return answer;
  }

  /** The change as it would stand in the file, or why it cannot, for whoever wants it. */
  function tryOut(
    text: string,
    wanted: PolicyChange,
  ): { readonly changed: ChangedPolicy; readonly policy: Policy } | { readonly fault: string } {
    try {
      const changed = changePolicyText(text, wanted);
      const policy = options.parse(changed.text);
      const unanswerable = findUnanswerable(policy, options.people()).filter(
        (problem) => !knownProblems().has(withoutLine(problem)),
      );
      return unanswerable.length === 0 ? { changed, policy } : { fault: unanswerable.join('\n') };
    } catch (error) {
      if (error instanceof AppError && error.code === 'policy.invalid') return { fault: error.message };
      throw error;
    }
  }

  /** What the file in force suffers from already keeps nobody from changing something else. */
  function knownProblems(): ReadonlySet<string> {
    return new Set(findUnanswerable(options.policy(), options.people()).map(withoutLine));
  }

  /** Writes the agreed change, if the file is one that led to it. */
  async function write(by: string): Promise<{ readonly isWritten: boolean; readonly why?: string }> {
    const { agreed, replaced = [] } = stream.known();
    if (agreed === undefined) return { isWritten: false };
    const { id, text, next } = agreed;
    let why: string | undefined;
    let isMissed = true;
    try {
      if (file === undefined)
        throw new AppError('config.invalid', 'the policy that ships is in force there, with no file');
      const now = sha256(file.read());
      if (now === next) return { isWritten: true };
      if (replaced.includes(now)) {
        if (text === undefined || sha256(text) !== next)
          throw new AppError('config.invalid', 'its text is not there any more');
        options.parse(text);
        file.write(text);
      } else {
        // Written after the agreement, it is somebody's later word; before it, the change never stood in it.
        isMissed = file.writtenAt() < agreed.agreedAt;
        why = `${file.name} there is not the file that it was made for`;
      }
    } catch (error) {
      why = describeError(error);
    }
    if (why !== undefined) {
      if (failed.has(id)) return { isWritten: false, why };
      failed.add(id);
      logger[isMissed ? 'error' : 'info']('policy.not-written', { change: id, why });
      if (!isMissed) return { isWritten: false, why };
      const event: EventDraft = { kind: 'policy.not-written', v: 1, data: { id }, texts: { why } };
      await stream.append(by, () => [event]);
      if (by === 'bot')
        untold.push(
          `The change of policy that was agreed to, ${agreed.about}, is not in force on ${options.machine}: ${why}. What stood there stays in force there. Make the rules the same on every machine.`,
        );
      return { isWritten: false, why };
    }
    await stream.append(by, () => [{ kind: 'policy.written', v: 1, data: { id, sha256: next } }]);
    logger.info('policy.written', { change: id });
    if (agreed.isWritten && clock.now().getTime() > agreed.agreedAt + writtenWithinMs)
      untold.push(
        `${file?.name ?? ''} on ${options.machine} was one from before the change of policy that was agreed to, ${agreed.about}, so I have written that there again. To go back, change it here in chat, or make another file of it.`,
      );
    await options.onWritten();
    return { isWritten: true };
  }

  return {
    wanted: async () => (await stream.read()).wanted,

    async propose(person, wanted) {
      const refused = whyNotHere(person);
      if (refused !== undefined || file === undefined) return no(refused ?? '');
      const others = reachableOperators(options.people()).filter(({ id }) => id !== person.id);
      if (others.length === 0)
        return no(
          `Nobody could agree to it: you are the only operator, and a change of policy in chat needs a second one. Change ${file.name} itself, or add an operator with \`people add\`.`,
        );
      const text = readOr(file);
      const fault = text instanceof AppError ? text.message : file.findWriteFault();
      if (text instanceof AppError || fault !== undefined)
        return no(`I cannot change the file: ${fault ?? ''} Nothing has changed, and nobody was asked.`);
      const tried = tryOut(text, wanted);
      if ('fault' in tried) return no(`This would not be a policy; nothing has changed:\n${tried.fault}`);
      const { changed, policy } = tried;
      if (policy.digest === options.policy().digest)
        return no('That changes nothing: the rules are like that.');
      const difference = describeLineChange(changed);
      if (difference.length > longestShown)
        return no(
          `That is too long for a card to show whole, so nobody could agree to it. Change ${file.name} itself.`,
        );
      const suspicious = difference.split('\n').flatMap((line) => findSuspicious(line.slice(1).trim()));
      if (suspicious.length > 0)
        return no(`Nobody could see what that is: its text ${suspicious.join('; ')}.`);
      if (options.redact(changed.text) !== changed.text)
        return no('It holds a secret or a card number, or what stands for one. Nothing has changed.');
      const effect = await options.replay(policy);
      const id = `rules_${newNonce()
        .replace(/[^0-9a-z]/giu, '')
        .toLowerCase()}`;
      const data = { id, base: sha256(text), next: sha256(changed.text), about: changed.about };
      const texts = { file: changed.text, difference, effect };
      const answer = await change(person.id, () => ({
        isDone: false,
        text: [
          `Asked for, ${changed.about}:`,
          fenced(difference),
          effect,
          'It is in force once a second operator agrees; the others have been told.',
        ].join('\n'),
        event: { kind: 'policy.proposed', v: 1, data, texts },
      }));
      options.tell(
        `${person.name} wants a change of policy, ${changed.about}:\n${fenced(difference)}\nIt waits for a second operator: \`/countersign policy changes\`.`,
        person.id,
      );
      return answer;
    },

    async settle(person, id, isAgreed) {
      let settled: WantedChange | undefined;
      const answer = await change(person.id, (state) => {
        settled = undefined;
        const refused = whyNotHere(person);
        if (refused !== undefined) return no(refused);
        const found = state.wanted.find((entry) => entry.id === id);
        if (found === undefined) return no('This was settled before, or was taken back.');
        settled = found;
        if (!isAgreed)
          return {
            isDone: true,
            text: `Turned down: the change of ${found.about}. Nothing has changed.`,
            event: { kind: 'policy.turned-down', v: 1, data: { id } },
          };
        if (found.by === person.id) return no('You asked for this, so another operator agrees to it.');
        const stale = whyStale(found);
        if (stale !== undefined)
          return {
            ...no(`${stale} Nothing has changed; ask for it again.`),
            event: { kind: 'policy.outdated', v: 1, data: { id }, texts: { why: stale } },
          };
        return {
          isDone: true,
          text: `Done: ${found.about} is changed, and in force.`,
          event: { kind: 'policy.confirmed', v: 1, data: { id } },
        };
      });
      if (!answer.isDone || settled === undefined) return answer;
      if (!isAgreed) {
        tellOf(settled, `${person.name} turned down`, 'Nothing has changed.', person);
        return answer;
      }
      const { isWritten, why } = await write(person.id);
      const became = isWritten
        ? 'It is in force.'
        : 'The file could not be written yet, so nothing has changed.';
      tellOf(settled, `${person.name} agreed to`, became, person);
      return isWritten
        ? answer
        : no(
            `You agreed, but the file could not be written: ${why ?? 'it is not there'}. What was in force stays in force until then: mend it, and I write it by myself.`,
          );
    },

    async catchUp(when) {
      await stream.read();
      const { isWritten } = await write('bot');
      if (when === undefined) for (const text of untold.splice(0)) options.tell(text);
      return isWritten;
    },
  };

  /** Whoever wanted it, and the operators who were told that it waits, read what became of it. */
  function tellOf(wanted: WantedChange, did: string, became: string, by: Person): void {
    const author = options.people().findPerson(wanted.by)?.name ?? wanted.by;
    options.tell(`${did} the change of policy that ${author} wanted, ${wanted.about}. ${became}`, by.id);
  }

  function whyNotHere(person: Person): string | undefined {
    if (!isOperator(options.people(), person)) return 'Only operators can do that. Nothing has changed.';
    if (file === undefined)
      return 'The policy that ships is in force. Put one of your own into the working folder first, with `countersign init`, and start again.';
    return undefined;
  }

  function whyStale(found: WantedChange): string | undefined {
    const author = options.people().findPerson(found.by);
    if (author === undefined || !isOperator(options.people(), author))
      return 'Whoever asked for this is no operator any more.';
    if (found.text === undefined || sha256(found.text) !== found.next)
      return 'What was asked for is not there any more.';
    try {
      if (file === undefined || sha256(file.read()) !== found.base)
        return 'The file has changed since this was asked for.';
      options.parse(found.text);
      return undefined;
    } catch (error) {
      return `It cannot be put in force: ${describeError(error)}`;
    }
  }
}

/** The text, or why it cannot be read. */
function readOr(file: PolicyFile): string | AppError {
  try {
    return file.read();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

function withoutLine(problem: string): string {
  return problem.replace(/^[^:]*:\d+: /u, '');
}

function fenced(text: string): string {
  return `\`\`\`\n${text.replaceAll('```', "'''")}\n\`\`\``;
}

function no(text: string): DeskAnswer {
  return { isDone: false, text };
}
