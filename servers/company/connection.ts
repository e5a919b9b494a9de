import type Database from 'libsql';

export type Cell = string | number | null;
export type Connection = InstanceType<typeof Database>;
