/** The review of tool servers: what `countersign tools review` shows and does, for operators at the console. */
import { AppError } from '../core/errors.ts';
import { isOperator } from '../gate/people-desk.ts';
import type { Policy } from '../gate/policy.ts';
import type { People, Person } from '../people/person.ts';
import type { ToolReview } from '../tools/registry.ts';
import { reviewOf } from '../tools/server-review.ts';
import type { ToolRegistry } from '../tools/tool.ts';
import type { Refusal, ReviewDesk } from './backend.ts';
import { standingOf } from './list-tools.ts';
import { refusal } from './refusal.ts';

export interface ReviewDeskOptions {
  readonly registry: Pick<ToolRegistry, 'isReviewed'>;
  /** Absent when no server is of `mcp.json`. */
  readonly toolReview?: ToolReview | undefined;
  people(): People;
  policy(): Policy;
}

export function createReviewDesk(options: ReviewDeskOptions): ReviewDesk {
  const { registry, toolReview } = options;

  /** Runs `action` for an operator; what the server or its name is at fault for becomes a refusal. */
  async function asOperator<T>(
    person: Person,
    server: string,
    action: (review: ToolReview) => Promise<T>,
  ): Promise<T | Refusal> {
    if (!isOperator(options.people(), person))
      return refusal(403, 'review.not-entitled', 'Only operators review tool servers.');
    const unknown = refusal(404, 'tool-server.unknown', `There is no tool server ${server} in mcp.json.`);
    if (toolReview === undefined) return unknown;
    try {
      return await action(toolReview);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (error.code === 'tool.unknown') return unknown;
      if (error.code === 'tool-server.unreachable')
        return refusal(503, error.code, `${server} does not answer: ${error.message}`);
      throw error;
    }
  }

  return {
    read: (person, server) =>
      asOperator(person, server, async (review) => {
        const seen = reviewOf(await review.inspect(server));
        const policy = options.policy();
        return {
          kind: 'found' as const,
          review: {
            ...seen,
            isReviewed: registry.isReviewed(server),
            gone: [...seen.gone],
            refused: [...seen.refused],
            tools: seen.tools.map((tool) => {
              const { tool: _name, because, ...line } = tool.proposed;
              const { effect, verdict } = standingOf(policy, tool.name);
              return {
                ...tool,
                warnings: [...tool.warnings],
                changes: tool.changes.map(({ where, pieces }) => ({ where, pieces: [...pieces] })),
                proposed: { ...line, because: [...because] },
                now: { effect, verdict },
              };
            }),
          },
        };
      }),
    accept: (person, server, listing) =>
      asOperator(person, server, async (review) => {
        const isAccepted = await review.review(server, person.id, listing);
        return isAccepted
          ? {
              kind: 'done' as const,
              text: `${server} is reviewed by ${person.name}: its tools are accepted as they were shown.`,
            }
          : refusal(
              409,
              'review.stale',
              `${server} lists other tools than you were shown. Nothing is accepted; look at it again.`,
            );
      }),
  };
}
