/** What `npm start` runs. */
import { reportAndExit, start } from './start.ts';

start().catch(reportAndExit);
