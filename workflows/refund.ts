import { z } from 'zod';
import { defineWorkflow } from '../src/workflow-kit.ts';

/** Refunds a customer: finds the invoice, checks what was paid, and proposes the refund to whoever policy names. */
export default defineWorkflow({
  name: 'refund',
  title: 'Refund a customer',
  input: z.object({
    customer: z.string().optional().describe('Name or number of the customer'),
    invoice: z.string().optional().describe('Number of the invoice'),
    amount: z.string().optional().describe('How much, in the currency of the invoice'),
    reason: z.string().optional().describe('Why, in the words of the customer'),
  }),
  start: { command: true, mention: 'refund', webhook: true },
  async run(ctx, input) {
    const answer = await ctx.agent('refund', {
      instructions:
        'Refund a customer. Find the customer and read the invoice first. Refund no more than what is left of what was paid, and only the invoice that was named. If the amount or the invoice is missing and cannot be looked up, ask for it. After the refund, say the receipt.',
      input,
      tools: ['crm/find_customer', 'crm/get_customer', 'billing/*', 'mail/*'],
    });
    await ctx.say(answer.text);
  },
});
