/**
 * What stands in a database that a store is to be moved to, and whether this user may write there. Changes nothing.
 *
 * Collections of others under other names are left alone and told; anything under our names that is not this very store
 * on its way is refused.
 */
import { AppError } from '../../core/errors.ts';
import type { TargetSeen } from '../moving.ts';
import type { MongoDatabase } from './database.ts';
import { collectionNames } from './documents.ts';
import { codeOf, explain } from './refusals.ts';

export interface MoveProgress {
  readonly isFinished: boolean;
  readonly done: Readonly<Record<string, number>>;
}

export const progressKey = 'migration';
const setting = '--to';
/** Makes collections and indexes, reads and writes. */
const neededActions = ['find', 'insert', 'update', 'remove', 'createIndex'];

/** Throws `config.invalid` unless the database can take the store of this organisation, from its beginning or further. */
export async function lookAtTarget(
  database: MongoDatabase,
  options: { readonly uri: string; readonly organisation: string },
): Promise<TargetSeen> {
  try {
    const standing = await findStanding(database, options.organisation);
    const mayWrite = await mayWriteTo(database);
    const others = (await database.listCollections().catch(() => []))
      .filter((name) => !collectionNames.some((ours) => ours === name) && !name.startsWith('system.'))
      .toSorted();
    return { ...standing, mayWrite, others };
  } catch (cause) {
    throw cause instanceof AppError ? cause : explain(cause, options.uri, setting);
  }
}

async function findStanding(
  database: MongoDatabase,
  organisation: string,
): Promise<{ readonly isBegun: boolean; readonly done: Readonly<Record<string, number>> }> {
  const there = (await database.meta.findOne({ _id: 'organisation' }))?.value;
  const progress = await readProgress(database);
  if (progress?.isFinished === true && there === organisation)
    throw refused('this store was migrated there before. Fix: set MONGODB_URI and start the bot.');
  if (progress !== undefined && there === organisation) return { isBegun: true, done: progress.done };
  if (there !== undefined)
    throw refused('that database holds another store. Nothing was written. Fix: name an empty one.');
  // A move that was cut short before it named its store.
  if (progress !== undefined && !progress.isFinished) return { isBegun: true, done: {} };
  for (const name of collectionNames)
    if ((await database[name].find({}).sort({ _id: 1 }).limit(1).toArray()).length > 0)
      throw refused(
        `that database holds data of its own in the collection ${name}. Nothing was written. Fix: name an empty one.`,
      );
  return { isBegun: false, done: {} };
}

export async function readProgress({ meta }: Pick<MongoDatabase, 'meta'>): Promise<MoveProgress | undefined> {
  const standing = (await meta.findOne({ _id: progressKey }))?.value;
  // Written by the move itself.
  return standing === undefined ? undefined : (JSON.parse(standing) as MoveProgress);
}

interface Privilege {
  readonly resource?: { readonly db?: string; readonly collection?: string; readonly anyResource?: boolean };
  readonly actions?: readonly string[];
}

/** Undefined where the server does not say. Throws `config.invalid` where it says that something is missing. */
async function mayWriteTo(database: MongoDatabase): Promise<true | undefined> {
  let answer: unknown;
  try {
    answer = await database.command({ connectionStatus: 1, showPrivileges: true });
  } catch (error) {
    // A server that does not know the command, or does not answer it to this user.
    if (codeOf(error) === undefined) throw error;
    return undefined;
  }
  // As documented for `connectionStatus`; each field is looked for.
  const { authInfo } = answer as {
    readonly authInfo?: {
      readonly authenticatedUsers?: readonly unknown[];
      readonly authenticatedUserPrivileges?: readonly Privilege[];
    };
  };
  // What was read above could be read by nobody in particular: there is no access control.
  if (authInfo?.authenticatedUsers?.length === 0) return true;
  const privileges = authInfo?.authenticatedUserPrivileges;
  if (privileges === undefined) return undefined;
  const missing = neededActions.filter((action) =>
    collectionNames.some((name) => !privileges.some((one) => allows(one, action, database.name, name))),
  );
  if (missing.length === 0) return true;
  throw refused(
    `this user may not ${missing.join(', ')} on the database ${database.name}. Fix: give it the role readWrite there.`,
  );
}

function allows({ resource, actions }: Privilege, action: string, db: string, collection: string): boolean {
  if (actions?.includes(action) !== true || resource === undefined) return false;
  if (resource.anyResource === true) return true;
  // Empty means any, absent means that the resource is something else.
  return ['', db].includes(resource.db ?? ' ') && ['', collection].includes(resource.collection ?? ' ');
}

const refused = (why: string): AppError => new AppError('config.invalid', `${setting}: ${why}`);
