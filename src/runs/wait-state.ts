/**
 * What a run waits for besides votes and tools: a moment, a signal, a form, another run. A pure part of its state.
 */
import type { ActorId, RunId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import type { Mark } from './mark.ts';

export type WaitKind = 'sleep' | 'signal' | 'form' | 'child';

/** How a wait ended: with what it waited for, by its time, or because the run went another way. */
export type WaitEnd = 'answered' | 'expired' | 'dropped';

/** What a child run may use up of what its parent has left. */
export interface BudgetShare {
  readonly calls: number;
  readonly tokens: number;
  readonly usd: number;
}

export interface WaitState {
  readonly key: string;
  readonly kind: WaitKind;
  readonly inputHash: string;
  /** When it ends by itself, in ms since 1970. */
  readonly until?: number;
  /** The signal's name, or the child's workflow. */
  readonly name?: string;
  /** A signal counts when all of these fields are equal. */
  readonly match?: JsonObject;
  /** Who may answer the form or send the signal: roles and persons. */
  readonly who?: readonly string[];
  readonly child?: RunId;
  readonly share?: BudgetShare;
  /** A form's title and fields, or a child's input, as JSON. */
  readonly text: string | undefined;
  readonly mark: Mark;
  end?: {
    readonly how: WaitEnd;
    readonly by?: ActorId;
    /** The signal's id: one signal answers one wait. */
    readonly cause?: string;
    /** JSON of the answer. */
    readonly result: string | undefined;
    /** What a child used of its share. */
    readonly used?: BudgetShare;
    readonly mark: Mark;
  };
}

/** A piece of code that failed and is tried again. */
export interface MissedStep {
  readonly key: string;
  readonly times: number;
  readonly until: number;
  readonly why: string;
  readonly mark: Mark;
}

/** What remains of a run's parent in the run itself. */
export interface ParentLink {
  readonly run: RunId;
  readonly step: string;
  readonly depth: number;
  readonly share: BudgetShare;
}
