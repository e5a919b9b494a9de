import { describe, expect, it } from '@jest/globals';
import { parseLearning } from '../../../src/learning/parse-learning.ts';

describe('given knowledge.yaml', () => {
  it('when it names channels, then each has how far back, and whether it is vouched for', () => {
    expect(
      parseLearning(
        'channels:\n  slack:T01/C1: { back: 90d, trust: true }\n  discord:1000/1100: { back: all }\n',
        'knowledge.yaml',
      ),
    ).toEqual([
      { channel: 'slack:T01/C1', days: 90, isTrusted: true },
      { channel: 'discord:1000/1100', isTrusted: false },
    ]);
  });

  it('when it has mistakes, then all are told with their line', () => {
    const read = (): unknown =>
      parseLearning(
        'channels:\n  general: {}\n  slack:T01/C2: { back: 3 weeks, trust: yes, since: x }\n',
        'k.yaml',
      );

    expect(read).toThrow(/k\.yaml:2:.*no channel of Slack/u);
    expect(read).toThrow(/k\.yaml:3:.*no length of time/u);
    expect(read).toThrow(/k\.yaml:3:.*since.*not a known key/u);
  });
});
