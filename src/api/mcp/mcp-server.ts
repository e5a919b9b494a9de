/** The tools of `/mcp`: what coding agents and other bots ask of the people in a channel. */
import { McpServer } from '@modelcontextprotocol/server';
import type { CallToolResult, ToolAnnotations } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Person } from '../../people/person.ts';
import type { Refusal } from '../backend.ts';
import type { McpDesk, StartedRun } from './mcp-desk.ts';

/** Shorter than what proxies and clients wait for. */
const mostWaitSeconds = 50;
const askedWithinMs = 10_000;

const channel = z.string().min(1).max(200).describe('A channel: finance, or slack:T01/C02');
const wait = z
  .number()
  .int()
  .min(0)
  .max(mostWaitSeconds)
  .default(0)
  .describe('Wait so many seconds for news before answering; ask again for longer');
const requestId = z
  .string()
  .max(200)
  .exactOptional()
  .describe('Your own id of this request: repeating it changes nothing');

const reads: ToolAnnotations = { readOnlyHint: true };
const asks: ToolAnnotations = { readOnlyHint: false, destructiveHint: false, openWorldHint: false };

export function createMcpServer(desk: McpDesk, person: Person): McpServer {
  const server = new McpServer(
    { name: 'countersign', version: '1' },
    {
      instructions:
        'Before you do anything that matters outside of your own workspace, call request_approval and wait with get_approval until it is approved. Do exactly what was approved, once. Everything you ask is seen by people and kept.',
    },
  );

  server.registerTool(
    'request_approval',
    {
      title: 'Ask people for an approval',
      description:
        'Puts a card into a channel with Approve and Deny. An approval covers exactly the facts given here, once.',
      inputSchema: z.object({
        channel,
        title: z.string().min(1).max(150).describe('What you want to do, in a few words'),
        facts: z
          .record(z.string(), z.json())
          .describe('Everything that whoever decides has to see: targets, amounts, texts, commands'),
        approvers: z
          .array(z.string().min(1).max(100))
          .max(20)
          .exactOptional()
          .describe('Roles or persons; without them policy says who decides'),
        quorum: z.number().int().min(1).max(10).exactOptional().describe('How many must approve; one'),
        minutes: z.number().int().min(1).max(10_080).exactOptional().describe('How long they have'),
        why: z.string().max(2_000).exactOptional().describe('Why, in your own words; shown as your claim'),
        id: requestId,
      }),
      annotations: asks,
    },
    async (wish) => {
      const started = await desk.ask(person, wish);
      if (started.kind === 'refused') return refused(started);
      const note = await desk.run(person, started.run, askedWithinMs);
      const asked = note?.approvals.at(0);
      if (asked === undefined)
        return answered({
          ...withoutKind(started),
          state: note?.status ?? 'queued',
          ...(note?.reply !== undefined && { reply: note.reply }),
          next: 'Call get_run with this run: the card is not there yet, or nobody was asked.',
        });
      return answered({
        ...withoutKind(started),
        approval: asked.id,
        state: asked.state,
        next: 'Call get_approval with this approval until its state is not pending. Do nothing before.',
      });
    },
  );

  server.registerTool(
    'get_approval',
    {
      title: 'Look at an approval',
      description: 'Its state (pending, approved, denied, expired, stale, cancelled), votes and reasons.',
      inputSchema: z.object({ approval: z.string().min(1).max(200), wait_seconds: wait }),
      annotations: reads,
    },
    async ({ approval: id, wait_seconds: seconds }) => {
      const approval = await desk.approval(person, id, seconds * 1_000);
      if (approval === undefined) return missing('approval');
      const { state, title, digest, run, tool, votes, quorum, approvers, expiresAt } = approval;
      return answered({
        ...{ approval: id, state, title, facts: approval.arguments, digest, run, tool },
        ...{ votes, quorum, approvers, expiresAt },
      });
    },
  );

  server.registerTool(
    'start_workflow',
    {
      title: 'Start a workflow',
      description: `Starts a workflow in a channel. There are: ${desk
        .workflows()
        .map(({ name, title }) => `${name} (${title})`)
        .join(', ')}. A wrong input is answered with what each field takes.`,
      inputSchema: z.object({
        workflow: z.string().min(1).max(100),
        input: z.record(z.string(), z.json()).default({}),
        channel,
        id: requestId,
      }),
      annotations: asks,
    },
    async (wish) => {
      const started = await desk.start(person, wish);
      if (started.kind === 'refused') return refused(started);
      return answered({ ...withoutKind(started), next: 'Call get_run with this run to follow it.' });
    },
  );

  server.registerTool(
    'get_run',
    {
      title: 'Look at a run',
      description: 'Its state, what it waits for, its approvals and what it said last.',
      inputSchema: z.object({ run: z.string().min(1).max(200), wait_seconds: wait }),
      annotations: reads,
    },
    async ({ run, wait_seconds: seconds }) => {
      const note = await desk.run(person, run, seconds * 1_000);
      return note === undefined ? missing('run') : answered({ ...note });
    },
  );

  server.registerTool(
    'search_memory',
    {
      title: 'Search what is remembered',
      description: 'Memories that may be told in a channel, the best first, with who kept each and when.',
      inputSchema: z.object({ channel, query: z.string().min(1).max(1_000) }),
      annotations: reads,
    },
    async ({ channel: name, query }) => {
      const found = await desk.memories(person, name, query);
      if (found === undefined) return missing('channel');
      return answered({
        memories: found.map(({ id, kind, text, by, at, channel: kept }) => ({
          ...{ id, kind, text, by, at },
          channel: kept,
        })),
      });
    },
  );

  return server;
}

function withoutKind({ kind: _kind, ...rest }: StartedRun): Omit<StartedRun, 'kind'> {
  return rest;
}

function answered(structured: Record<string, unknown>): CallToolResult {
  return {
    content: [{ type: 'text', text: JSON.stringify(structured, undefined, 2) }],
    structuredContent: structured,
  };
}

function refused({ code, detail }: Pick<Refusal, 'code' | 'detail'>): CallToolResult {
  return { content: [{ type: 'text', text: `${detail} (${code})` }], isError: true };
}

function missing(what: string): CallToolResult {
  return refused({ code: `${what}.unknown`, detail: `There is no such ${what}, or it is not for you.` });
}
