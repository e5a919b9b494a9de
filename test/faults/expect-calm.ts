/** What must hold after any storm. */
import { expect } from '@jest/globals';
import { storm } from '../builders/storm.ts';
import { stormTable } from '../builders/storm-report.ts';
import type { StormOptions } from '../builders/storm-report.ts';

export async function expectCalmAfter(options: StormOptions): Promise<void> {
  const report = await storm(options);
  process.stdout.write(`${stormTable(options, report)}\n\n`);
  const { lost, doubles, unapproved, unexplained, chainFaults, rowFaults, races } = report;
  expect({ lost, doubles, unapproved, unexplained, chainFaults, rowFaults }).toEqual({
    lost: [],
    doubles: [],
    unapproved: [],
    unexplained: [],
    chainFaults: [],
    rowFaults: [],
  });
  expect([races.decisions, races.dispatches]).toEqual([races.trials, races.trials]);
}
