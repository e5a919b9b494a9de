/** `/countersign why`: what went into an answer, and from where, as far as the asker's channel may be told. */
import { asRunId } from '../core/ids.ts';
import type { RunRow } from '../runs/store.ts';
import { listedWords } from './listed-words.ts';
import type { CommandDefinition, CommandRequest, CommandServices } from './command.ts';

export const why: CommandDefinition = {
  name: 'why',
  usage: '[<run>]',
  help: 'what your last answer here was made from, or that of a run',
  async run(services, request, rest) {
    const row = await findRow(services, request, rest.trim());
    if (row === undefined) return { text: 'There is no such run of this channel.', cards: [] };
    const run = await services.openRun.open(row.id);
    if (run === undefined) return { text: 'There is no such run of this channel.', cards: [] };
    try {
      const state = run.state();
      const { thread, channel } = state;
      const ids = [...state.contexts.values()].flatMap((context) => context.items.map((item) => item.id));
      const reading = { channel: request.channel, thread, person: request.person.id };
      const items = await services.recall.read(reading, [...new Set(ids)]);
      const reads = [...state.calls.values()].filter((entry) => entry.result?.kind === 'answered');
      const lines = [
        `- message by ${services.nameOf(state.requester)}, ${time(state.requested?.stamp.at)}`,
        ...reads.map((entry) => `- ${entry.call.tool}, ${time(entry.result?.mark.stamp.at)}`),
        ...items.map((item) =>
          item.sort === 'memory'
            ? `- memory «${shorten(listedWords(item.text))}» (${item.source}) \`${item.id}\``
            : `- ${item.source} (${item.link ?? item.id})`,
        ),
      ];
      const gone = new Set(ids).size - items.length;
      if (gone > 0)
        lines.push(`- ${String(gone)} more that were forgotten since, or are not for this channel`);
      if (channel !== request.channel) return { text: 'That run is of another channel.', cards: [] };
      return {
        text: [`\`${row.id}\` «${shorten(listedWords(row.title))}», made from:`, ...lines].join('\n'),
        cards: [],
      };
    } finally {
      services.openRun.close(run);
    }
  },
};

/** So many rows are looked at in one go. */
const atOnce = 100;

/** However old it is: the run of this name, the last one of this thread, or the last one of this person here. */
async function findRow(
  { runs }: CommandServices,
  { person, channel, thread }: CommandRequest,
  id: string,
): Promise<RunRow | undefined> {
  if (id !== '') {
    const row = await runs.find(asRunId(id));
    return row?.channel === channel ? row : undefined;
  }
  const [last] = thread === undefined ? [] : await runs.list({ thread, limit: 1 });
  if (last?.channel === channel) return last;
  let cursor: string | undefined;
  for (;;) {
    const rows = await runs.list({
      startedBy: person.id,
      limit: atOnce,
      ...(cursor !== undefined && { cursor }),
    });
    const found = rows.find((row) => row.channel === channel);
    const oldest = rows.at(-1);
    if (found !== undefined || oldest === undefined || rows.length < atOnce) return found;
    cursor = `${String(oldest.startedAt)}/${oldest.id}`;
  }
}

function time(at: Date | undefined): string {
  return (at ?? new Date(0)).toISOString().replace(/\.\d{3}Z$/u, 'Z');
}

function shorten(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 79)}…`;
}
