/** What must hold after any storm. */
import { expect } from '@jest/globals';
import { storm } from '../builders/storm/index.ts';
import type { StormOptions } from '../builders/storm/options.ts';
import { stormTable } from '../builders/storm/report.ts';

export async function expectCalmAfter(options: StormOptions): Promise<void> {
  const report = await storm(options);
  process.stdout.write(`${stormTable(options, report)}\n\n`);
  const {
    lost,
    doubles,
    unapproved,
    unexplained,
    chainFaults,
    rowFaults,
    silentThreads,
    openCards,
    unclean,
    races,
  } = report;
  expect({
    ...{ lost, doubles, unapproved, unexplained, chainFaults, rowFaults },
    ...{ silentThreads, openCards, unclean },
  }).toEqual({
    ...{ lost: [], doubles: [], unapproved: [], unexplained: [], chainFaults: [], rowFaults: [] },
    ...{ silentThreads: [], openCards: [], unclean: [] },
  });
  expect([races.decisions, races.dispatches]).toEqual([races.trials, races.trials]);
}
