/** Installations on MongoDB. */
import type { InstallationStore, KeptInstallation } from '../../chat/store.ts';
import { newNonce } from '../../core/ids.ts';
import { ask } from './database.ts';
import type { MongoDatabase } from './database.ts';
import type { InstallationDocument } from './documents.ts';
import { codeOf, duplicateKey } from './refusals.ts';

export function createMongoInstallationStore(database: MongoDatabase): InstallationStore {
  const { installations } = database;

  return {
    find: (name) =>
      ask(async () => {
        const found = await installations.findOne({ _id: name });
        return found === null ? undefined : toInstallation(found);
      }),
    list: (beginning) =>
      ask(async () => {
        const found = await installations
          .find({ _id: { $gte: beginning, $lt: `${beginning}\u{10ffff}` } })
          .sort({ _id: 1 })
          .toArray();
        return found.map(toInstallation);
      }),
    save: ({ name, version, sealed }) =>
      ask(async () => {
        const writer = newNonce();
        const write = async (): Promise<unknown> =>
          version === 1
            ? installations.insertOne({ _id: name, version, sealed, writer })
            : installations.updateOne(
                { _id: name, version: version - 1 },
                { $set: { version, sealed, writer } },
              );
        try {
          await write();
        } catch (error) {
          // The answer may be lost although it was written.
          const there = await installations.findOne({ _id: name });
          if (there?.writer !== writer && codeOf(error) !== duplicateKey) throw error;
        }
        const there = await installations.findOne({ _id: name });
        return there?.writer === writer;
      }),
    remove: (name) =>
      ask(async () => {
        await installations.deleteOne({ _id: name });
      }),
  };
}

function toInstallation({ _id, version, sealed }: InstallationDocument): KeptInstallation {
  return { name: _id, version, sealed };
}
