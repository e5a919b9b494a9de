/** The rules in force, line by line as they stand in the file, and whether anybody can meet them. */
import type { Policy } from '../../gate/policy.ts';
import type { People } from '../../people/person.ts';
import type { PolicyJson } from './look-shapes.ts';

export function readPolicy(policy: Policy, people: People): PolicyJson {
  return {
    file: policy.file,
    digest: policy.digest,
    reviewedServers: [...policy.reviewedServers],
    lines: policy.lines.map(({ id, kind, line, tool, verdict, when, requirements }) => ({
      id,
      kind,
      line,
      tool,
      ...(verdict !== undefined && { verdict }),
      ...(when !== undefined && { when }),
      ...(kind === 'tool' && !tool.includes('*') && { effect: policy.effectOf(tool) }),
      asks: requirements.map(({ approvers, quorum, stage }) => ({
        approvers: [...approvers],
        quorum,
        persons: people.expand(approvers).length,
        ...(stage !== undefined && { stage: stage.number }),
      })),
    })),
  };
}
