import { describe, expect, it } from '@jest/globals';
import { renderAnswer } from '../../../adapters/slack/render-answer.ts';
import { areTooLong, checkBlocks } from '../../fakes/slack/find-block-problems.ts';

const rows = (count: number): readonly string[] =>
  Array.from(
    { length: count },
    (_, at) => `- \`/errand-${String(at)}\`: runs errand ${String(at)} for the whole house`,
  );

describe('given an answer to a command that is longer than a message of Slack', () => {
  it('when it is drawn, then it goes on in the next messages, Slack takes each, and nothing is missing', () => {
    const names = rows(700).map((row) => /\/errand-\d+/u.exec(row)?.[0] ?? '');

    const messages = renderAnswer(['Workflows:', ...rows(700)].join('\n'), []);

    expect(messages.length).toBeGreaterThan(2);
    for (const { blocks } of messages) {
      const checked = checkBlocks(blocks, 'message');
      expect(checked.ok ? areTooLong(checked.value) : checked).toBe(false);
    }
    const all = JSON.stringify(messages.map(({ blocks }) => blocks));
    expect(names.filter((name) => !all.includes(`${name}"`))).toEqual([]);
    expect(all).not.toContain('…');
  });

  it('when it is longer than an interaction has answers, then the last one says so', () => {
    const messages = renderAnswer(rows(2_000).join('\n'), []);

    expect(messages).toHaveLength(5);
    expect(JSON.stringify(messages.at(-1)?.blocks)).toContain('more of this than Slack shows here');
  });
});
