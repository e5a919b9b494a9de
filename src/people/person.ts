/** Who is who: persons, their accounts and roles, and which channels they see. Read from `people.yaml`. */
import type { ActorId, ChannelId } from '../core/ids.ts';

export interface Person {
  readonly id: ActorId;
  readonly name: string;
  readonly roles: readonly string[];
  /** `T01/U02`: workspace and user. */
  readonly slack: readonly string[];
  readonly discord: readonly string[];
  /** SHA-256 (hex) of each bearer token. */
  readonly tokenSha256: readonly string[];
}

export interface Role {
  readonly name: string;
  readonly slackGroups: readonly string[];
  readonly discordRoles: readonly string[];
}

export interface ConsoleChannel {
  /** `console:board`. */
  readonly id: ChannelId;
  readonly name: string;
  readonly isPrivate: boolean;
  /** Empty unless private. */
  readonly members: readonly ActorId[];
}

/** Somebody who is away, and who decides for him meanwhile. */
export interface Absence {
  readonly person: ActorId;
  /** In ms since 1970. */
  readonly until: number;
  readonly delegate?: ActorId;
}

/** A frozen picture of `people.yaml`. */
export interface People {
  /** True for the four demonstration persons of a first start. */
  readonly isDemonstration: boolean;
  readonly persons: readonly Person[];
  /** Every role that a person holds or the file describes. */
  readonly roles: readonly Role[];
  readonly channels: readonly ConsoleChannel[];
  /** Who is away at this moment. */
  readonly absences: readonly Absence[];
  findPerson(id: string): Person | undefined;
  /** The person of a platform account: `T01/U02` on Slack, the user id on Discord. */
  findByAccount(platform: 'slack' | 'discord', account: string): Person | undefined;
  /** The person of a bearer token; compared by hash. */
  findByToken(token: string): Person | undefined;
  findRole(name: string): Role | undefined;
  /** Persons that a list of role names and person ids stands for, each once. An empty list is nobody. */
  expand(rolesOrPersons: readonly string[]): readonly Person[];
  /** True when the person may read the channel. An unknown channel is readable by nobody. */
  canRead(person: ActorId, channel: ChannelId): boolean;
}
