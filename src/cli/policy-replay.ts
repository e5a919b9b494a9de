/** `countersign policy replay`. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { AppError } from '../core/errors.ts';
import { parsePolicy } from '../gate/parse-policy.ts';
import { describeReplay, replayRun } from '../gate/policy-replay.ts';
import type { ReplayedCall } from '../gate/policy-replay.ts';
import { loadServers } from '../load-setup.ts';
import { ownServers } from '../tools/join-tools.ts';
import { createPins } from '../tools/pins.ts';
import { readSetup, say } from './command-setup.ts';
import { runLedgers } from './run-ledgers.ts';

export async function replayPolicy(options: {
  readonly policy: string;
  readonly since?: string;
}): Promise<void> {
  const setup = readSetup();
  const people = setup.people();
  const since = options.since === undefined ? 0 : Date.parse(options.since);
  if (Number.isNaN(since))
    throw new AppError('config.invalid', '--since: write a moment like 2026-11-22 or 2026-11-22T09:00Z.');
  const policy = parsePolicy(readFileSync(options.policy, 'utf8'), basename(options.policy), {
    people,
    timeZone: setup.config.timeZone,
  });
  await setup.withStore(async (store) => {
    // Which servers an operator has accepted is in the ledger; none of them is started.
    const pins = createPins({ store: store.ledger });
    for (const server of loadServers(setup.config, setup.dist)) await pins.refresh(server.name);
    const replayed: ReplayedCall[] = [];
    for await (const { run, commits } of runLedgers(store.ledger)) {
      const calls = replayRun(run, commits, {
        policy,
        people,
        isServerReviewed: (server, identity) =>
          ownServers.has(server) ||
          policy.reviewedServers.has(server) ||
          pins.known(server).reviewedIdentity === identity,
      });
      replayed.push(...calls.filter(({ at }) => at.getTime() >= since));
    }
    say(describeReplay(replayed));
  });
}
