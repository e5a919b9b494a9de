import { describe, expect, it } from '@jest/globals';
import { parseWording } from '../../../src/schedule/parse-wording.ts';

describe('plain wording', () => {
  it.each([
    ['every weekday 9:00', '0 9 * * 1-5'],
    ['Every  Weekday at 9am', '0 9 * * 1-5'],
    ['weekdays 17:45', '45 17 * * 1-5'],
    ['daily 18:00', '0 18 * * *'],
    ['every day at 12am', '0 0 * * *'],
    ['every day at 12pm', '0 12 * * *'],
    ['every monday and thursday at 14:30', '30 14 * * 1,4'],
    ['on tuesdays, saturday and sun 8:00', '0 8 * * 0,2,6'],
    ['every 15 minutes', '*/15 * * * *'],
    ['every 2 hours', '0 */2 * * *'],
    ['hourly', '0 * * * *'],
    ['monthly on the 1st at 8:00', '0 8 1 * *'],
    ['0 9 * * 1-5', '0 9 * * 1-5'],
  ])('«%s» is %s', (words, cron) => {
    expect(parseWording(words)).toBe(cron);
  });

  it.each([
    'whenever you like',
    'every weekday',
    'every weekday 25:00',
    'every weekday 9:75',
    'every weekday 9',
    'every 7 minutes',
    'every 0 hours',
    'monthly on the 32nd at 8:00',
    'daily 13pm',
    'every someday 9:00',
    '',
  ])('«%s» is not guessed', (words) => {
    expect(parseWording(words)).toBeUndefined();
  });
});
