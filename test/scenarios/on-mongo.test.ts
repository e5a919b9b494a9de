/** The same scenarios as on SQLite, told again with the app on MongoDB. */
import { afterAll } from '@jest/globals';
import { startOnMongo } from '../builders/store-lane.ts';

const lane = startOnMongo();
afterAll(() => lane.close());

await import('./restart.test.ts');
await import('./unknown-outcome.test.ts');
// Clocks that are put forward by hand move the stand-in's time, and no real server's.
if (!lane.isReal) {
  await import('./deny-until-dispatch.test.ts');
  await import('./durable-context.test.ts');
  await import('./durable-waits.test.ts');
  await import('./branches.test.ts');
  await import('./freeze.test.ts');
}
