/** How long it takes to judge one call by a policy with 500 rules, each with a condition of its own. */
import { parsePolicy } from '../src/gate/parse-policy.ts';
import type { PolicyQuestion } from '../src/gate/policy.ts';

const ruleCount = 500;
const calls = 20_000;

export interface PolicyFigures {
  readonly rules: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly longestMs: number;
}

const conditions: readonly ((index: number) => string)[] = [
  (index) => `args.amount > ${String(index)}`,
  (index) => `args.currency == "USD" && args.amount >= ${String(index)}.5`,
  (index) => `args.lines.exists(line, line.sku == "sku-${String(index)}")`,
  (index) => `has(args.note) && args.note.contains("word ${String(index)}")`,
  (index) => `actor.id == "person-${String(index)}" || "role-${String(index)}" in actor.roles`,
  (index) => `channel == "channel-${String(index)}" && tainted`,
];

/** Every rule looks at the tool that is called: what rules for other tools cost is next to nothing. */
function policyText(): string {
  const tools = ['billing/refund', 'billing/*', '*'];
  const rules = Array.from({ length: ruleCount }, (_, index) => {
    const tool = tools[index % tools.length] ?? '*';
    const when = conditions[Math.floor(index / tools.length) % conditions.length]?.(index) ?? 'true';
    return `  - { id: rule-${String(index)}, tool: "${tool}", when: '${when}', verdict: ask, approvers: [finance] }`;
  });
  return `version: 1
tools:
  billing/refund: { verdict: allow, effect: keyed, key: key }
rules:
${rules.join('\n')}
`;
}

export function measurePolicy(): PolicyFigures {
  const policy = parsePolicy(policyText(), 'policy.yaml');
  const question = (index: number): PolicyQuestion => ({
    tool: 'billing/refund',
    args: {
      amount: index % 700,
      currency: index % 3 === 0 ? 'USD' : 'EUR',
      note: `it arrived broken, word ${String(index % 900)}`,
      lines: Array.from({ length: 20 }, (_, line) => ({ sku: `sku-${String(line * 37)}`, count: line })),
    },
    actor: { id: 'ana', roles: ['support', 'approver'] },
    channel: 'finance',
    workflow: 'assistant',
    isTainted: index % 2 === 0,
    isServerReviewed: true,
    budget: { usdSpent: 0.1, calls: index % 50 },
  });
  for (let index = 0; index < 2_000; index += 1) policy.resolve(question(index));
  const times: number[] = [];
  for (let index = 0; index < calls; index += 1) {
    const asked = question(index);
    const began = performance.now();
    policy.resolve(asked);
    times.push(performance.now() - began);
  }
  times.sort((left, right) => left - right);
  const at = (share: number): number => times[Math.floor((times.length - 1) * share)] ?? 0;
  return { rules: ruleCount, medianMs: at(0.5), p99Ms: at(0.99), longestMs: at(1) };
}
