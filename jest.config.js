/** Jest runs the TypeScript sources as ES modules; `npm test` passes --experimental-vm-modules. */
import { availableParallelism } from 'node:os';

/** JSX only where the file says so: in plain TypeScript `<T>(x: T) => x` is a function. */
const compile = (tsx) => [
  '@swc/jest',
  {
    swcrc: false,
    jsc: {
      parser: { syntax: 'typescript', tsx },
      target: 'es2022',
      transform: { react: { runtime: 'automatic', importSource: 'preact' } },
    },
    module: { type: 'es6' },
  },
];

/** `npm run test:on-mongo:all`: every scenario with the app on MongoDB. */
const onMongo = process.env.TEST_STORE === 'mongo';

export default {
  globalSetup: '<rootDir>/scripts/jest-setup.js',
  globalTeardown: '<rootDir>/scripts/jest-teardown.js',
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts', '**/*.test.tsx'],
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  transform: { '^.+\\.ts$': compile(false), '^.+\\.tsx$': compile(true) },
  setupFilesAfterEnv: [
    ...(onMongo ? ['<rootDir>/test/builders/all-on-mongo.ts'] : []),
    ...(process.env.CI ? ['<rootDir>/test/builders/second-try.ts'] : []),
  ],
  ...(onMongo && {
    // Two are about MongoDB anyhow, one about leaving SQLite, one about the demonstration's private board,
    // one reads the bytes of SQLite's file, and one starts on both by itself.
    testPathIgnorePatterns: [
      'scenarios/(on-mongo|process-mongo|migrate|process-private-thread|erased-names|forgetting)\\.test',
    ],
  }),
  // Tests mostly wait, for programs they start and for moments: three leave two cores idle for a third of the time.
  maxWorkers: Math.max(Math.min(4, availableParallelism() + 2), Math.floor(availableParallelism() * 0.75)),
  // Nothing takes so long; a busy machine is no failure.
  testTimeout: 60_000,
};
