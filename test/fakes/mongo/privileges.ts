/** What `connectionStatus` says of a user that may run all commands but these; nobody is logged in where none is forbidden. */
import type { Document } from 'bson';

const actions: Readonly<Record<string, string>> = {
  find: 'find',
  insert: 'insert',
  update: 'update',
  delete: 'remove',
  createIndexes: 'createIndex',
  listIndexes: 'listIndexes',
  listCollections: 'listCollections',
};

export function connectionStatus(database: string, forbidden: readonly string[] | undefined): Document {
  const allowed = Object.entries(actions).flatMap(([command, action]) =>
    forbidden?.includes(command) === true ? [] : [action],
  );
  const isOpen = forbidden === undefined;
  return {
    authInfo: {
      authenticatedUsers: isOpen ? [] : [{ user: 'bot', db: 'admin' }],
      authenticatedUserRoles: [],
      authenticatedUserPrivileges: isOpen
        ? []
        : [{ resource: { db: database, collection: '' }, actions: allowed }],
    },
    ok: 1,
  };
}
