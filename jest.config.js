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

export default {
  globalSetup: '<rootDir>/scripts/jest-setup.js',
  globalTeardown: '<rootDir>/scripts/jest-teardown.js',
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts', '**/*.test.tsx'],
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  transform: { '^.+\\.ts$': compile(false), '^.+\\.tsx$': compile(true) },
  // The parent mostly waits, so both cores of a small machine work.
  maxWorkers: Math.max(2, Math.floor(availableParallelism() * 0.75)),
  testTimeout: 30_000,
};
