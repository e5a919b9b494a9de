/**
 * What a field of a workflow's command could be, while it is typed: the values that it takes, else what this person
 * gave for it in this channel lately.
 */
import type { Suggestion } from '../chat/adapter.ts';
import type { Clock } from '../core/clock.ts';
import type { ActorId, ChannelId } from '../core/ids.ts';
import type { OpenRuns } from '../runs/open-runs.ts';
import type { RunStore } from '../runs/store.ts';
import { workflowCommands } from '../workflow-commands.ts';
import type { Workflow } from '../workflow-kit.ts';
import { mostSuggestions } from './suggestions.ts';

export interface AskedInput {
  readonly workflow: string;
  readonly field: string;
  readonly person: ActorId;
  readonly channel: ChannelId;
  readonly typed: string;
}

export type SuggestsInput = (asked: AskedInput) => Promise<readonly Suggestion[]>;

/** A platform asks at every letter: what is known is not read again while somebody types. */
const knownForMs = 30_000;
const mostKnown = 500;
/** Rows of this person looked through, and runs read of them. */
const mostRows = 100;
const mostRuns = 15;
/** Longer values are no choice from a list. */
const longestValue = 100;

export function createInputSuggestions(options: {
  readonly runs: Pick<RunStore, 'list'>;
  readonly openRun: Pick<OpenRuns, 'open' | 'close'>;
  readonly clock: Clock;
  readonly workflows: readonly Workflow[];
}): SuggestsInput {
  const known = new Map<string, { readonly at: number; readonly inputs: Promise<readonly object[]> }>();

  async function readLately({ workflow, person, channel }: AskedInput): Promise<readonly object[]> {
    const rows = await options.runs.list({ workflow, startedBy: person, limit: mostRows });
    const own = rows.filter((row) => row.channel === channel && row.isErased !== true).slice(0, mostRuns);
    const inputs: object[] = [];
    for (const { id } of own) {
      const run = await options.openRun.open(id);
      if (run === undefined) continue;
      inputs.push(run.state().input);
      options.openRun.close(run);
    }
    return inputs;
  }

  function lately(asked: AskedInput): Promise<readonly object[]> {
    const key = `${asked.workflow} ${asked.person} ${asked.channel}`;
    const at = options.clock.monotonicMs();
    const before = known.get(key);
    if (before !== undefined && at - before.at < knownForMs) return before.inputs;
    if (known.size >= mostKnown) known.clear();
    const inputs = readLately(asked);
    known.set(key, { at, inputs });
    inputs.catch(() => known.delete(key));
    return inputs;
  }

  return async (asked) => {
    const workflow = options.workflows.find(({ name }) => name === asked.workflow);
    const [offer] = workflow === undefined ? [] : workflowCommands([workflow]);
    const field = offer?.fields.find(({ name }) => name.toLowerCase() === asked.field.toLowerCase());
    if (field === undefined) return [];
    const values =
      field.choices.length > 0 ? field.choices : (await lately(asked)).flatMap(valueOf(field.name));
    const typed = asked.typed.trim().toLowerCase();
    return [...new Set(values)]
      .filter((value) => value.length <= longestValue && value.toLowerCase().includes(typed))
      .slice(0, mostSuggestions)
      .map((value) => ({ value, label: value }));
  };
}

function valueOf(name: string): (input: object) => readonly string[] {
  return (input) => {
    const found: unknown = new Map<string, unknown>(Object.entries(input)).get(name);
    if (typeof found === 'string') return found.trim() === '' ? [] : [found];
    return typeof found === 'number' || typeof found === 'boolean' ? [String(found)] : [];
  };
}
