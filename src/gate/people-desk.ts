/**
 * Who is who, changed in chat: the first operator by a one-time code, others by operators.
 *
 * While nobody is an operator, the process shows a code where only whoever runs it reads it. It works once, for an
 * hour, and wrong ones are counted over all processes and restarts. From then on an operator's addition waits for a
 * second operator, as soon as there is one; taking somebody away counts at once. What `people.yaml` says is changed
 * there alone.
 */
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { sha256 } from '../core/hash.ts';
import { asActorId, newNonce } from '../core/ids.ts';
import type { EventDraft } from '../ledger/fold.ts';
import type { LedgerStore } from '../ledger/store.ts';
import { withPerson } from '../people/edit-people.ts';
import type { People, Person } from '../people/person.ts';
import { idOfName } from '../people/person-id.ts';
import { withMembers } from '../people/with-members.ts';
import { openMemberStream } from './member-state.ts';
import type { MemberChange, MemberState, ProposedChange } from './member-state.ts';

export interface SetupAccount {
  /** `console` has no accounts: whoever enters the code there gets a token. */
  readonly platform: 'slack' | 'discord' | 'console';
  readonly account: string;
}

export interface DeskAnswer {
  readonly isDone: boolean;
  readonly text: string;
  /** For the console, shown once. */
  readonly token?: string;
}

export interface PeopleDesk {
  /** The people of the file with those added in chat, as last read. */
  over(people: People): People;
  /** Reads what other processes added; true when somebody was. */
  read(): Promise<boolean>;
  /** True while nobody who can reach the bot is an operator. */
  needsOperator(): boolean;
  /** A new code for the first operator; undefined when there is one. */
  offerCode(): Promise<string | undefined>;
  /** «<code> <name>» from an account: makes its owner the first operator. */
  setUp(from: SetupAccount, typed: string): Promise<DeskAnswer>;
  add(person: Person, change: MemberChange): Promise<DeskAnswer>;
  /** A second operator agrees to what another one wants, or turns it down. */
  settle(person: Person, id: string, isAgreed: boolean): Promise<DeskAnswer>;
  remove(person: Person, who: string): Promise<DeskAnswer>;
  /** A token for oneself, shown once. */
  makeToken(person: Person): Promise<DeskAnswer>;
  proposed(): readonly ProposedChange[];
}

export interface PeopleDeskOptions {
  readonly ledger: LedgerStore;
  readonly clock: Clock;
  /** People by the file alone. */
  named(): People;
  /** Tells the operators but one, in direct messages. */
  tell(text: string, except: string): void;
  /** Somebody can do more, or less, than before. */
  onChanged(): void;
}

const codeForMs = 60 * 60_000;
const missesFromOne = 5;
const missesInAll = 50;

