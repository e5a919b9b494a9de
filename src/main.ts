/** What `npm start` runs. */
import { reportAndExit } from './report-and-exit.ts';
import { start } from './start.ts';

start().catch(reportAndExit);
