/** Who is who: by the file, by what operators added in chat, by linked accounts, and by the platforms' groups. */
import type { ChatAdapter } from './chat/adapter.ts';
import type { Clock } from './core/clock.ts';
import { describeError } from './core/errors.ts';
import type { ActorId } from './core/ids.ts';
import type { Logger } from './core/logger.ts';
import { createAbsenceDesk } from './gate/absence-desk.ts';
import type { AbsenceDesk } from './gate/absence-desk.ts';
import { createAccountLinks } from './gate/account-links.ts';
import type { AccountLinks } from './gate/account-links.ts';
import { createPeopleDesk } from './gate/people-desk.ts';
import type { PeopleDesk } from './gate/people-desk.ts';
import type { LedgerStore } from './ledger/store.ts';
import { createGroupMembers } from './people/group-members.ts';
import type { People } from './people/person.ts';

export interface PeopleSetup {
  readonly desk: PeopleDesk;
  readonly links: AccountLinks;
  readonly absences: AbsenceDesk;
  /** Without roles that only a group gives. */
  named(): People;
  /** With groups as they were looked up last. */
  now(): People;
  /** Reads what other processes changed; true when somebody can do more, or less, than before. */
  readChanges(): Promise<boolean>;
  /** Reads what other processes changed, and looks up the groups of these persons. */
  refreshRoles(persons: readonly ActorId[]): Promise<void>;
  /** Looks up all groups, in the background. */
  lookUpGroups(): void;
}

export interface PeopleSetupOptions {
  readonly ledger: LedgerStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** By the file alone. */
  filed(): People;
  adapters(): readonly ChatAdapter[];
  /** Tells the operators but one. */
  tell(text: string, except: string): void;
  /** Somebody can do more, or less, than before. */
  onChanged(): void;
}

export async function createPeopleSetup(options: PeopleSetupOptions): Promise<PeopleSetup> {
  const { ledger, clock, logger, filed, tell, onChanged } = options;
  const desk = createPeopleDesk({ ledger, clock, named: filed, tell, onChanged });
  const withAdded = (): People => desk.over(filed());
  const links = createAccountLinks({ ledger, clock, named: withAdded });
  const absences = createAbsenceDesk({ ledger, clock, onChanged });
  const named = (): People => absences.over(links.over(withAdded()));
  const groups = createGroupMembers({
    clock,
    directoryOf: (platform) => options.adapters().find(({ name }) => name === platform)?.groups,
    onFailure(platform, group, error) {
      logger.warn('groups.not-read', { platform, group, why: describeError(error) });
    },
  });
  const read = (): Promise<unknown> => Promise.all([links.read(), desk.read(), absences.read()]);
  await read();
  return {
    desk,
    links,
    absences,
    named,
    async readChanges() {
      const changes = await Promise.all([desk.read(), absences.read()]);
      return changes.includes(true);
    },
    now: () => groups.withGroups(named()),
    async refreshRoles(persons) {
      await read();
      await groups.refresh(named(), persons);
    },
    lookUpGroups: () => void groups.refreshAll(named()),
  };
}
