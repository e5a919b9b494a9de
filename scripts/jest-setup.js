/** Before all tests: where a real mongod is at hand and MONGODB_URI names none, the tests of that store use it. */
import { findMongod, mongodCommand, startServer } from './mongod.js';

export default async function setup() {
  if (process.env.MONGODB_URI) return;
  const binary = await findMongod();
  if (binary === undefined) return;
  const server = await startServer(mongodCommand(binary));
  process.env.MONGODB_URI = server.uri;
  process.env.MONGODB_LANE = 'mongod';
  globalThis.countersignMongod = server;
}
