import { z } from 'zod';
import { defineWorkflow } from '../src/workflow-kit.ts';

/** Refunds a customer: finds the invoice, checks what was paid, and proposes the refund to whoever policy names. */
export default defineWorkflow({
  name: 'refund',
  title: 'Refund a customer',
  input: z.object({
    customer: z.string().optional().describe('Name or number of the customer'),
    invoice: z.coerce.number().int().positive().optional().describe('Number of the invoice'),
    amount: z.coerce.number().positive().optional().describe('How much, in the currency of the invoice'),
    reason: z.string().optional().describe('Why, in the words of the customer'),
  }),
  start: {
    ...{ command: true, webhook: true, words: readWords },
    mention: ['refund', 'reimburse', 'pay back', 'give … a refund', 'give … back'],
  },
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

/** The agent reads the request itself. What only speaks of refunds, or of something else that is given back, is none. */
function readWords(text: string, opening: string): object | undefined {
  if (
    /^\s*(?:policy|policies|rules?|requests|status|history|rates?|limits?|process|last|R-\d)\b/iu.test(text)
  )
    return undefined;
  const isOfMoney = /\b(?:invoice|refund|money|usd|eur|dollars?|euros?)\b|[$€]/iu;
  return /^(?:give|pay)\b/iu.test(opening) && !isOfMoney.test(`${opening} ${text}`) ? undefined : {};
}
