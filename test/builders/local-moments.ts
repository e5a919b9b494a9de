/** Moments of a daily time in a zone, worked out from what the platform's own calendar shows and from nothing of ours. */

export interface LocalTime {
  readonly zone: string;
  readonly hour: number;
  readonly minute: number;
  readonly start: number;
  readonly end: number;
}

const minuteMs = 60_000;
const dayMs = 86_400_000;

export function localMoments({ zone, hour, minute, start, end }: LocalTime): number[] {
  const format = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit' },
    ...{ hour: '2-digit', minute: '2-digit', second: '2-digit' },
  });
  /** What clocks on the wall show, as if it were UTC. */
  const wall = (at: number): number => {
    const parts = Object.fromEntries(
      format.formatToParts(at).map(({ type, value }) => [type, Number(value)]),
    );
    const { year = 0, month = 0, day = 0, hour: h = 0, minute: m = 0 } = parts;
    return Date.UTC(year, month - 1, day, h, m);
  };
  const offsetAt = (at: number): number => wall(at) - at;
  // A day before one day is a day after another: each is looked up once.
  const offsets: number[] = [];
  for (let day = start - 2 * dayMs; day < end + 2 * dayMs; day += dayMs)
    offsets.push(offsetAt(day + hour * 60 * minuteMs + minute * minuteMs));
  const moments: number[] = [];
  for (let day = start - dayMs; day < end + dayMs; day += dayMs) {
    const wanted = day + hour * 60 * minuteMs + minute * minuteMs;
    // No zone is further from UTC than 14 hours; offsets around the day are those a day before and after.
    const index = (day - start) / dayMs + 2;
    const around = [...new Set([offsets[index - 1] ?? 0, offsets[index + 1] ?? 0])];
    const [only = 0] = around;
    // Clocks change twice within two days nowhere, so where both agree there is nothing to look for.
    const shown =
      around.length === 1
        ? [wanted - only]
        : around
            .map((offset) => wanted - offset)
            .filter((at) => wall(at) === wanted)
            .toSorted((a, b) => a - b);
    const at = shown[0] ?? endOfGap(wall, wanted, Math.max(...around));
    if (at >= start && at < end) moments.push(at);
  }
  return moments;
}

/** The first moment whose wall clock is past the wanted one: minute by minute from before the gap. */
function endOfGap(wall: (at: number) => number, wanted: number, offset: number): number {
  let at = wanted - offset - 120 * minuteMs;
  while (wall(at) < wanted) at += minuteMs;
  return at;
}
