/** The argument that makes the program answer one query and end. */
export const queryFlag = '--query';
/** The argument that makes the program try one statement on a copy and end. */
export const previewFlag = '--preview';
/** How many rows one query may return. */
export const rowLimit = 200;
/** How long one statement may run, counted from when its process has read it. */
export const queryTimeoutMs = 5_000;
/** Shorter, because people wait for the card that shows it. */
export const previewTimeoutMs = 3_000;
