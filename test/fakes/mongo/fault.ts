/** Faults to come: the nth command of a sort loses its connection, is held for ever, or meets a step-down. */
export interface Fault {
  /** `before` the command takes effect, or `after` it did: then only the answer is lost. */
  readonly when: 'before' | 'after';
  /** `hold`: nobody answers, until whoever asked is gone. */
  readonly what: 'drop' | 'hold' | 'step-down';
  /** Which commands count; all writes when absent. */
  readonly commands?: readonly string[];
  readonly collection?: string;
  /** The first is 1. */
  readonly nth: number;
}

export interface Faults {
  add(fault: Fault): void;
  clear(): void;
  /** Commands that were held so far. */
  readonly held: number;
  /** Milliseconds before each command is looked at. */
  delayMs: number;
  /** Its disk is full: everything that writes is refused, and reading goes on. */
  isFull: boolean;
  /** Writes that were refused for that. */
  refused: number;
  /** The fault that this command meets, if any. */
  meet(name: string, collection: string): Fault | undefined;
}

export const writes: readonly string[] = ['insert', 'update', 'delete', 'findAndModify'];

export function createFaults(): Faults {
  let waiting: { readonly fault: Fault; seen: number }[] = [];
  let held = 0;
  return {
    delayMs: 0,
    isFull: false,
    refused: 0,
    get held() {
      return held;
    },
    add(fault) {
      waiting.push({ fault, seen: 0 });
    },
    clear() {
      waiting = [];
    },
    meet(name, collection) {
      let met: Fault | undefined;
      for (const entry of waiting) {
        const { commands = writes, collection: only, nth } = entry.fault;
        if (!commands.includes(name) || (only !== undefined && only !== collection)) continue;
        entry.seen += 1;
        if (entry.seen === nth) met ??= entry.fault;
      }
      waiting = waiting.filter((entry) => entry.seen < entry.fault.nth);
      if (met?.what === 'hold') held += 1;
      return met;
    },
  };
}
