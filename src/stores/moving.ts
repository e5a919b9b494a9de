/** Moving a store: what one hands over and another takes in, row by row, so that it goes on where it was cut short. */

/** In the order in which they are moved. */
export const movedTables = [
  'commits',
  'runs',
  'approvals',
  'waits',
  'threads',
  'inbox',
  'deliveries',
  'installations',
  'signals',
  'documents',
  'sources',
  'sighted',
  'readings',
  'schedules',
] as const;
export type MovedTable = (typeof movedTables)[number];

/** A row as it lies in the store that is left; bytes are written in hex. */
export type MovedRow = Readonly<Record<string, string | number | null>>;

export interface ChainHead {
  readonly stream: string;
  readonly seq: number;
  readonly hash: string;
  /** In ms since 1970. */
  readonly landedAt: number;
  readonly commits: number;
}

/** The store that is left: nobody else has it open meanwhile. */
export interface MovingOut {
  readonly organisation: string;
  readonly tables: readonly MovedTable[];
  /** By the model that made them, most first. */
  readonly vectors: readonly { readonly model: string; readonly count: number; readonly isMoved: boolean }[];
  count(table: MovedTable): number;
  /** Rows in order, after this many of them. */
  read(table: MovedTable, skip: number, limit: number): readonly MovedRow[];
  /** The last commit of each stream, in order, after this one. */
  heads(after: string, limit: number): readonly ChainHead[];
  close(): void;
}

export interface MovingIn {
  /** Hosts and database. */
  readonly place: string;
  /** How many rows are there already; 0 for a table that is begun. */
  done(table: MovedTable): Promise<number>;
  /** Takes rows in; those that are there already stay. Remembers that `done` rows of the table are there now. */
  take(table: MovedTable, rows: readonly MovedRow[], done: number): Promise<void>;
  findHead(stream: string): Promise<ChainHead | undefined>;
  /** From now on bots may start on it. */
  finish(): Promise<void>;
  close(): Promise<void>;
}

/** What stands in the database that a store is to be moved to. */
export interface TargetSeen {
  /** This very store is on its way there. */
  readonly isBegun: boolean;
  /** Rows that are there already, by table. */
  readonly done: Readonly<Record<string, number>>;
  /** Undefined where the server does not say. */
  readonly mayWrite: true | undefined;
  /** Collections of somebody else beside ours. */
  readonly others: readonly string[];
}
