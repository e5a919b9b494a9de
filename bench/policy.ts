/** How long it takes to judge one call by a policy with 500 rules, each with a condition of its own. */
import { parsePolicy } from '../src/gate/parse-policy.ts';
import type { Policy, PolicyQuestion } from '../src/gate/policy.ts';

const ruleCount = 500;
const calls = 10_000;

export interface PolicyFigures {
  /** Which of the rules look at the tool that is called. */
  readonly spread: 'as in a company' | 'all at one tool';
  readonly rules: number;
  readonly looking: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  /** The same in processor time of this process, which a busy machine does not lengthen. */
  readonly p99CpuMs: number;
}

const conditions: readonly ((index: number) => string)[] = [
  (index) => `args.amount > ${String(index)}`,
  (index) => `args.currency == "USD" && args.amount >= ${String(index)}.5`,
  (index) => `args.lines.exists(line, line.sku == "sku-${String(index)}")`,
  (index) => `has(args.note) && args.note.contains("word ${String(index)}")`,
  (index) => `actor.id == "person-${String(index)}" || "role-${String(index)}" in actor.roles`,
  (index) => `channel == "channel-${String(index)}" && tainted`,
];

/** Of twenty rules one is for every tool, two for a whole server, and the rest for one tool of forty. */
function toolOf(spread: PolicyFigures['spread'], index: number): string {
  if (spread === 'all at one tool') return ['billing/refund', 'billing/*', '*'][index % 3] ?? '*';
  if (index % 20 === 0) return '*';
  if (index % 10 === 1) return 'billing/*';
  return index % 40 === 2 ? 'billing/refund' : `server-${String(index % 8)}/tool-${String(index % 40)}`;
}

function aPolicy(spread: PolicyFigures['spread']): Policy {
  const rules = Array.from({ length: ruleCount }, (_, index) => {
    const when = conditions[Math.floor(index / 3) % conditions.length]?.(index) ?? 'true';
    return `  - { id: rule-${String(index)}, tool: "${toolOf(spread, index)}", when: '${when}', verdict: ask, approvers: [finance] }`;
  });
  return parsePolicy(
    `version: 1
tools:
  billing/refund: { verdict: allow, effect: keyed, key: key }
rules:
${rules.join('\n')}
`,
    'policy.yaml',
  );
}

function aQuestion(index: number): PolicyQuestion {
  return {
    tool: 'billing/refund',
    args: {
      amount: index % 700,
      currency: index % 3 === 0 ? 'USD' : 'EUR',
      note: `it arrived broken, word ${String(index % 900)}`,
      lines: Array.from({ length: 5 }, (_, line) => ({ sku: `sku-${String(line * 37)}`, count: line })),
    },
    actor: { id: 'ana', roles: ['support', 'approver'] },
    channel: 'finance',
    workflow: 'assistant',
    isTainted: index % 2 === 0,
    isServerReviewed: true,
    budget: { usdSpent: 0.1, calls: index % 50 },
  };
}

export function measurePolicy(spread: PolicyFigures['spread']): PolicyFigures {
  const policy = aPolicy(spread);
  const times: number[] = [];
  const cpuTimes: number[] = [];
  for (let index = -1_000; index < calls; index += 1) {
    const asked = aQuestion(Math.abs(index));
    const cpu = process.cpuUsage();
    const began = performance.now();
    policy.resolve(asked);
    if (index < 0) continue;
    times.push(performance.now() - began);
    const used = process.cpuUsage(cpu);
    cpuTimes.push((used.user + used.system) / 1000);
  }
  const patterns = ['billing/refund', 'billing/*', '*'];
  const looking = Array.from({ length: ruleCount }, (_, index) => toolOf(spread, index)).filter((tool) =>
    patterns.includes(tool),
  ).length;
  return {
    spread,
    rules: ruleCount,
    looking,
    medianMs: at(times, 0.5),
    p99Ms: at(times, 0.99),
    p99CpuMs: at(cpuTimes, 0.99),
  };
}

function at(times: readonly number[], share: number): number {
  return times.toSorted((left, right) => left - right)[Math.floor((times.length - 1) * share)] ?? 0;
}
