/** The argument that makes the program answer one query and end. */
export const queryFlag = '--query';
/** How many rows one query may return. */
export const rowLimit = 200;
