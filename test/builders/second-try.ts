/**
 * Loaded before each test file on the build server (`CI`). What drives a browser or programs of its own waits for a
 * machine that others use as well: such a test gets a second try, and the first failure is printed in full. Everything
 * else has one.
 */
import { expect, jest } from '@jest/globals';

const { testPath = '' } = expect.getState();
if (/[\\/]test[\\/](?:browser|faults|scenarios)[\\/]/u.test(testPath))
  jest.retryTimes(1, { logErrorsBeforeRetry: true });
