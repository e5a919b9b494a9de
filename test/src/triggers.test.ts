import { describe, expect, it } from '@jest/globals';
import { parseTriggers } from '../../src/triggers/parse-triggers.ts';
import { createPattern } from '../../src/triggers/pattern.ts';

const workflows = [
  { name: 'incident', start: { trigger: true as const } },
  { name: 'refund', start: { command: true } },
];
const parse = (text: string): ReturnType<typeof parseTriggers> =>
  parseTriggers(text, { file: 'triggers.yaml', workflows });

describe('given a pattern', () => {
  it.each([
    ['sev1 *', 'SEV1   checkout is down', true],
    ['sev1 *', 'a sev1 checkout is down', false],
    ['* is down', 'checkout is down', true],
    ['* is down', 'checkout is down again', false],
    ['*alert*checkout*', 'an alert: the CHECKOUT fails', true],
    ['*alert*checkout*', 'the checkout fails: alert', false],
    ['deploy * to *', 'deploy web to production', true],
    ['ab*ba', 'aba', false],
    ['a*b*b', 'ab', false],
    ['on call', 'On  call', true],
    ['on call', 'on call?', false],
    ['.+', 'anything', false],
  ])('when «%s» meets «%s», then it matches: %s', (pattern, text, isMatch) => {
    expect(createPattern(pattern)?.(text)).toBe(isMatch);
  });

  it('when nothing must stand there, then there is none', () => {
    expect(createPattern('* *')).toBeUndefined();
  });
});

describe('given triggers.yaml', () => {
  it('when it is right, then each channel is watched for a message or a reaction', () => {
    const triggers = parse(
      'triggers:\n  incident:\n    - { channel: slack:T01/C1, message: "sev1 *" }\n    - { channel: discord:1001/1100, reaction: ":rotating_light:" }\n',
    );

    expect(triggers.map(({ workflow, channel, reaction }) => [workflow, channel, reaction])).toEqual([
      ['incident', 'slack:T01/C1', undefined],
      ['incident', 'discord:1001/1100', 'rotating_light'],
    ]);
  });

  it('when it is wrong, then every mistake is told with line and fix', () => {
    const wrong = [
      'triggers:',
      '  refund: [{ channel: slack:T01/C1, message: "pay *" }]',
      '  incident:',
      '    - { message: "sev1 *" }',
      '    - { channel: general, message: "sev1 *" }',
      '    - { channel: slack:T01/C1 }',
      '    - { channel: slack:T01/C1, message: "*" }',
    ].join('\n');
    const told = (() => {
      try {
        parse(wrong);
      } catch (error) {
        return String(error);
      }
      return '';
    })();

    for (const words of [
      /:2.*no workflow.*refund.*use incident/u,
      /:4.*has no channel/u,
      /:5.*no channel of Slack or Discord/u,
      /:6.*either a message or a reaction/u,
      /:7.*would match every message/u,
    ])
      expect(told).toMatch(words);
  });
});
