/**
 * What an approval binds to: the table `approval/v1`.
 *
 * The digest is SHA-256 (hex) over `approval/v1` and then every field below, in this order, each preceded by its
 * length in bytes. Change one bit of any of them between asking and dispatch, and the approval is void. A test
 * holds a vector; a change of this table needs a new version name.
 */
import { canonicalJson } from '../core/canonical-json.ts';
import { sha256OfParts } from '../core/hash.ts';
import type { RecordedRequirement } from '../runs/run-state.ts';

export interface ApprovalBinding {
  readonly organisation: string;
  readonly run: string;
  readonly step: string;
  readonly call: string;
  readonly serverIdentity: string;
  /** `server/tool`. */
  readonly tool: string;
  readonly definitionHash: string;
  /** The salted commitment to the canonical arguments, as the ledger holds it. */
  readonly argsCommitment: string;
  readonly effect: string;
  readonly requirements: readonly RecordedRequirement[];
  readonly requester: string;
  /** The thread it is asked in. */
  readonly conversation: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

const table: readonly ((binding: ApprovalBinding) => string)[] = [
  (binding) => binding.organisation,
  (binding) => binding.run,
  (binding) => binding.step,
  (binding) => binding.call,
  (binding) => binding.serverIdentity,
  (binding) => binding.tool,
  (binding) => binding.definitionHash,
  (binding) => binding.argsCommitment,
  (binding) => binding.effect,
  (binding) => canonicalJson(binding.requirements),
  (binding) => binding.requester,
  (binding) => binding.conversation,
  (binding) => String(binding.expiresAt),
];

export function approvalDigest(binding: ApprovalBinding): string {
  return sha256OfParts(['approval/v1', ...table.map((field) => field(binding))]);
}

/** The digest as people see it: the first 12 hex digits in groups of four. */
export function shortDigest(digest: string): string {
  return (digest.slice(0, 12).match(/.{4}/gu) ?? []).join(' ');
}
