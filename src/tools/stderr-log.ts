/** What a server writes to its standard error, into our log: without its secrets, cut, and not in storms. */
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';

const maxLength = 500;
const maxLinesPerMinute = 100;

export function createStderrLog(options: {
  readonly server: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly redact: (text: string) => string;
}): (line: string) => void {
  const { server, clock, logger, redact } = options;
  let minuteStart = Number.NEGATIVE_INFINITY;
  let lines = 0;
  return (line) => {
    const now = clock.monotonicMs();
    if (now - minuteStart >= 60_000) {
      minuteStart = now;
      lines = 0;
    }
    lines += 1;
    if (lines > maxLinesPerMinute) return;
    const shown = redact(line);
    const text = shown.length > maxLength ? `${shown.slice(0, maxLength)} [cut]` : shown;
    logger.debug('tool-server.said', {
      server,
      line: text,
      ...(lines === maxLinesPerMinute ? { note: 'further lines of this minute are left out' } : {}),
    });
  };
}
