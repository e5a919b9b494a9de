/** The pages that only look: the overview, search, who is who, the rules in force, and the ledgers. */
import type { Person } from '../../people/person.ts';
import { listLedgers } from './list-ledgers.ts';
import { listPeople } from './list-people.ts';
import type { LookOptions } from './look-options.ts';
import type { LedgersJson, OverviewJson, PeopleJson, PolicyJson, SearchJson } from './look-shapes.ts';
import { readOverview } from './read-overview.ts';
import { readPolicy } from './read-policy.ts';
import { searchRuns } from './search-runs.ts';

/** Every answer is limited to what its asker may see. */
export interface LookDesk {
  overview(person: Person): Promise<OverviewJson>;
  /** Runs whose request or answer holds every word. */
  search(person: Person, words: string): Promise<SearchJson>;
  people(): PeopleJson;
  policy(): PolicyJson;
  ledgers(person: Person, cursor?: string): Promise<LedgersJson>;
}

export function createLookDesk(options: LookOptions): LookDesk {
  return {
    overview: (person) => readOverview(options, person),
    search: (person, words) => searchRuns(options, person, words),
    people: () => listPeople(options.people(), options.policy()),
    policy: () => readPolicy(options.policy(), options.people()),
    ledgers: (person, cursor) => listLedgers(options, person, cursor),
  };
}
