/** The routes of `/api/v1` that answer with JSON. */
import type { Route } from '../route.ts';
import { actionRoutes } from './actions.ts';
import { approvalRoutes } from './approvals.ts';
import { commandRoutes } from './commands.ts';
import { freezeRoutes } from './freeze.ts';
import { grantRoutes } from './grants.ts';
import { healthRoutes } from './health.ts';
import { lookRoutes } from './look.ts';
import { meRoutes } from './me.ts';
import { memoryRoutes } from './memories.ts';
import { messageRoutes } from './messages.ts';
import { outcomeRoutes } from './outcomes.ts';
import { runRoutes } from './runs.ts';
import { scheduleRoutes } from './schedules.ts';
import { signalRoutes } from './signals.ts';
import { threadRoutes } from './threads.ts';
import { toolRoutes } from './tools.ts';

export const routes: readonly Route[] = [
  ...messageRoutes,
  ...commandRoutes,
  ...threadRoutes,
  ...runRoutes,
  ...outcomeRoutes,
  ...approvalRoutes,
  ...actionRoutes,
  ...signalRoutes,
  ...freezeRoutes,
  ...grantRoutes,
  ...memoryRoutes,
  ...scheduleRoutes,
  ...meRoutes,
  ...toolRoutes,
  ...lookRoutes,
  ...healthRoutes,
];