export function createPeopleDesk(options: PeopleDeskOptions): PeopleDesk {
  const { clock } = options;
  const stream = openMemberStream(options.ledger);
  let shown: { readonly of: People; readonly state: MemberState; readonly people: People } | undefined;
  const now = (): number => clock.now().getTime();

  function over(people: People): People {
    const state = stream.known();
    if (shown?.of !== people || shown.state !== state)
      shown = { of: people, state, people: withMembers(people, state.members) };
    return shown.people;
  }

  const peopleIn = (state: MemberState): People => withMembers(options.named(), state.members);

  /** Appends what `decide` wants and answers with what it said last. */
  async function change(
    by: string,
    decide: (state: MemberState) => DeskAnswer & { readonly events?: readonly EventDraft[] },
  ): Promise<DeskAnswer> {
    let answer: DeskAnswer = { isDone: false, text: '' };
    await stream.append(by, (state) => {
      const { events = [], ...said } = decide(state);
      answer = said;
      return events;
    });
    if (answer.isDone) options.onChanged();
    return answer;
  }

  return {
    over,
    async read() {
      const before = stream.known().members;
      return (await stream.read()).members !== before;
    },
    needsOperator: () => needsOperator(over(options.named())),
    proposed: () => stream.known().proposed,

    async offerCode() {
      const code = newNonce();
      const { isDone } = await change('bot', (state) => {
        const isWanted = needsOperator(peopleIn(state));
        const data = { code: sha256(code), until: now() + codeForMs };
        return {
          isDone: isWanted,
          text: '',
          events: isWanted ? [{ kind: 'setup.offered', v: 1, data }] : [],
        };
      });
      return isDone ? code : undefined;
    },

    setUp({ platform, account }, typed) {
      const [code = '', ...rest] = typed.trim().split(/\s+/u);
      const from = `${platform} ${account}`.trim();
      const token = platform === 'console' ? newToken() : undefined;
      return change(from, (state) => {
        const people = peopleIn(state);
        if (!needsOperator(people)) return no('There is an operator already: ask him to add you.');
        const since = now() - codeForMs;
        const misses = state.misses.filter(({ at }) => at > since);
        const own = misses.filter((miss) => miss.from === from).length;
        if (own >= missesFromOne * (platform === 'console' ? 4 : 1) || misses.length >= missesInAll)
          return no('Too many wrong codes. Wait an hour, then make a new one: `countersign people code`.');
        const hash = sha256(code);
        if (!state.codes.some((entry) => entry.code === hash && entry.until > now()))
          return {
            ...no(
              'This code is not known, was used before, or is older than an hour. The bot prints one when it starts, and `countersign people code` prints another.',
            ),
            events: [{ kind: 'setup.missed', v: 1, data: { from } }],
          };
        const owner = platform === 'console' ? undefined : people.findByAccount(platform, account);
        const name = rest.join(' ');
        if (owner === undefined && name === '')
          return no('Write your name behind the code: `setup <code> <your name>`. The code still works.');
        const wanted: MemberChange = {
          person: owner?.id ?? asActorId(freeId(people, name)),
          ...(owner === undefined && { name }),
          roles: ['operator'],
          slack: platform === 'slack' ? [account] : [],
          discord: platform === 'discord' ? [account] : [],
          tokenSha256: token === undefined ? [] : [sha256(token)],
        };
        const fault = faultOf(people, wanted);
        if (fault !== undefined) return no(fault);
        return {
          isDone: true,
          text: [
            `You are the first operator, ${owner?.name ?? name}.`,
            `You cannot approve what you ask for yourself: add others, for instance \`/countersign people add ben ${exampleAccount(platform, account)}role approver name Ben\`, or in people.yaml.`,
          ].join(' '),
          ...(token !== undefined && { token }),
          events: [{ kind: 'setup.done', v: 1, ...draftOf(wanted) }],
        };
      });
    },

    add: (person, wanted) =>
      change(person.id, (state) => {
        const people = peopleIn(state);
        if (!isOperator(people, person)) return no(onlyOperators);
        const fault = faultOf(people, wanted);
        if (fault !== undefined) return no(fault);
        const what = describeChange(wanted, people);
        if (reachableOperators(people).every(({ id }) => id === person.id))
          return {
            isDone: true,
            text: `Done: ${what}. You are the only operator, so it counts at once.`,
            events: [{ kind: 'person.added', v: 1, ...draftOf(wanted) }],
          };
        const id = `change_${newNonce()
          .replace(/[^0-9a-z]/giu, '')
          .toLowerCase()}`;
        const { data, texts } = draftOf(wanted);
        options.tell(
          `${person.name} wants a change of who is who: ${what}. It waits for a second operator: \`/countersign people\`.`,
          person.id,
        );
        return {
          isDone: false,
          text: `Asked for: ${what}. It counts once a second operator agrees; the others have been told.`,
          events: [{ kind: 'person.proposed', v: 1, data: { ...data, id }, ...(texts && { texts }) }],
        };
      }),

    settle: (person, id, isAgreed) =>
      change(person.id, (state) => {
        const people = peopleIn(state);
        const found = state.proposed.find((entry) => entry.id === id);
        if (!isOperator(people, person)) return no(onlyOperators);
        if (found === undefined) return no('This was settled before, or was taken back.');
        if (!isAgreed)
          return {
            isDone: true,
            text: `Turned down: ${describeChange(found.change, people)}.`,
            events: [{ kind: 'person.turned-down', v: 1, data: { id } }],
          };
        if (found.by === person.id) return no('You asked for this, so another operator agrees to it.');
        if (found.change.person === person.id)
          return no('It is about you, so another operator agrees to it.');
        const fault = faultOf(people, found.change);
        if (fault !== undefined) return no(fault);
        return {
          isDone: true,
          text: `Done: ${describeChange(found.change, people)}.`,
          events: [{ kind: 'person.confirmed', v: 1, data: { id } }],
        };
      }),

    remove: (person, who) =>
      change(person.id, (state) => {
        const people = peopleIn(state);
        if (!isOperator(people, person)) return no(onlyOperators);
        const member = state.members.find((entry) => entry.person === who);
        if (member === undefined)
          return no(
            people.findPerson(who) === undefined
              ? `There is no ${who}.`
              : `${who} stands in people.yaml: take him out there.`,
          );
        const others = { ...state, members: state.members.filter((entry) => entry !== member) };
        if (needsOperator(peopleIn(others))) return no('Then nobody would be an operator any more.');
        return {
          isDone: true,
          text: `${member.name ?? who} is no longer known by what was added in chat. What people.yaml says of him stays.`,
          events: [{ kind: 'person.removed', v: 1, data: { person: who } }],
        };
      }),

    makeToken(person) {
      const token = newToken();
      return change(person.id, (state) => {
        if (options.named().isDemonstration) return no('In the demonstration everybody has a token already.');
        if (peopleIn(state).findPerson(person.id) === undefined) return no('You are not known any more.');
        const wanted: MemberChange = { ...nothing(person.id), tokenSha256: [sha256(token)] };
        return {
          isDone: true,
          text: 'Your token for the console, shown only now. Whoever has it acts as you.',
          token,
          events: [{ kind: 'person.added', v: 1, ...draftOf(wanted) }],
        };
      });
    },
  };
}

