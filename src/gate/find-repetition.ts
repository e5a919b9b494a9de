/** A call that was already turned down or lost in this run is not asked a second time. Pure. */
import { canonicalJson } from '../core/canonical-json.ts';
import type { CallState, RunState } from '../runs/run-state.ts';
import type { ProposedCall } from './judge-call.ts';

/** How often one run may make the very same call. */
const sameCallLimit = 3;

/** `ahead` are the proposals of the same turn that come first and are not recorded yet. */
export function findRepetition(
  state: RunState,
  proposal: ProposedCall,
  ahead: readonly ProposedCall[],
): { readonly why: 'repeated'; readonly content: string } | undefined {
  const argsJson = canonicalJson(proposal.args);
  const same = [...state.calls.values()].filter(
    ({ call }) => call.id !== proposal.id && call.tool === proposal.tool && call.argsJson === argsJson,
  );
  const before = same.map(reasonAgainst).find((reason) => reason !== undefined);
  if (before !== undefined) return { why: 'repeated', content: before };
  const alike = ahead.filter(
    (other) =>
      other.id !== proposal.id && other.tool === proposal.tool && canonicalJson(other.args) === argsJson,
  );
  const times = same.length + alike.length;
  if (times < sameCallLimit) return undefined;
  return {
    why: 'repeated',
    content: `This exact call was made ${String(times)} times already. It does not run again.`,
  };
}

function reasonAgainst({ result, unknown }: CallState): string | undefined {
  if (unknown !== undefined) return 'The outcome of this exact call is unknown. It is not sent again.';
  if (result?.kind !== 'not-run') return undefined;
  if (result.why !== 'denied' && result.why !== 'policy' && result.why !== 'repeated') return undefined;
  return `Not asked again: ${result.content}`;
}
