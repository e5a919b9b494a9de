/**
 * Accounts that people link to themselves: asked for with one account, confirmed with the other by a one-time code.
 *
 * One person with two accounts is one person: who asked cannot approve with the other, and two presses are one vote.
 * The stream `people/links` holds only the code's hash. A code works once, for ten minutes, for one account.
 */
import type { Clock } from '../core/clock.ts';
import { sha256 } from '../core/hash.ts';
import { asActorId, newNonce } from '../core/ids.ts';
import type { ActorId } from '../core/ids.ts';
import type { EventDraft, FoldedEvent } from '../ledger/fold.ts';
import { createSmallStream, numberField, textField } from '../ledger/small-stream.ts';
import type { LedgerStore } from '../ledger/store.ts';
import type { People, Person } from '../people/person.ts';
import { withLinks } from '../people/with-links.ts';
import type { LinkedAccount } from '../people/with-links.ts';

const linksStream = 'people/links';
const codeForMs = 10 * 60_000;

interface LinksState {
  /** The latest code of each person; an earlier one is void. */
  readonly offers: readonly { readonly code: string; readonly person: ActorId; readonly until: number }[];
  readonly links: readonly LinkedAccount[];
}

export interface AccountLinks {
  /** The people of the file with what is linked, as last read. */
  over(people: People): People;
  /** Reads what other processes linked and took back. */
  read(): Promise<unknown>;
  /** A new code for this person, to be entered with another account. */
  offer(person: Person): Promise<string>;
  /** Links the account that enters the code; answers what its owner reads. */
  confirm(people: People, from: Omit<LinkedAccount, 'person'>, code: string): Promise<string>;
  /** Takes a link back: an operator, or whose it is. */
  remove(person: Person, from: Omit<LinkedAccount, 'person'>): Promise<string>;
  list(person: Person): Promise<readonly LinkedAccount[]>;
}

export function createAccountLinks(options: {
  readonly ledger: LedgerStore;
  readonly clock: Clock;
  /** People by the file alone. */
  named(): People;
}): AccountLinks {
  const stream = createSmallStream({
    store: options.ledger,
    stream: linksStream,
    empty: { offers: [], links: [] },
    fold: foldLinks,
  });
  let shown: { readonly of: People; readonly state: LinksState; readonly people: People } | undefined;
  const nameOf = (id: string): string => options.named().findPerson(id)?.name ?? id;

  return {
    over(people) {
      const state = stream.known();
      if (shown?.of !== people || shown.state !== state)
        shown = { of: people, state, people: withLinks(people, state.links) };
      return shown.people;
    },
    read: () => stream.read(),

    async offer(person) {
      const code = newNonce();
      const until = options.clock.now().getTime() + codeForMs;
      await stream.append(person.id, () => [
        { kind: 'link.offered', v: 1, data: { person: person.id, code: sha256(code), until } },
      ]);
      return code;
    },

    async confirm(people, { platform, account }, code) {
      const owner = people.findByAccount(platform, account);
      if (owner !== undefined) return `This account belongs to ${owner.name} already. Nothing was linked.`;
      const hash = sha256(code.trim());
      let text = 'This code is not known, was used before, or is older than ten minutes. Ask for a new one.';
      await stream.append(`${platform} ${account}`, (state): readonly EventDraft[] => {
        const offer = state.offers.find((entry) => entry.code === hash);
        const isTaken = state.links.some((link) => isSame(link, { platform, account }));
        if (offer === undefined || offer.until <= options.clock.now().getTime() || isTaken) return [];
        const { person } = offer;
        text = `Linked: this account and the one that asked are both ${nameOf(person)}, one person with one vote.`;
        return [{ kind: 'link.made', v: 1, data: { person, platform, account, code: hash } }];
      });
      return text;
    },

    async remove(person, from) {
      let text = 'There is no such link.';
      await stream.append(person.id, (state): readonly EventDraft[] => {
        const link = state.links.find((entry) => isSame(entry, from));
        const isAllowed = link?.person === person.id || person.roles.includes('operator');
        if (link === undefined || !isAllowed) return [];
        text = `${from.platform} ${from.account} is no longer ${nameOf(link.person)}.`;
        return [{ kind: 'link.removed', v: 1, data: { ...from, by: person.id } }];
      });
      return text;
    },

    async list(person) {
      const { links } = await stream.read();
      return person.roles.includes('operator') ? links : links.filter((link) => link.person === person.id);
    },
  };
}

function isSame(link: LinkedAccount, { platform, account }: Omit<LinkedAccount, 'person'>): boolean {
  return link.platform === platform && link.account === account;
}

function foldLinks(state: LinksState, event: FoldedEvent): LinksState {
  if (event.v !== 1) return state;
  switch (event.kind) {
    case 'link.offered': {
      const person = asActorId(textField(event, 'person'));
      const offer = { person, code: textField(event, 'code'), until: numberField(event, 'until') };
      return { ...state, offers: [...state.offers.filter((entry) => entry.person !== person), offer] };
    }
    case 'link.made': {
      const link = { person: asActorId(textField(event, 'person')), ...accountOf(event) };
      const code = textField(event, 'code');
      return {
        offers: state.offers.filter((entry) => entry.code !== code),
        links: [...state.links.filter((entry) => !isSame(entry, link)), link],
      };
    }
    case 'link.removed': {
      const account = accountOf(event);
      return { ...state, links: state.links.filter((entry) => !isSame(entry, account)) };
    }
    // What a newer version writes here does not concern this one.
    default:
      return state;
  }
}

function accountOf(event: FoldedEvent): Omit<LinkedAccount, 'person'> {
  const platform = textField(event, 'platform') === 'slack' ? 'slack' : 'discord';
  return { platform, account: textField(event, 'account') };
}
