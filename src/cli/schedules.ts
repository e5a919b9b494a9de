/** `countersign schedules list`. */
import { describeMoment } from '../schedule/describe-moment.ts';
import { readSetup, say, sayTable } from './command-setup.ts';

export async function listSchedules(options: { readonly json: boolean }): Promise<void> {
  const rows = await readSetup().withStore((store) => store.schedules.list());
  if (options.json) say(JSON.stringify(rows, undefined, 2));
  else if (rows.length === 0)
    say('Nothing is scheduled. Schedules of files appear once the bot has started.');
  else
    sayTable(
      rows.map((row) => {
        const next =
          row.nextAt === undefined ? 'never again' : `${describeMoment(row.nextAt, row.zone)} ${row.zone}`;
        return [row.name, row.isPaused ? 'rests' : next, row.cron, row.workflow, row.channel, row.by];
      }),
    );
}
