/** A person's accounts on one platform; none where there are no accounts, as on the console. Pure. */
import type { Person } from './person.ts';

export function accountsOn(person: Person, platform: string): readonly string[] {
  switch (platform) {
    case 'slack':
      return person.slack;
    case 'discord':
      return person.discord;
    default:
      return [];
  }
}
