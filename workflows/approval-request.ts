import { z } from 'zod';
import { defineWorkflow } from '../src/workflow-kit.ts';

/**
 * Puts a question of an outside program, such as a coding agent, to people. Nothing runs here: the program does what
 * was approved itself, so the answer binds exactly the facts that the card shows. Programs ask by `request_approval`.
 */
export default defineWorkflow({
  name: 'approval-request',
  title: 'An approval for a program',
  input: z.object({
    title: z.string().min(1).max(150).describe('What is to be decided'),
    facts: z.record(z.string(), z.json()).describe('Everything that whoever decides has to see'),
    approvers: z.array(z.string()).max(20).optional().describe('Roles or persons; policy’s when empty'),
    quorum: z.number().int().min(1).max(10).default(1).describe('How many must approve'),
    minutes: z.number().int().min(1).max(10_080).optional().describe('How long they have'),
    why: z.string().max(2_000).optional().describe('Why, in the program’s words'),
  }),
  start: {},
  async run(ctx, { title, facts, approvers, quorum, minutes, why }) {
    const answer = await ctx.approve('request', {
      title: `A program of ${ctx.requester.name} asks: ${title}`,
      facts,
      quorum,
      ...(approvers !== undefined && approvers.length > 0 && { approvers }),
      ...(minutes !== undefined && { within: { minutes } }),
      ...(why !== undefined && { claim: why }),
    });
    await ctx.say(
      answer.kind === 'approved'
        ? 'Approved. The program may now do exactly what the card shows; nothing ran here.'
        : `Not approved: ${answer.text} The program was told so.`,
    );
  },
});
