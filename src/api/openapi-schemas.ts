/** The shapes of `/api/v1` under the names they have in the OpenAPI document. */
import { z } from 'zod';
import * as look from './look/look-shapes.ts';
import * as shapes from './shapes.ts';

const pageOf = <Shape extends z.ZodType>(shape: Shape) =>
  z.object({ items: z.array(shape), next: z.string().optional() });

export const apiSchemas = {
  Action: shapes.actionShape,
  Card: shapes.cardShape,
  Item: shapes.itemShape,
  Thread: shapes.threadShape,
  ThreadSummary: shapes.threadSummaryShape,
  ThreadSummaryPage: pageOf(shapes.threadSummaryShape),
  Run: shapes.runShape,
  RunPage: pageOf(shapes.runShape),
  OutcomePage: pageOf(shapes.outcomeShape),
  Approval: shapes.approvalShape,
  ApprovalPage: pageOf(shapes.approvalShape),
  Commit: shapes.commitShape,
  CommitPage: pageOf(shapes.commitShape),
  MessageInput: shapes.messageInput,
  MessageOutput: shapes.messageOutput,
  VoteInput: shapes.voteInput,
  VoteOutput: shapes.voteOutput,
  Form: shapes.formShape,
  ActionInput: shapes.actionInput,
  ActionOutput: shapes.actionOutput,
  SignalInput: shapes.signalInput,
  SignalOutput: shapes.signalOutput,
  StopInput: shapes.stopInput,
  RetryInput: shapes.retryInput,
  ReasonInput: shapes.reasonInput,
  BreakGlassInput: shapes.breakGlassInput,
  ReviewInput: shapes.reviewInput,
  EmptyInput: shapes.emptyInput,
  Freeze: shapes.freezeShape,
  GrantInput: shapes.grantInput,
  Grant: shapes.grantShape,
  GrantPage: pageOf(shapes.grantShape),
  Memory: shapes.memoryShape,
  MemoryPage: pageOf(shapes.memoryShape),
  Forgetting: shapes.forgettingShape,
  MemoryTextInput: shapes.memoryTextInput,
  Schedule: shapes.scheduleShape,
  Schedules: shapes.schedulesShape,
  ScheduleInput: shapes.scheduleInput,
  ScheduleChangeInput: shapes.scheduleChangeInput,
  Me: shapes.meShape,
  Tool: shapes.toolShape,
  ToolServer: shapes.toolServerShape,
  Tools: shapes.toolsShape,
  Health: shapes.healthShape,
  Overview: look.overviewShape,
  SearchResult: look.searchShape,
  People: look.peopleShape,
  Policy: look.policyShape,
  Ledgers: look.ledgersShape,
  Problem: shapes.problemShape,
  Event: shapes.eventShape,
} as const satisfies Record<string, z.ZodType>;

export type SchemaName = keyof typeof apiSchemas;
