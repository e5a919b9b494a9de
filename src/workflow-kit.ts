/**
 * Everything a workflow file may import.
 *
 * A workflow is a function with a durable context: it may stop at any `await` and be called again from the top,
 * on another machine, days later. Each step has a key of its own; a finished step is not done again but answers
 * what is recorded. So a workflow does nothing except through `ctx`: no clock, no randomness, no network.
 */
import type { z } from 'zod';
import type { Activity, ActivityEntry } from './agent/activity.ts';
import type { DurableContext } from './agent/durable-context.ts';
import { whereSent } from './agent/start-directly.ts';
import type { Showing } from './agent/show-file.ts';
import type { HealthReport } from './agent/read-approval-health.ts';
import type { JsonObject } from './core/json.ts';
import { saidDays } from './said-days.ts';

export type { Activity, ActivityEntry, HealthReport, Showing };
export { saidDays, whereSent };
export type WorkflowContext = DurableContext;

export interface WorkflowStart {
  /** Offered as `/<name>`. */
  readonly command?: boolean;
  /**
   * A message that begins with these words, or with one of several such openings, starts it; «please», «can you» and the
   * like may stand before. `…` in an opening stands for one to four words: `… needs access to`.
   */
  readonly mention?: string | readonly string[];
  /**
   * What words after the command or the opening say, beside pairs like `days: 7`. `opening` is what the message began
   * with, or the whole of it where the opening has a `…`; it is empty after a command. Undefined means that a message is
   * meant for no workflow of this name: «refund policy» is no refund.
   */
  readonly words?: (text: string, opening: string) => object | undefined;
  /**
   * A webhook that `hooks.yaml` lets in starts it: with the payload as input, or with what the function makes of it.
   * `about` is what the sender calls the event. Undefined means that there is nothing to do.
   */
  readonly webhook?: true | ((payload: JsonObject, about: string | undefined) => object | undefined);
  /**
   * A message or a reaction in a channel that `triggers.yaml` names starts it, though nobody calls the bot: with what
   * its words say as input, or with what the function makes of them. Undefined means that there is nothing to do.
   */
  readonly trigger?: true | ((text: string) => object | undefined);
  /**
   * For reports on a channel: what a schedule writes above the thread that it opens. When nothing happened and nothing
   * waits there, it starts nothing.
   */
  readonly headline?: (activity: Activity) => string;
  /** Comes by itself; people can pause it. */
  readonly schedule?: WorkflowSchedule;
}

export interface WorkflowSchedule {
  /** Plain wording or five cron fields: `every weekday 9:00`. */
  readonly when: string;
  /** A console channel's name, or a platform's channel in full: `discord:1001/2002`. */
  readonly channel: string;
  /** IANA; the configured zone by default. */
  readonly zone?: string;
  /** What becomes of moments that passed while nothing ran; `once` by default. */
  readonly missed?: 'once' | 'skip' | 'each';
  readonly input?: JsonObject;
}

export const whileBusy = ['steer', 'queue', 'reject'] as const;
export type WhileBusy = (typeof whileBusy)[number];

export interface Workflow<Input extends z.ZodType<object> = z.ZodType<object>> {
  /** `[a-z][a-z0-9-]*`, unique. */
  readonly name: string;
  readonly title: string;
  readonly input: Input;
  readonly start: WorkflowStart;
  /**
   * What becomes of the requester's later words in the thread while it works: `steer` hands them to it, `queue` lets
   * them wait for a run of their own, `reject` declines them with a sentence. `steer` by default. Other people's words
   * wait, unless they are declined as well.
   */
  readonly whileBusy?: WhileBusy;
  run(ctx: WorkflowContext, input: z.infer<Input>): Promise<void>;
}

/** Declares a workflow; the input's type follows from its schema. */
export function defineWorkflow<Input extends z.ZodType<object>>(workflow: Workflow<Input>): Workflow {
  return workflow;
}