const onlyOperators = 'Only operators can do that. Nothing has changed.';

/** What whoever runs the bot reads beside a code. */
export function howToSetUp(code: string): string {
  return `Become the first operator within an hour, on Slack, Discord or the page where one signs in: /countersign setup ${code} <your name>`;
}

/** For the console and the HTTP interface; shown once. */
export function newToken(): string {
  return `cs_${newNonce()}${newNonce()}`;
}

export function nothing(person: string): MemberChange {
  return { person: asActorId(person), roles: [], slack: [], discord: [], tokenSha256: [] };
}

/** How somebody else of the same platform is named; on the console nobody has an account. */
function exampleAccount(platform: SetupAccount['platform'], account: string): string {
  switch (platform) {
    case 'slack':
      return `slack ${account.slice(0, account.indexOf('/'))}/U… `;
    case 'discord':
      return 'discord <his id> ';
    case 'console':
      return '';
    default:
      return platform satisfies never;
  }
}

function no(text: string): DeskAnswer {
  return { isDone: false, text };
}

/** Holds the role `operator`, and is somebody by now. */
export function isOperator(people: People, person: Person): boolean {
  return person.roles.includes('operator') && people.findPerson(person.id) !== undefined;
}

/** An operator without an account and without a token cannot do anything. */
export function reachableOperators(people: People): readonly Person[] {
  return people
    .expand(['operator'])
    .filter(({ slack, discord, tokenSha256 }) => slack.length + discord.length + tokenSha256.length > 0);
}

function needsOperator(people: People): boolean {
  if (people.isDemonstration) return false;
  const role = people.findRole('operator');
  const isByGroup = role !== undefined && role.slackGroups.length + role.discordRoles.length > 0;
  return !isByGroup && reachableOperators(people).length === 0;
}

/** Why this cannot be added; the rules of `people.yaml` hold here too. */
function faultOf(people: People, change: MemberChange): string | undefined {
  const known = people.findPerson(change.person);
  for (const platform of ['slack', 'discord'] as const)
    for (const account of change[platform]) {
      const owner = people.findByAccount(platform, account);
      if (owner !== undefined && owner.id !== change.person)
        return `${platform} ${account} belongs to ${owner.name} already.`;
    }
  try {
    withPerson(undefined, { ...change, id: change.person, name: change.name ?? known?.name ?? '' }, 'people');
    return undefined;
  } catch (error) {
    if (error instanceof AppError && error.code === 'people.invalid') return error.message;
    throw error;
  }
}

function freeId(people: People, name: string): string {
  const base = idOfName(name);
  for (let count = 1; ; count += 1) {
    const id = count === 1 ? base : `${base.slice(0, 36)}-${String(count)}`;
    if (people.findPerson(id) === undefined) return id;
  }
}

function draftOf(change: MemberChange): Pick<EventDraft, 'data' | 'texts'> {
  const { person, name, roles, slack, discord, tokenSha256 } = change;
  return {
    data: {
      person,
      roles: [...roles],
      slack: [...slack],
      discord: [...discord],
      tokenSha256: [...tokenSha256],
    },
    ...(name !== undefined && { texts: { name } }),
  };
}

export function describeChange(change: MemberChange, people: People): string {
  const known = people.findPerson(change.person);
  const parts = [
    ...change.roles.map((role) => `role ${role}`),
    ...change.slack.map((account) => `Slack ${account}`),
    ...change.discord.map((account) => `Discord ${account}`),
  ];
  const name = change.name ?? known?.name ?? change.person;
  const what = parts.length === 0 ? 'known' : parts.join(', ');
  return `${name} (${change.person}) ${known === undefined ? 'is new' : 'gets'}: ${what}`;
}
