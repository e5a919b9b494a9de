/** Installations on SQLite. */
import type { InstallationStore, KeptInstallation } from '../../chat/store.ts';
import { isRow } from './database.ts';
import type { LocalDatabase } from './database.ts';

export function createLocalInstallationStore(database: LocalDatabase): InstallationStore {
  const find = database.prepare('SELECT * FROM installations WHERE name = ?');
  const list = database.prepare('SELECT * FROM installations WHERE substr(name, 1, ?) = ? ORDER BY name');
  const insert = database.prepare(
    'INSERT INTO installations (name, version, sealed) VALUES (?,1,?) ON CONFLICT DO NOTHING',
  );
  const change = database.prepare(
    'UPDATE installations SET version = ?, sealed = ? WHERE name = ? AND version = ?',
  );
  const remove = database.prepare('DELETE FROM installations WHERE name = ?');

  return {
    find: (name) => Promise.resolve([find.get(name)].flatMap(toInstallation)[0]),
    list: (beginning) => Promise.resolve(list.all(beginning.length, beginning).flatMap(toInstallation)),
    save: ({ name, version, sealed }) =>
      database.write(() =>
        version === 1
          ? insert.run(name, sealed).changes > 0
          : change.run(version, sealed, name, version - 1).changes > 0,
      ),
    remove: (name) =>
      database.write(() => {
        remove.run(name);
      }),
  };
}

function toInstallation(row: unknown): readonly KeptInstallation[] {
  if (!isRow(row)) return [];
  return [{ name: String(row['name']), version: Number(row['version']), sealed: String(row['sealed']) }];
}
