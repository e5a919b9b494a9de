/**
 * What an operator reads before accepting a server: each tool as it is listed, what changed since it was accepted,
 * and a proposed line of policy. Pure.
 *
 * All of it is text of the server, so everything hidden in it is shown as marks.
 */
import { canonicalJson } from '../core/canonical-json.ts';
import { isJsonObject, parseJsonObject } from '../core/json.ts';
import type { Json } from '../core/json.ts';
import { jsonChanges } from '../core/json-changes.ts';
import { findSuspicious, makeVisible } from '../core/visible-text.ts';
import { proposePolicy, renderProposal } from './propose-policy.ts';
import type { ProposedLine } from './propose-policy.ts';
import type { InspectedTool, ServerInspection } from './registry.ts';
import { textDifference } from './text-difference.ts';
import type { TextPiece } from './text-difference.ts';

export interface DefinitionChange {
  /** The place in the definition: `description`, `inputSchema › properties › amount › type`. */
  readonly where: string;
  readonly pieces: readonly TextPiece[];
}

export interface ReviewedTool {
  /** `server/tool`. */
  readonly name: string;
  readonly description: string;
  /** The whole definition as listed, indented. */
  readonly definition: string;
  /** What in its text may mislead. */
  readonly warnings: readonly string[];
  /** It came after its server was reviewed or first seen, and nobody has accepted it. */
  readonly isNew: boolean;
  /** Why it is set aside; absent while it is as it was pinned. */
  readonly drift?: string;
  readonly changes: readonly DefinitionChange[];
  readonly proposed: ProposedLine;
}

export interface ServerReview {
  readonly server: string;
  /** Names exactly what is shown; accepting repeats it. */
  readonly listing: string;
  readonly tools: readonly ReviewedTool[];
  /** Tools that were pinned and are listed no more. */
  readonly gone: readonly string[];
  readonly refused: readonly string[];
  /** The proposal for `policy.yaml`. */
  readonly lines: string;
}

export function reviewOf({ server, listing, tools, gone, refused }: ServerInspection): ServerReview {
  const proposed = proposePolicy(tools.map(({ state }) => state.tool));
  return {
    server,
    listing,
    gone,
    refused,
    tools: tools.map((inspected, index) => {
      const line = proposed[index];
      if (line === undefined) throw new RangeError('Each tool has a proposed line.');
      return reviewedTool(inspected, line);
    }),
    lines: renderProposal(proposed),
  };
}

function reviewedTool(inspected: InspectedTool, proposed: ProposedLine): ReviewedTool {
  const { state, definition, pinnedDefinition } = inspected;
  const text = JSON.stringify(definition, undefined, 2);
  const pinned = pinnedDefinition === undefined ? undefined : parseJsonObject(pinnedDefinition);
  const warnings = [state.tool.description, canonicalJson(definition)].flatMap(findSuspicious);
  return {
    name: state.tool.name,
    description: makeVisible(state.tool.description, { keepLineBreaks: true }),
    definition: makeVisible(text, { keepLineBreaks: true }),
    warnings: [...new Set(warnings)],
    isNew: inspected.isNew,
    ...(state.kind === 'drifted' && { drift: state.why }),
    changes: state.kind === 'drifted' && pinned !== undefined ? definitionChanges(pinned, definition) : [],
    proposed,
  };
}

/** Where two definitions differ, in words a person can follow. */
function definitionChanges(before: Json, after: Json): readonly DefinitionChange[] {
  return jsonChanges(before, after).map((change) => ({
    where: makeVisible(change.path.join(' › ')),
    pieces: textDifference(shown(change.before), shown(change.after)),
  }));
}

function shown(value: Json | undefined): string {
  if (value === undefined) return '';
  const text =
    typeof value === 'string' && value !== ''
      ? value
      : isJsonObject(value) || Array.isArray(value)
        ? JSON.stringify(value, undefined, 2)
        : canonicalJson(value);
  return makeVisible(text, { keepLineBreaks: true });
}

const marks = { same: ' ', removed: '-', added: '+' } as const;

/** What changed, as lines for a terminal. */
export function renderChanges(tool: ReviewedTool): string {
  return [
    `${tool.name}: ${tool.drift ?? 'as it was accepted'}`,
    ...tool.changes.flatMap(({ where, pieces }) => [
      `  ${where}`,
      ...pieces.flatMap(({ kind, text }) => text.split('\n').map((line) => `    ${marks[kind]} ${line}`)),
    ]),
  ].join('\n');
}
