/**
 * Advice about a policy of one's own that says nothing of the bot's own tools: people are then asked about each call of
 * them, as about every tool that no line is about. That is no mistake and nothing is let through; it is told, with the
 * lines of the policy that ships.
 */
import { asActorId } from '../core/ids.ts';
import { ownServers } from '../tools/join-tools.ts';
import type { Policy } from './policy.ts';

/** Lines to print; empty when there is nothing to say. `shipped` is the text of the policy that ships. */
export function adviseOwnTools(policy: Policy, shipped: string): readonly string[] {
  const tools = linesOf(shipped, 'tools');
  const unnamed = [...tools].filter(([tool]) => !isNamed(policy, tool));
  const servers = [...linesOf(shipped, 'servers')].filter(
    ([server]) => policy.trustOf({ name: `${server}/search`, server }) === 'untrusted',
  );
  if (unnamed.length === 0 && servers.length === 0) return [];
  const said = [
    ...(unnamed.length === 0
      ? []
      : [
          `${policy.file}: no line is about ${unnamed.map(([tool]) => tool).join(', ')}, which are the bot's own tools: people are asked about every call of them.`,
        ]),
    ...(servers.length === 0
      ? []
      : [
          `${policy.file}: servers.memory is not trusted: a run that has looked something up in memory counts as having read what nobody vouches for.`,
        ]),
  ];
  return [
    ...said,
    'If you do not want that, add what the policy that ships says:',
    ...(servers.length === 0 ? [] : ['servers:', ...servers.map(([, line]) => line)]),
    ...(unnamed.length === 0 ? [] : ['tools:', ...unnamed.map(([, line]) => line)]),
  ];
}

/** The lines of the bot's own servers in one section, by their key. Each stands on one line in the file that ships. */
function linesOf(shipped: string, section: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  let at = '';
  for (const line of shipped.split('\n')) {
    at = /^(?<key>\w+):/u.exec(line)?.groups?.['key'] ?? at;
    const key = /^ {2}(?<key>[\w/]+):/u.exec(line)?.groups?.['key'];
    const [server = ''] = (key ?? '').split('/');
    if (at === section && key !== undefined && ownServers.has(server)) found.set(key, line);
  }
  return found;
}

function isNamed(policy: Policy, tool: string): boolean {
  const { matched } = policy.resolve({
    ...{ tool, args: {}, channel: '', workflow: '', isTainted: false, isServerReviewed: true },
    actor: { id: asActorId(''), roles: [] },
    budget: { usdSpent: 0, calls: 0 },
  });
  return matched.every(({ id }) => id !== 'not-named');
}
