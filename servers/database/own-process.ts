/** One statement in a process of its own: SQLite cannot be interrupted from its own thread; a process can be ended. */
import { execFile } from 'node:child_process';
import { z } from 'zod';
import { Refusal } from '../company/refusal.ts';

/** Until a process that never comes to its statement is ended: starting one takes long on a busy machine. */
const processTimeoutMs = 20_000;

const refused = z.object({ refused: z.string() });

/** What the program, started with this flag, makes of the statement. Throws a refusal. */
export async function answerInOwnProcess<Result>(
  { flag, timeoutMs, result }: { flag: string; timeoutMs: number; result: z.ZodType<Result> },
  sql: string,
): Promise<Result> {
  const program = process.argv[1];
  if (program === undefined) throw new Error('The path of this program is unknown.');
  const line = await new Promise<string>((resolve, reject) => {
    const child = execFile(
      process.execPath,
      [program, flag],
      { timeout: processTimeoutMs, killSignal: 'SIGKILL', maxBuffer: 8_000_000 },
      (error, stdout) => {
        if (error === null) resolve(stdout);
        else if (error.killed === true || error.signal === 'SIGKILL')
          reject(
            new Refusal(
              `The statement took longer than ${String(timeoutMs / 1000)} s and was ended: make it smaller.`,
            ),
          );
        else reject(new Error('The process of the statement failed.', { cause: error }));
      },
    );
    // The process may end before it has read everything; its exit is reported above.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(sql);
  });
  const answer = z.union([z.object({ result }), refused]).parse(JSON.parse(line));
  if ('refused' in answer) throw new Refusal(answer.refused);
  return answer.result;
}
