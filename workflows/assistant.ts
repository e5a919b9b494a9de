import { z } from 'zod';
import { defineWorkflow } from '../src/workflow-kit.ts';

/** A free request over all tools: what nothing else claims comes here. */
export default defineWorkflow({
  name: 'assistant',
  title: 'Answer a request',
  input: z.object({}),
  start: {},
  async run(ctx) {
    const answer = await ctx.agent('answer', {
      instructions:
        'You help people of this company with their daily work. Look things up with tools before you answer; never guess a figure. When something should change, propose the tool call that does it: people decide about it.',
      tools: ['*', 'plan/propose'],
    });
    await ctx.say(answer.text);
    await ctx.keepWhatMatters('keep');
  },
});
