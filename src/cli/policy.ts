/** `countersign policy check | test | explain`. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseStrictJson } from '../core/canonical-json.ts';
import { AppError } from '../core/errors.ts';
import { isJsonObject } from '../core/json.ts';
import { adviseOwnTools } from '../gate/advise-own-tools.ts';
import { findUnanswerable } from '../gate/find-unanswerable.ts';
import { explainPolicy } from '../gate/policy-explain.ts';
import { describePolicyCases, runPolicyCases } from '../gate/policy-test.ts';
import { loadServers } from '../load-setup.ts';
import { ownServers } from '../tools/join-tools.ts';
import { createPins } from '../tools/pins.ts';
import { personOf, readSetup, say } from './command-setup.ts';
import type { CommandSetup } from './command-setup.ts';

export function checkPolicy(): void {
  const setup = readSetup();
  const policy = setup.policy();
  const problems = findUnanswerable(policy, setup.people());
  for (const problem of problems) say(problem);
  if (problems.length > 0) process.exitCode = 1;
  else
    say(
      `${setup.config.policyFile.path}: ${String(policy.lines.length)} lines in force, no mistakes. Substance ${policy.digest.slice(0, 12)}.`,
    );
  const shipped = readFileSync(join(setup.root, 'defaults', 'policy.yaml'), 'utf8');
  for (const line of adviseOwnTools(policy, shipped)) say(line);
}

export function testPolicy(file: string): void {
  const setup = readSetup();
  const results = runPolicyCases(readFileSync(file, 'utf8'), basename(file), {
    policy: setup.policy(),
    people: setup.people(),
  });
  say(describePolicyCases(basename(file), results));
  if (results.some((result) => result.problems.length > 0)) process.exitCode = 1;
}

export async function explain(
  tool: string,
  options: {
    readonly args: string;
    readonly as: string;
    readonly channel: string;
    readonly workflow: string;
    readonly tainted: boolean;
  },
): Promise<void> {
  const setup = readSetup();
  const people = setup.people();
  const args = parseStrictJson(options.args);
  if (!isJsonObject(args))
    throw new AppError('config.invalid', '--args: give a JSON object, like {"amount": 120}.');
  const person = personOf(setup, options.as);
  const policy = setup.policy();
  const server = tool.slice(0, Math.max(0, tool.indexOf('/')));
  say(
    explainPolicy(policy, people, {
      tool,
      args,
      actor: person,
      channel: options.channel,
      workflow: options.workflow,
      isTainted: options.tainted,
      isServerReviewed:
        ownServers.has(server) || policy.reviewedServers.has(server) || (await isReviewed(setup, server)),
      budget: { usdSpent: 0, calls: 0 },
      at: setup.clock.now(),
    }),
  );
}

/** By `tools review`: that is in the ledger. Where there is none yet, none is made. */
async function isReviewed({ config, dist, withStore }: CommandSetup, name: string): Promise<boolean> {
  const server = loadServers(config, dist).find((one) => one.name === name);
  const isStoreThere = config.mongodbUri !== undefined || existsSync(config.dataDir);
  if (server === undefined || !isStoreThere) return false;
  return withStore(async ({ ledger }) => {
    const pins = createPins({ store: ledger });
    return (await pins.refresh(name)).reviewedIdentity === server.identity;
  });
}
