/** A bot never starts, and never goes on, with less protection than its policy file means to give. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { readConfig } from '../../src/config.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { createLiveSetup } from '../../src/live-setup.ts';
import { aFolder, removeFolder } from '../builders/running-bot.ts';
import { aWorld, worldPolicy } from '../builders/world.ts';
import type { World } from '../builders/world.ts';
import { brokenPolicies } from '../src/gate/broken-policies.ts';

const folder = aFolder();
const file = join(folder, 'policy.yaml');
const start = (): Promise<World> => aWorld({ isFiled: true, env: { POLICY_FILE: file } });
afterAll(() => {
  removeFolder(folder);
});

describe('given a bot that is to start with a policy file of its own', () => {
  it.each(brokenPolicies)(
    'when the file has $name, then it does not start, and says where and how to mend it',
    async ({ text, says, fix }) => {
      writeFileSync(file, text);

      const failure = await start().then(
        async (world) => {
          await world.close();
          return 'it started';
        },
        (error: unknown) => String(error),
      );

      expect(failure).toContain('policy.yaml');
      expect(failure).toContain(says);
      expect(failure.slice(failure.indexOf('Fix: '))).toContain(fix);
    },
  );
});

describe('given a policy file in force', () => {
  it.each(brokenPolicies)(
    'when it then has $name, then what was in force stays, and the mistake is named',
    ({ text, says }) => {
      writeFileSync(file, worldPolicy);
      const config = { ...readConfig('/', {}), policyFile: { path: file, isShipped: false } };
      const setup = createLiveSetup({ config, logger: silentLogger });
      const before = setup.policy();
      writeFileSync(file, text);

      expect(setup.look()).toBe(false);
      expect(setup.policy()).toBe(before);
      expect(setup.problem()).toContain(says);
    },
  );
});
