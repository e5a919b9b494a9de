/** Both people press in the same moment, each on another process, five calls at a time. */
import type { CommitJson } from '../../../src/api/shapes.ts';
import { eventually } from '../running-bot.ts';
import type { Books } from './books.ts';
import type { Processes } from './processes.ts';
import type { StormReport } from './report.ts';

export async function raceVotes(
  processes: Processes,
  books: Books,
  trials: number,
): Promise<StormReport['races']> {
  const [one, two] = processes.live();
  let decisions = 0;
  let dispatches = 0;
  if (one === undefined || two === undefined) return { trials: 0, decisions, dispatches };
  for (let done = 0; done < trials; done += 5) {
    const all = Array.from({ length: Math.min(5, trials - done) }, async (_, index) => {
      const amount = 300 + (done + index) / 100;
      // A busy machine refuses what it cannot keep in time; it is said again then.
      const { body } = await eventually(async () => {
        const answer = await one
          .as('ana')
          .say('finance', `credit Acme ${amount.toFixed(2)} dollars for the late delivery`, {
            id: `race-${String(done + index)}`,
          });
        return answer.body.run === undefined ? undefined : answer;
      });
      const approval = await two.as('ben').asked(String(body.run));
      await Promise.all([
        one.as('ben').vote(approval, 'approve'),
        two.as('cho').vote(approval, 'approve'),
        two.as('ben').vote(approval, 'approve'),
      ]);
      await one.as('ana').until(String(body.run), 'done');
      const commits = await eventually(async () => {
        const ledger = await two
          .as('ana')
          .get<{ items?: readonly CommitJson[] }>(`/runs/${String(body.run)}/ledger`);
        return ledger.body.items;
      });
      const kinds = commits.flatMap(({ events }) => events.map(({ kind }) => kind));
      books.readOn(() => undefined);
      return {
        decided: kinds.filter((kind) => kind === 'approval.decided').length,
        sent: Math.max(
          kinds.filter((kind) => kind === 'tool.dispatched').length,
          books.count('billing/credit', amount),
        ),
      };
    });
    for (const { decided, sent } of await Promise.all(all)) {
      decisions += decided;
      dispatches += sent;
    }
  }
  return { trials, decisions, dispatches };
}
