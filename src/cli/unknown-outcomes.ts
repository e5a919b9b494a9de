/** `countersign runs unknown`: calls of which nobody knows what became of them, and who can say so. */
import type { RunId } from '../core/ids.ts';
import { settlersOf } from '../gate/who-may-settle.ts';
import { createRunsBeside } from '../runs/runs-beside.ts';
import { listUnknownRuns, unknownCalls } from '../runs/unknown-outcomes.ts';
import { readSetup, say, sayTable } from './command-setup.ts';

const atOnce = 200;

interface UnknownOutcome {
  readonly run: string;
  readonly call: string;
  readonly tool: string;
  readonly title: string;
  readonly thread: string;
  readonly sentAt: string;
  readonly why: string;
  readonly probe?: { readonly tool: string; readonly found: string };
  readonly people: readonly string[];
}

export async function listUnknown(options: { readonly json: boolean }): Promise<void> {
  const setup = readSetup();
  const people = setup.people();
  const found: UnknownOutcome[] = [];
  await setup.withStore(async (store) => {
    const runs = createRunsBeside({ ledger: store.ledger, clock: setup.clock });
    let after: RunId | undefined;
    do {
      const ids = await listUnknownRuns(store.signals, after, atOnce);
      after = ids.length === atOnce ? ids.at(-1) : undefined;
      for (const id of ids) {
        const run = await runs.open(id);
        if (run === undefined) continue;
        const state = run.state();
        for (const entry of unknownCalls(state)) {
          const { call, dispatches, unknown, probe } = entry;
          found.push({
            run: state.id,
            call: call.id,
            tool: call.tool,
            title: call.title,
            thread: state.thread,
            sentAt: dispatches.at(-1)?.mark.stamp.at.toISOString() ?? '',
            why: unknown?.why ?? '',
            ...(probe !== undefined && { probe: { tool: probe.probe, found: probe.found } }),
            people: settlersOf(state, entry, people).map(({ name }) => name),
          });
        }
        runs.close(run);
      }
    } while (after !== undefined);
  });
  if (options.json) say(JSON.stringify(found, undefined, 2));
  else if (found.length === 0) say('Of everything that was sent, the outcome is known.');
  else {
    sayTable(
      found.map(({ run, tool, sentAt, thread, title }) => [run, tool, `sent ${sentAt}`, thread, title]),
    );
    for (const { title, people: who } of found)
      say(
        `${title}: ${who.length === 0 ? 'nobody' : who.join(', ')} can say on its card whether it happened.`,
      );
  }
}
