/** A moment as people in one place read it: `10:43`, or `3 Nov, 10:43` when it is not today. */
import type { Clock } from './clock.ts';

export function createDayTime(timeZone: string, clock: Clock): (at: Date | number) => string {
  const time = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' });
  const day = new Intl.DateTimeFormat('en-GB', { timeZone, day: 'numeric', month: 'short' });
  return (at) => {
    const moment = new Date(at);
    const short = time.format(moment);
    const onDay = day.format(moment);
    return onDay === day.format(clock.now()) ? short : `${onDay}, ${short}`;
  };
}
