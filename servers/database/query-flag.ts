/** The argument that makes the program answer one query and end. */
export const queryFlag = '--query';
/** How many rows one query may return. */
export const rowLimit = 200;
/** How long one statement may run, counted from when its process has read it. */
export const queryTimeoutMs = 5_000;
