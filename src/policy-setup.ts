/** Changes of policy in chat, over the operator's own file and the calls that were recorded. */
import { statSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename } from 'node:path';
import type { Config } from './config.ts';
import type { Clock } from './core/clock.ts';
import type { Logger } from './core/logger.ts';
import { readSettingsFile } from './core/read-settings-file.ts';
import type { Redactor } from './core/redact.ts';
import { findWriteFault, replaceFile } from './core/replace-file.ts';
import { runStream } from './core/ids.ts';
import { createPolicyDesk } from './gate/policy-desk.ts';
import type { PolicyDesk } from './gate/policy-desk.ts';
import { describeReplay, replayRun } from './gate/policy-replay.ts';
import type { ReplayedCall } from './gate/policy-replay.ts';
import type { Policy } from './gate/policy.ts';
import type { PolicyChangeState } from './gate/policy-change-state.ts';
import type { SmallStream } from './ledger/small-stream.ts';
import type { LedgerStore } from './ledger/store.ts';
import { parsePolicyBeside } from './load-setup.ts';
import type { People } from './people/person.ts';
import type { RunStore } from './runs/store.ts';
import type { ToolRegistry } from './tools/tool.ts';

export interface PolicySetupOptions {
  readonly config: Config;
  readonly store: { readonly ledger: LedgerStore; readonly runs: RunStore };
  readonly clock: Clock;
  readonly logger: Logger;
  readonly redact: Redactor;
  readonly registry: Pick<ToolRegistry, 'isReviewed'>;
  readonly changes: SmallStream<PolicyChangeState>;
  policy(): Policy;
  people(): People;
  tell(text: string, except?: string): void;
  onWritten(): Promise<void>;
}

/** So many of the latest runs are looked at: enough to see what a change does, and soon enough for whoever waits. */
const replayedRuns = 200;
/** So many flips stand on a card; the numbers tell of all. */
const flipsShown = 5;

export function createPolicySetup(options: PolicySetupOptions): PolicyDesk {
  const { config, store, registry } = options;
  const { path, isShipped } = config.policyFile;

  async function replay(policy: Policy): Promise<string> {
    const replayed: ReplayedCall[] = [];
    for (const { id } of await store.runs.list({ limit: replayedRuns })) {
      const commits = await store.ledger.read(runStream(id));
      const isServerReviewed = (server: string): boolean => registry.isReviewed(server);
      replayed.push(...replayRun(id, commits, { policy, people: options.people(), isServerReviewed }));
    }
    const [flips, rest] = [
      replayed.filter(({ difference }) => difference !== undefined),
      replayed.filter(({ difference }) => difference === undefined),
    ];
    const more = flips.length - flipsShown;
    const words = describeReplay([...flips, ...rest]).split('\n');
    return [
      ...words.slice(0, Math.min(flips.length, flipsShown)),
      ...(more > 0 ? [`and ${String(more)} more`] : []),
      words.at(-2) ?? '',
    ].join('\n');
  }

  return createPolicyDesk({
    ...options,
    file: isShipped
      ? undefined
      : {
          name: basename(path),
          read: () => readSettingsFile('POLICY_FILE', path),
          writtenAt: () => statSync(path).mtimeMs,
          findWriteFault: () => findWriteFault(path),
          write(text) {
            replaceFile(path, text);
          },
        },
    machine: hostname(),
    parse: (text) => parsePolicyBeside(config, text),
    replay,
  });
}
