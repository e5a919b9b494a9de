import { describe, expect, it } from '@jest/globals';
import { wordsOf } from '../../../adapters/slack/words.ts';

const names = new Map([['U2', 'ben']]);

describe('given what a person typed on Slack, as Slack sends it', () => {
  it.each([
    ["set large when args.amount < 5 && 'x' > args.to", "set large when args.amount < 5 && 'x' > args.to"],
    ['when args.amount &lt; 5 &amp;&amp; args.amount &gt; 1', 'when args.amount < 5 && args.amount > 1'],
    ["when args.to != '<b>'", "when args.to != '<b>'"],
    ["when args.to == '<http://acme.com|acme.com>'", "when args.to == 'acme.com'"],
    ['<mailto:ana@acme.com|ana@acme.com>', 'ana@acme.com'],
    [
      '<https://acme.com/a|the plan> and <https://acme.com/b>',
      'the plan (https://acme.com/a) and https://acme.com/b',
    ],
    ['<http://evil.example|acme.com>', 'acme.com (http://evil.example)'],
    [
      '<@U1> ask <@U2> or <@U3|cho> in <#C1|finance>, <!subteam^S1|@money>',
      'ask @ben or @cho in #finance, @@money',
    ],
  ])('when it is «%s», then it reads «%s»', (sent, read) => {
    expect(wordsOf(sent, 'U1', names)).toBe(read);
  });
});
