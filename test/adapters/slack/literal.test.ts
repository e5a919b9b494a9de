import { describe, expect, it } from '@jest/globals';
import { mrkdwnWithMoments, richWithMoments } from '../../../adapters/slack/literal.ts';

const at = Date.parse('2026-11-27T10:43:31Z') / 1_000;
const format = '{date_short_pretty} at {time}';

describe('given a sentence with a moment', () => {
  it('when Slack shows it, then it reads «today at 10:43» and never «at today»', () => {
    expect(richWithMoments('Approved by Ben at 2026-11-27T10:43:31Z.')).toEqual([
      { type: 'text', text: 'Approved by Ben ' },
      { type: 'date', timestamp: at, format, fallback: 'at 2026-11-27T10:43:31Z' },
      { type: 'text', text: '.' },
    ]);
    expect(mrkdwnWithMoments('expires 2026-11-27T10:43:31Z')).toBe(
      `expires <!date^${String(at)}^${format}|2026-11-27T10:43:31Z>`,
    );
    expect(mrkdwnWithMoments('of that 2026-11-27T10:43:31Z')).toContain('of that <!date');
  });
});
